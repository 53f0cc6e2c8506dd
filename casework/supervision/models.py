"""Results pushed to supervisors, and the register of those they supervise (9.1, 6.2)."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from casework.core import state_checks
from casework.core.cases.models import Case
from casework.core.letters.models import Recipient
from casework.core.licences.models import Licence
from casework.core.subjects.models import Subject
from portal.accounts.models import Department, signed


class PushState(models.TextChoices):
    DELIVERED = "delivered", "待认领"
    CLAIMED = "claimed", "已认领"
    REGISTERED = "registered", "已纳入监管"
    RETURNED = "returned", "已退回"
    REPUSHED = "repushed", "已改推"


class ResultPush(models.Model):
    """The result of a case pushed to one supervisor (9.1). A return reopens it with the approver."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="pushes")
    department = models.ForeignKey(
        Department, verbose_name="监管部门", on_delete=models.PROTECT, related_name="+"
    )
    recipient = models.OneToOneField(Recipient, on_delete=models.PROTECT, related_name="push")
    replaces = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by"
    )
    state = models.CharField("状态", max_length=20, choices=PushState.choices, default=PushState.DELIVERED)
    pushed_at = models.DateTimeField("推送时间")

    class Meta:
        verbose_name = verbose_name_plural = "结果推送"
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["case", "department"],
                condition=~models.Q(state__in=["returned", "repushed"]),
                name="one_live_push_per_department",
            ),
            state_checks.known(PushState, name="push_state_known"),
        ]
        indexes: ClassVar = [models.Index(fields=["department", "state", "-id"], name="push_dept_state")]

    def __str__(self) -> str:
        return f"{self.case} → {self.department}"


class RegisterEntry(models.Model):
    """A holder and its activity taken into supervision (9.1: 纳入监管范围)."""

    push = models.OneToOneField(ResultPush, on_delete=models.PROTECT, related_name="register_entry")
    department = models.ForeignKey(
        Department, verbose_name="监管部门", on_delete=models.PROTECT, related_name="+"
    )
    subject = models.ForeignKey(Subject, verbose_name="监管对象", on_delete=models.PROTECT, related_name="+")
    licence = models.ForeignKey(Licence, verbose_name="许可证件", on_delete=models.PROTECT, related_name="+")
    activity = models.CharField("监管事项", max_length=500)
    officer = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="监管责任人", on_delete=models.PROTECT, related_name="+"
    )
    taken_at = models.DateTimeField("纳入时间")
    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    taken_for = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="被代理人",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    class Meta:
        verbose_name = verbose_name_plural = "监管台账"
        indexes: ClassVar = [models.Index(fields=["department", "-id"], name="register_dept")]

    @property
    def taker(self) -> str:
        """Who took it into supervision, as it is shown."""
        return signed(str(self.taken_by), str(self.taken_for or ""))
