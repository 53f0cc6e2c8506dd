"""How far the published calendar reaches, and when to speak up about it (R-21). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from casework.core.worktime.calendar import WorkCalendar

WARN_DAYS = 60  # natural days before the last covered year ends: from early November on


@dataclass(frozen=True, slots=True)
class Gap:
    """The first year that no notice covers: `year` begins after `ends_on`, in `days_left` natural days.

    `days_left` is negative once that year has begun.
    """

    year: int
    ends_on: date
    days_left: int


def gap_ahead(cal: WorkCalendar, today: date) -> Gap | None:
    """The gap to warn of on `today`; None while the notices reach far enough."""
    year = today.year
    while year in cal.covered:
        year += 1
    ends_on = date(year - 1, 12, 31)
    if today < ends_on - timedelta(days=WARN_DAYS):
        return None
    return Gap(year, ends_on, (ends_on - today).days)


def in_words(gap: Gap) -> str:
    """The warning as administrators read it."""
    if gap.days_left < 0:
        reach = f"{gap.year}年的放假通知至今没有载入"
    else:
        reach = (
            f"工作日历只到{gap.ends_on:%Y年%m月%d日}，还有{gap.days_left}天，{gap.year}年的放假通知尚未载入"
        )
    return f"{reach}：涉及该年的时限按周一至周五推算，标注「暂定」，载入后自动重算。"
