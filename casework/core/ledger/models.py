"""Who did what: append-only rows, sealed into a hash chain."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from portal.accounts.models import Department


class LedgerEntry(models.Model):
    """One fact. ``seq``, ``prev_hash`` and ``hash`` are filled once, by the sealer; triggers on both
    engines refuse every other update and every delete."""

    at = models.DateTimeField("时间")
    action = models.CharField("行为", max_length=60)
    clause = models.CharField("条款", max_length=20, blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    actor_name = models.CharField("行为人", max_length=80)
    department = models.ForeignKey(Department, null=True, on_delete=models.PROTECT, related_name="+")
    case_number = models.CharField("办件编号", max_length=30, blank=True)
    object_type = models.CharField("对象", max_length=60, blank=True)
    object_id = models.CharField("对象编号", max_length=60, blank=True)
    payload = models.TextField("内容", default="{}", help_text="规范化JSON，不含个人信息")
    seq = models.PositiveBigIntegerField("序号", null=True, unique=True)
    prev_hash = models.CharField("前项摘要", max_length=64, blank=True)
    hash = models.CharField("摘要", max_length=64, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "存证"
        indexes: ClassVar = [
            models.Index(fields=["case_number", "id"], name="ledger_case"),
            models.Index(fields=["action", "id"], name="ledger_action"),
            models.Index(fields=["id"], condition=Q(seq=None), name="ledger_unsealed"),
        ]


# The columns of an entry in the order of ``chain.Sealed``.
SEALED_FIELDS = (
    "seq",
    "prev_hash",
    "hash",
    "at",
    "action",
    "actor_id",
    "actor_name",
    "department_id",
    "case_number",
    "clause",
    "object_type",
    "object_id",
    "payload",
)


class LedgerHead(models.Model):
    """The one row that the sealer locks: last sequence number and hash."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    seq = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="0" * 64)


class LedgerAnchor(models.Model):
    """The head at the end of a day, signed and handed outside: append-only."""

    day = models.DateField("日期", unique=True)
    seq = models.PositiveBigIntegerField("序号")
    hash = models.CharField("摘要", max_length=64)
    entries = models.PositiveBigIntegerField("当日记录数")
    made_at = models.DateTimeField("签名时间")
    signature = models.CharField("签名", max_length=100)
    public_key = models.CharField("公钥", max_length=60)

    class Meta:
        verbose_name = verbose_name_plural = "存证链首留存"
        ordering: ClassVar = ["-day"]

    def __str__(self) -> str:
        return f"{self.day} 第{self.seq}项"


class LedgerCheck(models.Model):
    """One verification of the whole chain: asked for by an auditor, or by the platform each night."""

    asked_at = models.DateTimeField("提出时间")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="提出人", null=True, on_delete=models.PROTECT, related_name="+"
    )
    done_at = models.DateTimeField("完成时间", null=True)
    checked = models.PositiveBigIntegerField("核验记录数", default=0)
    anchors = models.PositiveIntegerField("核对链首数", default=0)
    bad_seq = models.PositiveBigIntegerField("首个异常序号", null=True)
    reason = models.CharField("异常", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "存证核验"
        ordering: ClassVar = ["-id"]
