"""Private attachments: checked when they arrive, served only by permission."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models

from casework.core.cases.models import Case
from portal.accounts.models import Department


class StoredFile(models.Model):
    """A file of a case. Its storage name is random; its own name is only ever shown."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, verbose_name="办件", on_delete=models.PROTECT, related_name="files")
    name = models.CharField("文件名", max_length=200)
    storage_name = models.CharField("存储名", max_length=120, unique=True)
    content_type = models.CharField("类型", max_length=100)
    size = models.PositiveBigIntegerField("字节数")
    sha256 = models.CharField("摘要", max_length=64)
    purpose = models.CharField("用途", max_length=100, blank=True)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField("上传时间")

    class Meta:
        verbose_name = verbose_name_plural = "附件"
        ordering: ClassVar = ["uploaded_at", "id"]

    def __str__(self) -> str:
        return self.name


class KeptUpload(models.Model):
    """A file that somebody chose in a form that was not carried out: kept for that person for a day, bound to
    no case, so that it need not be chosen again."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="上传人", on_delete=models.CASCADE, related_name="+"
    )
    name = models.CharField("文件名", max_length=200)
    storage_name = models.CharField("存储名", max_length=120, unique=True)
    size = models.PositiveBigIntegerField("字节数")
    kept_at = models.DateTimeField("暂存时间")

    class Meta:
        verbose_name = verbose_name_plural = "暂存文件"
        indexes: ClassVar = [models.Index(fields=["person", "-kept_at"], name="kept_of_person")]

    def __str__(self) -> str:
        return self.name
