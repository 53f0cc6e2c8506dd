"""Due dates: pure functions of a start, a limit, a calendar and the pauses.

Counting rules: the day on which a period begins is not counted (民法典 201); a
month without that day ends on its last day (202); natural days and months that
end on a day off run on to the next working day, and the period ends at 24:00 or
at close of business where there are hours (203). 行政许可法 82: working days.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from casework.core.worktime.calendar import ONE_DAY, HalfDay, WorkCalendar, to_local
from casework.core.worktime.counting import (
    HALF,
    NOTHING,
    BadAmount,
    OpenPause,
    Pause,
    by_halves,
    counts,
    days_of,
    end_of,
    end_of_half,
    eve_of,
    halves_from,
    is_half_paused,
    is_paused,
    last_counted_day,
    last_half,
    same_day_of_month,
    total_of,
)
from casework.core.worktime.units import CountRule, EndRule, Unit

__all__ = [
    "HALF",
    "NOTHING",
    "BadAmount",
    "Deadline",
    "Due",
    "OpenPause",
    "Pause",
    "add_months",
    "add_natural_days",
    "add_workdays",
    "counts",
    "due",
    "is_half_paused",
    "is_paused",
    "last_counted_day",
    "latest_notice",
    "remaining",
    "same_day_of_month",
    "subtract_workdays",
    "total_of",
    "used",
    "workdays_between",
]


@dataclass(frozen=True, slots=True)
class Due:
    """A moment by which something is due.

    last_day is its date; missing_years names the years whose notice was not
    loaded when this was reckoned.
    """

    at: datetime
    last_day: date
    missing_years: tuple[int, ...] = ()

    @property
    def provisional(self) -> bool:
        """Whether a notice that is not published yet can still move this date."""
        return bool(self.missing_years)


Deadline = Due


def add_workdays(day: date, n: int, cal: WorkCalendar) -> date:
    """The n-th working day after `day`, which is not counted; back for n < 0.

    n = 0 gives `day` itself, or the next working day when it is a day off.
    """
    if n == 0:
        return cal.workday_from(day)
    step = cal.next_workday if n > 0 else cal.previous_workday
    for _ in range(abs(n)):
        day = step(day)
    return day


def subtract_workdays(day: date, n: int, cal: WorkCalendar) -> date:
    """The n-th working day before `day`."""
    return add_workdays(day, -n, cal)


def add_natural_days(day: date, n: int, cal: WorkCalendar) -> date:
    """`n` natural days after `day`, rolled to the next working day (民法典 203)."""
    return cal.workday_from(day + timedelta(days=n))


def add_months(day: date, n: int, cal: WorkCalendar) -> date:
    """`n` months after `day`, rolled to the next working day (民法典 202, 203)."""
    return cal.workday_from(same_day_of_month(day, n))


def due(
    start: datetime,
    amount: Decimal,
    unit: Unit,
    end_rule: EndRule,
    cal: WorkCalendar,
    pauses: Sequence[Pause] = (),
    extensions: Sequence[Decimal] = (),
    counting: CountRule = CountRule.NEXT_DAY,
) -> Due:
    """When a limit of `amount` (+ extensions, same unit) from `start` ends; that moment is still in time.

    Half working days end with the half day that completes them. Raises BadAmount,
    OpenPause while a pause lasts, ValueError for naive datetimes.
    """
    total = total_of(amount, unit, extensions)
    if any(pause.end is None for pause in pauses):
        raise OpenPause("no due date while the clock is paused")
    first = to_local(start).date()
    if by_halves(total, unit, counting):
        half = last_half(halves_from(start, end_rule, cal, counting), total, end_rule, cal, pauses)
        return Due(end_of_half(half, end_rule, cal), half.day, cal.missing_years(first, half.day))
    eve = eve_of(start, end_rule, cal, counting)
    raw_day = last_counted_day(eve, days_of(first, total, unit), unit, end_rule, cal, pauses)
    last_day = _rolled(raw_day, end_rule, cal, pauses)
    since = eve + ONE_DAY if unit == Unit.WORKDAY else raw_day
    moment = end_of(last_day, end_rule, cal)
    return Due(moment, last_day, cal.missing_years(since, last_day))


def _rolled(day: date, end_rule: EndRule, cal: WorkCalendar, pauses: Sequence[Pause]) -> date:
    """`day`, or the next working day on which the clock runs (民法典 203)."""
    while not cal.is_workday(day) or is_paused(day, end_rule, cal, pauses):
        day += ONE_DAY
    return day


def latest_notice(visit: datetime, amount: Decimal, cal: WorkCalendar) -> Deadline:
    """The last moment for a notice `amount` working days before `visit` (8.4).

    That many half days must lie whole between the notice and the half day of the
    visit. Raises BadAmount, ValueError for a naive datetime.
    """
    left = int(total_of(amount, Unit.WORKDAY) / HALF)
    for half in cal.halves_before(visit):
        left -= 1
        if not left:
            missing = cal.missing_years(half.day, to_local(visit).date())
            return Due(half.start, half.day, missing)
    raise AssertionError("half days never run out")


def _sum_halves(
    first: datetime,
    last: datetime,
    cal: WorkCalendar,
    wanted: Callable[[HalfDay], bool],
) -> Decimal:
    day, total = first.date(), 0
    while day <= last.date():
        total += sum(wanted(half) for half in cal.halves_on(day))
        day += ONE_DAY
    return total * HALF


def workdays_between(a: datetime, b: datetime, cal: WorkCalendar) -> Decimal:
    """Working days from `a` to `b`: half days that lie whole between them.

    Negative when b is before a. Raises ValueError for naive datetimes.
    """
    first, last = to_local(a), to_local(b)
    if last < first:
        return -workdays_between(last, first, cal)
    return _sum_halves(first, last, cal, lambda half: half.start >= first and half.end <= last)


def remaining(now: datetime, due_at: datetime, cal: WorkCalendar) -> Decimal:
    """Working days left (>= 0) or late (< 0), in steps of 0.5.

    Left: half days still whole ahead, so 0 means "due within this half day".
    Late: every half day begun since counts, at least 0.5; negative exactly when
    now > due_at.
    """
    here, end = to_local(now), to_local(due_at)
    if here <= end:
        return workdays_between(here, end, cal)
    begun = _sum_halves(end, here, cal, lambda half: half.start < here and half.end > end)
    return -max(begun, HALF)


def used(
    start: datetime,
    now: datetime,
    unit: Unit,
    end_rule: EndRule,
    cal: WorkCalendar,
    pauses: Sequence[Pause] = (),
    counting: CountRule = CountRule.NEXT_DAY,
) -> Decimal:
    """Days of a limit of whole days used up by `now`, those of an open pause excepted.

    A day is used once the moment that `end_rule` names is past, a half day of a limit that is counted in
    halves once that half is. Used plus what is still left is the allowance at every moment.
    """
    here, total = to_local(now), NOTHING
    if by_halves(NOTHING, unit, counting):
        for half in halves_from(start, end_rule, cal, counting):
            if end_of_half(half, end_rule, cal) >= here:
                break
            total += HALF * (not is_half_paused(half, end_rule, cal, pauses))
        return total
    day = eve_of(start, end_rule, cal, counting) + ONE_DAY
    while day <= here.date() and here > end_of(day, end_rule, cal):
        total += counts(day, unit, end_rule, cal, pauses)
        day += ONE_DAY
    return total
