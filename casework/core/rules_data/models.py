"""Limits as dated rows (14): a change is a new version from a day on, with its basis."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from casework.core.worktime.units import EndRule, Unit


class DutyKind(models.TextChoices):
    """What one department owes another or the applicant (mission: clocks)."""

    ACCEPT = "accept", "受理或一次性告知补正"
    SUBMIT = "submit", "提交审批部门"
    CIRCULATE = "circulate", "流转联合审批单位"
    OPINION = "opinion", "出具联合审批意见"
    DECIDE = "decide", "作出审批决定"
    ISSUE = "issue", "出具并送达结果"
    PUSH = "push", "推送办理结果"
    REPUSH = "repush", "重新推送办理结果"
    CLAIM = "claim", "认领办理结果"
    REGISTER = "register", "纳入监管范围"


class LimitSource(models.TextChoices):
    """Where a limit comes from. The last one is labelled so on screen."""

    MEASURE = "measure", "条文"
    LAW = "law", "上位法"
    PLATFORM = "platform", "本平台设定"
    ITEM = "item", "事项"


class LimitRule(models.Model):
    """How long a duty may take, from a day on. Append-only: triggers refuse update and delete."""

    duty_kind = models.CharField("时限任务", max_length=30, choices=DutyKind.choices)
    amount = models.DecimalField("时限", max_digits=6, decimal_places=1)
    unit = models.CharField("单位", max_length=20, choices=Unit.choices)
    end_rule = models.CharField("届满时刻", max_length=20, choices=EndRule.choices)
    warn_before = models.DecimalField("提前提醒（工作日）", max_digits=4, decimal_places=1, default=1)
    start_event = models.CharField("起算事件", max_length=60)
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
