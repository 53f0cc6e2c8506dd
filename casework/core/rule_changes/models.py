"""A change of the calendar or of a limit, from the proposal to the decision; and who was told what it moved."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from casework.core import state_checks
from casework.core.clocks.models import DueMove
from casework.core.rules_data.models import LimitRule
from casework.core.worktime.models import CalendarNotice


class ChangeKind(models.TextChoices):
    """What is to change. The first three are notices of the working calendar."""

    NATIONAL = "national", "放假通知"
    LOCAL = "local", "本地停止办公"
    HOURS = "hours", "作息时间"
    LIMIT = "limit", "时限规则"


class ChangeState(models.TextChoices):
    PROPOSED = "proposed", "待审定"
    APPROVED = "approved", "已生效"
    REJECTED = "rejected", "已驳回"
    WITHDRAWN = "withdrawn", "已撤回"


class RuleChange(models.Model):
    """One proposed change. What it says never changes; it is decided once (triggers see to both)."""

    kind = models.CharField("类别", max_length=10, choices=ChangeKind.choices)
    title = models.CharField("标题", max_length=200)
    content = models.JSONField("内容")
    digest = models.CharField("内容摘要值", max_length=64, editable=False)
    warnings = models.JSONField("提示", default=list, help_text="核对时须留意的问题")
    file_name = models.CharField("文件名", max_length=200, blank=True)
    state = models.CharField("状态", max_length=10, choices=ChangeState.choices, default=ChangeState.PROPOSED)
    proposed_at = models.DateTimeField("提出时间")
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="提出人", on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField("处理时间", null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="处理人", null=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField("理由", max_length=300, blank=True)
    shortened = models.PositiveIntegerField(
        "确认提前的任务数", null=True, help_text="审定人确认过的、届满时间提前的未结任务数"
    )
    calendar_version = models.PositiveIntegerField("生效后的日历版本", null=True)
    notice = models.OneToOneField(
        CalendarNotice, verbose_name="载入的通知", null=True, on_delete=models.PROTECT, related_name="change"
    )
    rule = models.OneToOneField(
        LimitRule, verbose_name="新增的规则", null=True, on_delete=models.PROTECT, related_name="change"
    )

    class Meta:
        verbose_name = verbose_name_plural = "日历与时限变更"
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [models.Index(fields=["state", "-id"], name="rule_change_state")]
        constraints: ClassVar = [
            state_checks.known(ChangeState, name="rule_change_state_known"),
            models.CheckConstraint(
                condition=Q(state="proposed", decided_at=None, decided_by=None)
                | (~Q(state="proposed") & Q(decided_at__isnull=False, decided_by__isnull=False)),
                name="rule_change_decided_at_and_decided_by_with_state",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "rejected"]) | ~Q(decided_by=F("proposed_by")),
                name="rule_change_decided_by_a_second_person",
            ),
            models.UniqueConstraint(
                fields=["digest"], condition=Q(state="proposed"), name="rule_change_open_once"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_calendar(self) -> bool:
        """Whether it moves working days or hours, and with them the open duties."""
        return self.kind != ChangeKind.LIMIT


class MoveDigest(models.Model):
    """What one person was told about due times that moved: the moves after the last digest, up to ``up_to``."""

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="接收人", on_delete=models.PROTECT, related_name="move_digests"
    )
    up_to = models.ForeignKey(DueMove, verbose_name="截至", on_delete=models.PROTECT, related_name="+")
    moved = models.PositiveIntegerField("调整的任务数")
    shortened = models.PositiveIntegerField("其中提前的任务数")
    made_at = models.DateTimeField("提醒时间")
    read_at = models.DateTimeField("阅读时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "届满时间调整提醒"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["recipient", "up_to"], name="one_move_digest")
        ]
        indexes: ClassVar = [
            models.Index(fields=["recipient", "-id"], condition=Q(read_at=None), name="move_digest_unread")
        ]
