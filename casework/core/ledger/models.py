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


class LedgerHead(models.Model):
    """The one row that the sealer locks: last sequence number and hash."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    seq = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="0" * 64)
