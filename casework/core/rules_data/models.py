"""Limits as dated rows (14): a change is a new version from a day on, with its basis."""

from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.db import models

from casework.core.worktime.units import CountRule, EndRule, Unit


class DutyKind(models.TextChoices):
    """What one department owes another or the applicant (mission: clocks)."""

    ACCEPT = "accept", "受理或一次性告知补正"
    CORRECT = "correct", "等候申请人补正"
    SUBMIT = "submit", "提交审批部门"
    CIRCULATE = "circulate", "流转联合审批单位"
    OPINION = "opinion", "出具联合审批意见"
    DECIDE = "decide", "作出审批决定"
    ISSUE = "issue", "出具并送达结果"
    PUSH = "push", "推送办理结果"
    REPUSH = "repush", "重新推送办理结果"
    CLAIM = "claim", "认领办理结果"
    REGISTER = "register", "纳入监管范围"
    ANSWER_OBJECTION = "answer_objection", "答复疑义"


class PeriodKind(models.TextChoices):
    """A time within which one may do something: nobody owes it, so nothing lapses when it ends."""

    OBJECTION = "objection", "提出疑义"


class StartFact(models.TextChoices):
    """The fact at the receiver that a period begins with."""

    DELIVERY = "delivery", "送达"
    CLAIM = "claim", "认领"


class LimitSource(models.TextChoices):
    """Where a limit comes from. The last one is labelled so on screen."""

    MEASURE = "measure", "条文"
    LAW = "law", "上位法"
    PLATFORM = "platform", "本平台设定"
    ITEM = "item", "事项"


class Stage(models.TextChoices):
    """Moments in the life of a duty at which somebody is told, in the order in which they come."""

    SOON = "soon", "即将到期"
    DUE = "due", "今日到期"
    LAPSED = "lapsed", "已逾期"
    LIAISON = "liaison", "逾期未办，报联络员"
    LEADER = "leader", "逾期未办，报分管领导"
    EVALUATOR = "evaluator", "逾期未办，报考核评估部门"
    HANDED = "handed", "改派至本单位"  # no rule row names it: told when it happens


class Tier(models.TextChoices):
    """Who is told. A vacant one climbs to the next."""

    HANDLERS = "handlers", "经办人员"
    LIAISON = "liaison", "联络员"
    LEADER = "leader", "分管领导"
    EVALUATOR = "evaluator", "考核评估人员"


class EscalationStep(models.Model):
    """Who is told when about a duty that is not met, from a day on (11, 13, 14). Append-only.

    A row for a kind of duty goes before one for all; a later version before an earlier one. ``offset`` is in
    working days, below nought before the due time; empty = what the duty's own limit says.
    """

    duty_kind = models.CharField("时限任务", max_length=30, choices=DutyKind.choices, blank=True)
    stage = models.CharField("节点", max_length=20, choices=Stage.choices)
    offset = models.DecimalField("距届满（工作日）", max_digits=4, decimal_places=1, null=True)
    tier = models.CharField("提醒对象", max_length=20, choices=Tier.choices)
    enabled = models.BooleanField("启用", default=True)
    basis = models.CharField("依据", max_length=300)
    valid_from = models.DateField("生效日期")
    created_at = models.DateTimeField("登记时间")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="登记人", null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = verbose_name_plural = "督办规则"
        indexes: ClassVar = [models.Index(fields=["stage", "-valid_from"], name="escalation_stage_from")]

    def __str__(self) -> str:
        return f"{self.get_stage_display()} → {self.get_tier_display()}"


class LimitRule(models.Model):
    """How long a duty may take or a period lasts, from a day on. Append-only: triggers refuse update and delete."""

    duty_kind = models.CharField("时限任务", max_length=30, choices=[*DutyKind.choices, *PeriodKind.choices])
    amount = models.DecimalField("时限", max_digits=6, decimal_places=1)
    unit = models.CharField("单位", max_length=20, choices=Unit.choices)
    end_rule = models.CharField("届满时刻", max_length=20, choices=EndRule.choices)
    counting = models.CharField(
        "起算规则", max_length=20, choices=CountRule.choices, default=CountRule.NEXT_DAY
    )
    warn_before = models.DecimalField("提前提醒（工作日）", max_digits=4, decimal_places=1, default=1)
    start_event = models.CharField("起算事件", max_length=60)
    # Of periods alone: a duty is started by the act that owes it.
    start_fact = models.CharField(
        "起算事实", max_length=20, choices=StartFact.choices, blank=True, default=""
    )
    clause = models.CharField("条款", max_length=20, help_text="如：9.1")
    source = models.CharField("来源", max_length=20, choices=LimitSource.choices)
    basis = models.CharField("依据", max_length=300)
    to_confirm = models.BooleanField("待确认", default=False)
    valid_from = models.DateField("生效日期")
    created_at = models.DateTimeField("登记时间")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="登记人", null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = verbose_name_plural = "时限规则"
        indexes: ClassVar = [models.Index(fields=["duty_kind", "-valid_from"], name="rule_kind_from")]

    def __str__(self) -> str:
        return f"{self.get_duty_kind_display()} {self.amount.normalize():f}{self.get_unit_display()}"

    @property
    def limit_in_words(self) -> str:
        """As lists show it: 1个工作日, 2个月."""
        return limit_in_words(self.amount, Unit(self.unit))


def limit_in_words(amount: Decimal, unit: Unit) -> str:
    """A limit as papers write it: 8个工作日, 15日（自然日）, 2个月."""
    return f"{amount.normalize():f}{'个' if unit == Unit.WORKDAY else ''}{unit.label}"
