"""Who decides a change, and what of a notice looks wrong. Pure.

Four eyes: whoever proposed it has no hand in deciding it, in the own name or in another's (14).
"""

from collections.abc import Collection
from datetime import date

from casework.core.worktime.calendar import SATURDAY, WorkCalendar
from casework.core.worktime.notices import NamedDay

HOLIDAYS = ("元旦", "春节", "清明节", "劳动节", "端午节", "国庆节")  # every year's notice names them
FEWEST_DAYS_OFF = 10


def why_not_decide(*, proposed_by: int, hands: Collection[int]) -> str:
    """Why these people may not approve or reject the change, "" when they may."""
    return "提出人不能审定自己提出的变更，须由另一人审定。" if proposed_by in hands else ""


def warnings_of(year: int, days: Collection[NamedDay]) -> list[str]:
    """What looks wrong in a State Council notice for ``year``, for the one who approves it to check."""
    off = [day for day in days if not day.is_workday]
    named = " ".join(day.name for day in days)
    missing = [name for name in HOLIDAYS if name.removesuffix("节") not in named]
    found = []
    if missing:
        found.append(
            f"没有写到：{'、'.join(missing)}。载入后{year}年的时限不再标注「暂定」，请核对是否完整。"
        )
    if len(off) < FEWEST_DAYS_OFF:
        found.append(f"放假日期只有{len(off)}天，少于往年，请核对是否完整。")
    found += [
        f"{day.date.isoformat()}本来就是工作日，通知又写为上班，请核对。"
        for day in sorted(days)
        if day.is_workday and day.date.weekday() < SATURDAY
    ]
    return found


def says_nothing_new(cal: WorkCalendar, year: int, days: Collection[NamedDay]) -> bool:
    """Whether the calendar in force already counts every one of these days as the notice does."""
    return year in cal.covered and all(cal.is_workday(day.date) == day.is_workday for day in days)


def may_shorten(old: WorkCalendar, new: WorkCalendar) -> bool:
    """Whether any due time can move forward at all: a day is worked that was not, or the hours differ."""
    named = old.overrides.keys() | new.overrides.keys()
    return old.hours != new.hours or any(
        new.is_workday(day) and not old.is_workday(day) for day in sorted(named)
    )


def year_of(first: date, last: date) -> int:
    """The year whose notice may name both days: December may stand under the following one."""
    return last.year if first.year == last.year or first.month == 12 else first.year
