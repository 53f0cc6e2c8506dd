"""Duty: who owes what by when, under which clause, and the facts its clock derives from."""

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from casework.core import state_checks
from casework.core.clocks.extension_models import Extension as Extension
from casework.core.clocks.extension_models import ExtensionState as ExtensionState
from casework.core.rules_data.models import DutyKind, LimitRule, LimitSource, Stage, Tier
from casework.core.worktime.units import CountRule, EndRule, Unit
from portal.accounts.models import Department


class DutyState(models.TextChoices):
    OPEN = "open", "进行中"
    PAUSED = "paused", "暂停计时"
    MET = "met", "已完成"
    VOID = "void", "已终止"


class DutyQuerySet(models.QuerySet["Duty"]):
    """Business words for duties."""

    def open(self) -> "DutyQuerySet":
        return self.filter(closed_at=None)

    def held_by(self, department_ids: list[int]) -> "DutyQuerySet":
        return self.filter(holder_id__in=department_ids)

    def reckoned_before(self, version: int) -> "DutyQuerySet":
        """Open duties that were reckoned under a calendar older than ``version`` (R-22)."""
        return self.open().filter(calendar_version__lt=version)

    def late(self, now: datetime) -> "DutyQuerySet":
        """Late is computed, never stored: no list is stale between sweeps."""
        return self.filter(
            Q(closed_at=None, due_at__lt=now) | Q(closed_at__isnull=False, due_at__lt=F("closed_at"))
        )


class Duty(models.Model):
    """One thing owed. ``due_at``, ``soon_at``, ``red_line_at`` and ``calendar_version`` are a cache of
    what the events say; they can be recomputed at any time. ``next_at`` is when the sweep looks next."""

    key = models.CharField("唯一标识", max_length=120, unique=True, help_text="同一义务只产生一次")
    kind = models.CharField("时限任务", max_length=30, choices=DutyKind.choices)
    clause = models.CharField("条款", max_length=20)
    rule = models.ForeignKey(LimitRule, verbose_name="时限规则", on_delete=models.PROTECT, related_name="+")
    holder = models.ForeignKey(
        Department, verbose_name="责任单位", on_delete=models.PROTECT, related_name="duties"
    )
    case = models.ForeignKey(
        "casework.Case", verbose_name="办件", null=True, on_delete=models.PROTECT, related_name="duties"
    )
    # The limit that was in force when the duty began: the rule's, or the item's own where the item sets it.
    amount = models.DecimalField("时限", max_digits=6, decimal_places=1)
    unit = models.CharField("单位", max_length=20, choices=Unit.choices)
    end_rule = models.CharField("届满时刻", max_length=20, choices=EndRule.choices)
    counting = models.CharField(
        "起算规则", max_length=20, choices=CountRule.choices, default=CountRule.NEXT_DAY
    )
    limit_source = models.CharField("时限来源", max_length=20, choices=LimitSource.choices)
    red_amount = models.DecimalField("法定时限", max_digits=6, decimal_places=1, null=True)
    red_unit = models.CharField("法定时限单位", max_length=20, choices=Unit.choices, blank=True)
    warn_before = models.DecimalField("提前提醒（工作日）", max_digits=4, decimal_places=1)
    started_at = models.DateTimeField("起算时间")
    due_at = models.DateTimeField("届满时间", null=True)
    soon_at = models.DateTimeField("提醒时间", null=True)
    red_line_at = models.DateTimeField("法定届满时间", null=True)
    next_at = models.DateTimeField("下一节点时间", null=True)
    provisional = models.BooleanField("暂定", default=False)
    calendar_version = models.PositiveIntegerField("日历版本")
    state = models.CharField("状态", max_length=10, choices=DutyState.choices, default=DutyState.OPEN)
    closed_at = models.DateTimeField("办结时间", null=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="办结人", null=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = DutyQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "时限任务"
        indexes: ClassVar = [
            models.Index(
                fields=["holder", "due_at", "id"], condition=Q(closed_at=None), name="duty_open_holder"
            ),
            models.Index(
                fields=["holder", "kind", "due_at", "id"], condition=Q(closed_at=None), name="duty_open_kind"
            ),
            models.Index(fields=["due_at"], condition=Q(closed_at=None), name="duty_open_due"),
            models.Index(
                fields=["calendar_version", "id"], condition=Q(closed_at=None), name="duty_open_calendar"
            ),
            models.Index(fields=["next_at", "id"], condition=Q(closed_at=None), name="duty_open_next"),
        ]
        constraints: ClassVar = [
            state_checks.known(DutyState, name="duty_state_known"),
            models.CheckConstraint(
                condition=Q(closed_at=None, state__in=["open", "paused"])
                | Q(closed_at__isnull=False, state__in=["met", "void"]),
                name="duty_closed_with_state",
            ),
            models.CheckConstraint(
                condition=~Q(state="paused") | Q(due_at=None), name="duty_paused_has_no_due"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}（{self.holder}）"

    def is_late(self, now: datetime) -> bool:
        """Whether the duty is, or was when it closed, past its due time."""
        return self.due_at is not None and self.due_at < (self.closed_at or now)


class PauseCause(models.TextChoices):
    """What 行政许可法 45 leaves out of the time for a decision, and nothing else: 现场踏勘 is not among it."""

    HEARING = "hearing", "听证"
    TENDER = "tender", "招标"
    AUCTION = "auction", "拍卖"
    INSPECTION = "inspection", "检验"
    TESTING = "testing", "检测"
    QUARANTINE = "quarantine", "检疫"
    APPRAISAL = "appraisal", "鉴定"
    EXPERT_REVIEW = "expert_review", "专家评审"


def _holder(label: str) -> models.ForeignKey:
    return models.ForeignKey(
        Department,
        verbose_name=label,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,  # nobody asks for the events of a department
    )


class DutyEvent(models.Model):
    """A fact in a duty's life; its clock is a function of these."""

    class Kind(models.TextChoices):
        STARTED = "started", "起算"
        PAUSED = "paused", "暂停计时"
        RESUMED = "resumed", "恢复计时"
        EXTENDED = "extended", "延期"
        REASSIGNED = "reassigned", "改派"
        MET = "met", "完成"
        VOIDED = "voided", "终止"
        LAPSED = "lapsed", "逾期"
        UNREACHABLE = "unreachable", "无人可办"
        RECOMPUTED = "recomputed", "重算"

    duty = models.ForeignKey(Duty, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField("事实", max_length=20, choices=Kind.choices)
    at = models.DateTimeField("时间")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    cause = models.CharField("法定情形", max_length=20, choices=PauseCause.choices, blank=True)
    reason = models.CharField("原因", max_length=300, blank=True)
    basis = models.CharField("依据", max_length=300, blank=True)
    amount = models.DecimalField("延长", max_digits=6, decimal_places=1, null=True)
    # Who owed it before and who owes it since: of a reassignment, and of nothing else.
    holder_before = _holder("原责任单位")
    holder_after = _holder("现责任单位")

    class Meta:
        verbose_name = verbose_name_plural = "时限事实"
        ordering: ClassVar = ["at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["duty", "kind"],
                condition=Q(kind__in=["lapsed", "unreachable"]),
                name="one_lapse_per_duty",
            ),
            models.CheckConstraint(
                condition=Q(kind="reassigned", holder_before__isnull=False, holder_after__isnull=False)
                | (~Q(kind="reassigned") & Q(holder_before=None, holder_after=None)),
                name="duty_event_holders",
            ),
        ]


class DueMove(models.Model):
    """A due time that a new calendar moved: from, to. Both stay on record (R-22); ``told_at`` is when the
    people concerned had been told of it."""

    duty = models.ForeignKey(Duty, verbose_name="时限任务", on_delete=models.PROTECT, related_name="moves")
    calendar_version = models.PositiveIntegerField("日历版本")
    due_before = models.DateTimeField("原届满时间")
    due_at = models.DateTimeField("现届满时间")
    moved_at = models.DateTimeField("调整时间")
    told_at = models.DateTimeField("告知时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "届满时间调整"
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [
            models.Index(fields=["calendar_version", "id"], name="due_move_version"),
            models.Index(fields=["id"], condition=Q(told_at=None), name="due_move_untold"),
        ]

    @property
    def is_earlier(self) -> bool:
        """Whether there is less time than before."""
        return self.due_at < self.due_before


class StagePassed(models.Model):
    """A stage of a duty was reached and told, once for each due time (R-11). Append-only.

    ``due_at`` is the due time that it belongs to: one that moved later is warned of and climbed for anew.
    ``reached`` is the tier that heard of it: another one than ``tier`` when that was vacant, "" when there
    is nobody at all. The system administrators see both.
    """

    duty = models.ForeignKey(Duty, on_delete=models.PROTECT, related_name="stages")
    stage = models.CharField("节点", max_length=20, choices=Stage.choices)
    tier = models.CharField("应提醒", max_length=20, choices=Tier.choices)
    reached = models.CharField("实际提醒", max_length=20, choices=Tier.choices, blank=True)
    due_at = models.DateTimeField("所属届满时间")
    at = models.DateTimeField("应提醒时间")
    made_at = models.DateTimeField("提醒时间")

    class Meta:
        verbose_name = verbose_name_plural = "时限节点"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["duty", "stage", "due_at"], name="one_stage")
        ]
        indexes: ClassVar = [
            models.Index(fields=["-id"], condition=~Q(reached=models.F("tier")), name="stage_climbed")
        ]


class Reminder(models.Model):
    """A reminder that was made: exactly one per duty, stage, recipient and occasion (R-11).

    The occasion is the due time that the stage belongs to; of a reassignment it is its moment.
    """

    Milestone = Stage

    class Mail(models.TextChoices):
        """How it also went by mail."""

        ALONE = "alone", "单独发送"
        BUNDLED = "bundled", "合并发送"
        NONE = "none", "没有邮箱地址"

    duty = models.ForeignKey(Duty, on_delete=models.PROTECT, related_name="reminders")
    milestone = models.CharField("节点", max_length=20, choices=Stage.choices)
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="接收人", on_delete=models.PROTECT, related_name="reminders"
    )
    occasion = models.DateTimeField("所属时点")
    mail = models.CharField("邮件", max_length=10, choices=Mail.choices, default=Mail.ALONE)
    made_at = models.DateTimeField("提醒时间")
    read_at = models.DateTimeField("阅读时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "提醒"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["duty", "milestone", "recipient", "occasion"], name="one_reminder"
            )
        ]
        indexes: ClassVar = [models.Index(fields=["recipient", "-id"], name="reminder_recipient")]


class Digest(models.Model):
    """The mail of a working day: one per person and day, with what waits for them."""

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    day = models.DateField("日期")
    waiting = models.PositiveIntegerField("待办")
    due_today = models.PositiveIntegerField("今日到期")
    late = models.PositiveIntegerField("已逾期")
    unread = models.PositiveIntegerField("未读提醒")
    made_at = models.DateTimeField("生成时间")

    class Meta:
        verbose_name = verbose_name_plural = "每日提要"
        constraints: ClassVar = [models.UniqueConstraint(fields=["recipient", "day"], name="one_digest")]
