"""A second way to count: day by day and half by half, from the words of the rules, without the product's code."""

import calendar
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import chinese_calendar

from casework.core.worktime.arithmetic import Pause
from casework.core.worktime.calendar import SHANGHAI
from casework.core.worktime.units import CountRule, EndRule, Unit

NOON, CLOSE = time(12, 0), time(17, 30)
DAY = timedelta(1)


def works(day: date) -> bool:
    """The published package where it has the year, Monday to Friday where nobody has."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5


def stopped(pauses: Iterable[Pause], last: time) -> set[date]:
    """Days at whose ``last`` moment the clock stood still: the first such moment of a pause, and those a day on."""
    found: set[date] = set()
    for pause in pauses:
        assert pause.end is not None
        day = pause.start.date() if pause.start.time() <= last else pause.start.date() + DAY
        while _at(day, last) < pause.end:
            found.add(day)
            day += DAY
    return found


def months_on(day: date, n: int) -> date:
    """The same day of a later month, or that month's last one."""
    year, month = divmod(day.year * 12 + day.month - 1 + n, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def due(
    start: datetime,
    amount: Decimal,
    unit: Unit,
    end_rule: EndRule,
    pauses: list[Pause],
    counting: CountRule,
    works: Callable[[date], bool] = works,
) -> datetime:
    """The last moment in time; ``works`` says which days are worked."""
    still = stopped(pauses, CLOSE if end_rule == EndRule.CLOSE_OF_BUSINESS else time.max)
    over = start.time() >= CLOSE if end_rule == EndRule.CLOSE_OF_BUSINESS else False
    with_start = counting == CountRule.START_DAY and not over
    if amount % 1 or counting == CountRule.NEXT_HALF:
        return _by_halves(start, amount, end_rule, pauses, with_start, works)
    days = (months_on(start.date(), int(amount)) - start.date()).days if unit == Unit.MONTH else int(amount)
    day = start.date() - DAY if with_start else start.date()
    while days:
        day += DAY
        days -= day not in still and (unit != Unit.WORKDAY or works(day))
    while not works(day) or day in still:
        day += DAY
    return _at(day, CLOSE if end_rule == EndRule.CLOSE_OF_BUSINESS else time.max)


def _by_halves(
    start: datetime,
    amount: Decimal,
    end_rule: EndRule,
    pauses: list[Pause],
    with_start: bool,
    works: Callable[[date], bool],
) -> datetime:
    left, day = int(amount * 2), start.date()
    first = (0 if start.time() < NOON else 1) + (0 if with_start else 1)
    while True:
        for place, slot in enumerate((NOON, CLOSE)):
            end = _at(day, time.max if place and end_rule == EndRule.END_OF_DAY else slot)
            held = any(pause.start <= end < pause.end for pause in pauses if pause.end)
            early = day == start.date() and place < first
            if works(day) and not held and not early:
                left -= 1
                if not left:
                    return end
        day += DAY


def _at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, tzinfo=SHANGHAI)
