"""The calendar as published: notices, the days they move, the office hours they set.

Rows are only ever added, with their notice, in one transaction: a correction is
a later notice that names the same days again (a notice was changed in mid-year in
2019 and in 2020). `queries.current_calendar` relies on that.
"""

from typing import ClassVar

from django.db import models

from casework.core.worktime.notices import NoticeKind


class CalendarNotice(models.Model):
    """A published document that moves working days or office hours."""

    title = models.CharField("标题", max_length=200)
    document_no = models.CharField("文号", max_length=60, blank=True)
    year = models.PositiveSmallIntegerField("年份")
    url = models.URLField("原文网址", max_length=300, blank=True)
    published_on = models.DateField("发布日期", null=True, blank=True)
    kind = models.CharField("类型", max_length=10, choices=NoticeKind)
    digest = models.CharField("内容摘要值", max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField("载入时间")

    class Meta:
        verbose_name = "工作日历通知"
        verbose_name_plural = "工作日历通知"
        ordering: ClassVar[list[str]] = ["-year", "-id"]

    def __str__(self) -> str:
        return f"{self.title}（{self.document_no}）" if self.document_no else self.title


class CalendarDay(models.Model):
    """One day a notice names: worked or not."""

    notice = models.ForeignKey(
        CalendarNotice,
        verbose_name="依据通知",
        on_delete=models.PROTECT,
        related_name="days",
    )
    date = models.DateField("日期")
    is_workday = models.BooleanField("上班")
    name = models.CharField("名称", max_length=60)

    class Meta:
        verbose_name = "日历调整日"
        verbose_name_plural = "日历调整日"
        ordering: ClassVar[list[str]] = ["date", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["notice", "date"], name="calendar_day_once_per_notice"),
        ]

    def __str__(self) -> str:
        return f"{self.date.isoformat()} {self.name}{'上班' if self.is_workday else '放假'}"


class OfficeHours(models.Model):
    """Office hours from a day on; where several cover a day the latest start wins."""

    notice = models.ForeignKey(
        CalendarNotice,
        verbose_name="依据通知",
        on_delete=models.PROTECT,
        related_name="hours",
    )
    valid_from = models.DateField("自何日起")
    valid_to = models.DateField("至何日止", null=True, blank=True)
    morning_start = models.TimeField("上午上班")
    morning_end = models.TimeField("上午下班")
    afternoon_start = models.TimeField("下午上班")
    afternoon_end = models.TimeField("下午下班")

    class Meta:
        verbose_name = "作息时间"
        verbose_name_plural = "作息时间"
        ordering: ClassVar[list[str]] = ["valid_from", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(morning_start__lt=models.F("morning_end"))
                & models.Q(morning_end__lte=models.F("afternoon_start"))
                & models.Q(afternoon_start__lt=models.F("afternoon_end")),
                name="office_hours_in_order",
            ),
            models.CheckConstraint(
                condition=models.Q(valid_to=None) | models.Q(valid_to__gte=models.F("valid_from")),
                name="office_hours_period_in_order",
            ),
        ]

    def __str__(self) -> str:
        spans = (
            f"{self.morning_start:%H:%M}–{self.morning_end:%H:%M}",
            f"{self.afternoon_start:%H:%M}–{self.afternoon_end:%H:%M}",
        )
        return f"{self.valid_from.isoformat()}起 {'、'.join(spans)}"
