"""Due dates: pure functions of a start, a limit, a calendar and the pauses.

Counting rules: the day on which a period begins is not counted (民法典 201); a
month without that day ends on its last day (202); natural days and months that
end on a day off run on to the next working day, and the period ends at 24:00 or
at close of business where there are hours (203). 行政许可法 82: working days.
"""

from __future__ import annotations

import calendar as month_lengths
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from casework.core.worktime.calendar import ONE_DAY, HalfDay, WorkCalendar, at, to_local
from casework.core.worktime.units import EndRule, Unit

HALF = Decimal("0.5")
NOTHING = Decimal(0)


class BadAmount(ValueError):
    """The amount does not fit its unit: not positive, or not in its steps."""


class OpenPause(ValueError):
    """A due date was asked for while the clock is paused: there is none yet."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Time that does not count (行政许可法 45). `end` is None while it lasts."""

    start: datetime
    end: datetime | None = None

    def __post_init__(self) -> None:
        if self.end is not None and to_local(self.end) < to_local(self.start):
            raise ValueError("a pause cannot end before it starts")

    def holds_at(self, moment: datetime) -> bool:
        """Whether the clock stands still at `moment`."""
        return self.start <= moment and (self.end is None or moment < self.end)

    def excludes(self, day: date, closing: datetime) -> bool:
        """Whether `day`, whose office hours end at `closing`, does not count.

        It does not when the clock stands still at its end: a pause begun on it or
        before that ends on a later day, or that ends after closing time.
        """
        begun = to_local(self.start).date() <= day
        outlasts = self.end is None or day < to_local(self.end).date()
        return (begun and outlasts) or self.holds_at(closing)


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


def same_day_of_month(day: date, n: int) -> date:
    """The same day `n` months on, or that month's last day (民法典 202)."""
    index = day.year * 12 + day.month - 1 + n
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(day.day, month_lengths.monthrange(year, month)[1]))


def add_months(day: date, n: int, cal: WorkCalendar) -> date:
    """`n` months after `day`, rolled to the next working day (民法典 202, 203)."""
    return cal.workday_from(same_day_of_month(day, n))


def total_of(amount: Decimal, unit: Unit, extensions: Sequence[Decimal] = ()) -> Decimal:
    """Amount plus extensions, in `unit`.

    Raises BadAmount for a total that is not positive, a negative extension, a
    working-day amount not in steps of 0.5 or any other amount not whole.
    """
    parts = [Decimal(amount), *(Decimal(extension) for extension in extensions)]
    step = HALF if unit == Unit.WORKDAY else Decimal(1)
    if parts[0] <= 0 or any(part < 0 or part % step for part in parts):
        raise BadAmount(f"{[str(part) for part in parts]} {unit}: positive, in steps of {step}")
    return sum(parts, NOTHING)


def is_paused(day: date, pauses: Sequence[Pause], cal: WorkCalendar) -> bool:
    """Whether any pause takes `day` out of the count."""
    if not pauses:
        return False
    closing = _end_of(day, EndRule.CLOSE_OF_BUSINESS, cal)
    return any(pause.excludes(day, closing) for pause in pauses)


def is_half_paused(half: HalfDay, pauses: Sequence[Pause], cal: WorkCalendar) -> bool:
    """Whether any pause takes the half day out: with its day, or at its own end."""
    at_its_end = any(pause.holds_at(half.end) for pause in pauses)
    return at_its_end or is_paused(half.day, pauses, cal)


def counts(day: date, unit: Unit, cal: WorkCalendar, pauses: Sequence[Pause]) -> bool:
    """Whether `day` uses up one day of a limit in `unit`."""
    if unit == Unit.WORKDAY and not cal.is_workday(day):
        return False
    return not is_paused(day, pauses, cal)


def due(
    start: datetime,
    amount: Decimal,
    unit: Unit,
    end_rule: EndRule,
    cal: WorkCalendar,
    pauses: Sequence[Pause] = (),
    extensions: Sequence[Decimal] = (),
) -> Due:
    """When a limit of `amount` (+ extensions, same unit) from `start` ends.

    Half working days end with the half day that completes them. Raises BadAmount,
    OpenPause while a pause lasts, ValueError for naive datetimes.
    """
    total = total_of(amount, unit, extensions)
    if any(pause.end is None for pause in pauses):
        raise OpenPause("no due date while the clock is paused")
    first = to_local(start).date()
    if total % 1:
        half = _last_half(start, total, cal, pauses)
        moment = half.end if half.is_morning else _end_of(half.day, end_rule, cal)
        return Due(moment, half.day, cal.missing_years(first, half.day))
    raw_day = last_counted_day(first, int(total), unit, cal, pauses)
    last_day = _rolled(raw_day, cal, pauses)
    since = first + ONE_DAY if unit == Unit.WORKDAY else raw_day
    moment = _end_of(last_day, end_rule, cal)
    return Due(moment, last_day, cal.missing_years(since, last_day))


def last_counted_day(first: date, total: int, unit: Unit, cal: WorkCalendar, pauses: Sequence[Pause]) -> date:
    """The day that uses up the limit, before it rolls over a day off."""
    if unit == Unit.MONTH:
        total = (same_day_of_month(first, total) - first).days
    day, left = first, total
    while left:
        day += ONE_DAY
        left -= counts(day, unit, cal, pauses)
    return day


def _rolled(day: date, cal: WorkCalendar, pauses: Sequence[Pause]) -> date:
    """`day`, or the next working day on which the clock runs (民法典 203)."""
    while not cal.is_workday(day) or is_paused(day, pauses, cal):
        day += ONE_DAY
    return day


def _last_half(start: datetime, total: Decimal, cal: WorkCalendar, pauses: Sequence[Pause]) -> HalfDay:
    """The half day that completes `total` after the half day of `start`."""
    left = int(total / HALF)
    for half in cal.halves_after(start):
        left -= not is_half_paused(half, pauses, cal)
        if not left:
            return half
    raise AssertionError("half days never run out")


def _end_of(day: date, end_rule: EndRule, cal: WorkCalendar) -> datetime:
    if end_rule == EndRule.END_OF_DAY:
        return at(day, time.max)
    return at(day, cal.hours_on(day).afternoon_end)


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
    cal: WorkCalendar,
    pauses: Sequence[Pause] = (),
) -> Decimal:
    """Days of the limit used up by `now`, those of an open pause excepted.

    A day is used once its office hours are over (natural days: once it is over).
    Used plus what is still left is the allowance at every moment.
    """
    here = to_local(now)
    day, total = to_local(start).date() + ONE_DAY, 0
    while day <= here.date() and _is_over(day, here, unit, cal):
        total += counts(day, unit, cal, pauses)
        day += ONE_DAY
    return Decimal(total)


def _is_over(day: date, here: datetime, unit: Unit, cal: WorkCalendar) -> bool:
    rule = EndRule.CLOSE_OF_BUSINESS if unit == Unit.WORKDAY else EndRule.END_OF_DAY
    return here >= _end_of(day, rule, cal)
