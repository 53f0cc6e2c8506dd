"""How the days of a limit are counted: which one is the first, which stand still, which is the last.

The rule row says how the count begins (``CountRule``); everything else follows from unit, calendar and
pauses. `arithmetic` makes due dates of it, `explain` the strip of days.
"""

from __future__ import annotations

import calendar as month_lengths
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from casework.core.worktime.calendar import ONE_DAY, HalfDay, WorkCalendar, at, to_local
from casework.core.worktime.units import CountRule, EndRule, Unit

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

    def excludes(self, closing: datetime) -> bool:
        """Whether a day or half day that ends at `closing` does not count: the clock stands still at that moment.

        So what was used before a pause is never given back, and a limit that could have ended while the clock
        stood still ends later.
        """
        return self.start <= closing and (self.end is None or closing < self.end)


def same_day_of_month(day: date, n: int) -> date:
    """The same day `n` months on, or that month's last day (民法典 202)."""
    index = day.year * 12 + day.month - 1 + n
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(day.day, month_lengths.monthrange(year, month)[1]))


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


def is_paused(day: date, end_rule: EndRule, cal: WorkCalendar, pauses: Sequence[Pause]) -> bool:
    """Whether any pause takes `day` out of the count."""
    if not pauses:
        return False
    closing = end_of(day, end_rule, cal)
    return any(pause.excludes(closing) for pause in pauses)


def is_half_paused(half: HalfDay, end_rule: EndRule, cal: WorkCalendar, pauses: Sequence[Pause]) -> bool:
    """Whether any pause takes the half day out of the count."""
    closing = end_of_half(half, end_rule, cal)
    return any(pause.excludes(closing) for pause in pauses)


def counts(day: date, unit: Unit, end_rule: EndRule, cal: WorkCalendar, pauses: Sequence[Pause]) -> bool:
    """Whether `day` uses up one day of a limit in `unit`."""
    if unit == Unit.WORKDAY and not cal.is_workday(day):
        return False
    return not is_paused(day, end_rule, cal, pauses)


def by_halves(total: Decimal, unit: Unit, counting: CountRule) -> bool:
    """Whether the limit is counted in half days. Raises BadAmount for natural days or months that would be."""
    if counting == CountRule.NEXT_HALF and unit != Unit.WORKDAY:
        raise BadAmount(f"{unit} cannot be counted in half days")
    return bool(total % 1) or counting == CountRule.NEXT_HALF


def includes_start(start: datetime, end_rule: EndRule, cal: WorkCalendar, counting: CountRule) -> bool:
    """Whether the count takes in the start itself: only where the rule says so and its day is not over yet."""
    return counting == CountRule.START_DAY and start < end_of(to_local(start).date(), end_rule, cal)


def eve_of(start: datetime, end_rule: EndRule, cal: WorkCalendar, counting: CountRule) -> date:
    """The day after which counting begins: that of the start (民法典 201), or the one before it."""
    day = to_local(start).date()
    return day - ONE_DAY if includes_start(start, end_rule, cal, counting) else day


def halves_from(
    start: datetime, end_rule: EndRule, cal: WorkCalendar, counting: CountRule
) -> Iterator[HalfDay]:
    """The half days that are counted, without end: from the one after the start's own, or from that one on."""
    if includes_start(start, end_rule, cal, counting):
        yield from cal.halves_on(to_local(start).date())[0 if cal.is_morning(start) else 1 :][:1]
    yield from cal.halves_after(start)


def days_of(first: date, total: Decimal, unit: Unit) -> int:
    """The days that `total` in `unit` lasts: months run to the same day of a later month (民法典 202)."""
    if unit == Unit.MONTH:
        return (same_day_of_month(first, int(total)) - first).days
    return int(total)


def last_counted_day(
    eve: date, days: int, unit: Unit, end_rule: EndRule, cal: WorkCalendar, pauses: Sequence[Pause]
) -> date:
    """The day that uses up `days` after `eve`, before it rolls over a day off."""
    day, left = eve, days
    while left:
        day += ONE_DAY
        left -= counts(day, unit, end_rule, cal, pauses)
    return day


def last_half(
    halves: Iterator[HalfDay],
    total: Decimal,
    end_rule: EndRule,
    cal: WorkCalendar,
    pauses: Sequence[Pause],
) -> HalfDay:
    """The half day that completes `total`."""
    left = int(total / HALF)
    for half in halves:
        left -= not is_half_paused(half, end_rule, cal, pauses)
        if not left:
            return half
    raise AssertionError("half days never run out")


def end_of(day: date, end_rule: EndRule, cal: WorkCalendar) -> datetime:
    """The last moment of `day` under `end_rule`; it still is in time (inclusive)."""
    if end_rule == EndRule.END_OF_DAY:
        return at(day, time.max)
    return at(day, cal.hours_on(day).afternoon_end)


def end_of_half(half: HalfDay, end_rule: EndRule, cal: WorkCalendar) -> datetime:
    """The last moment of a half day: noon, or what ends its day under `end_rule`."""
    return half.end if half.is_morning else end_of(half.day, end_rule, cal)
