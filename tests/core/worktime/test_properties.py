"""Laws of the arithmetic, against an oracle that walks every half day."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import chinese_calendar
from hypothesis import assume, given
from hypothesis import strategies as st

from casework.core.worktime.arithmetic import (
    HALF,
    Pause,
    add_months,
    add_natural_days,
    add_workdays,
    counts,
    due,
    is_paused,
    latest_notice,
    remaining,
    subtract_workdays,
    used,
)
from casework.core.worktime.calendar import SHANGHAI
from casework.core.worktime.units import Unit
from tests.core.worktime.calendars import CAL, CLOSE, MIDNIGHT, ONE_DAY
from tests.profiles import THOROUGH

thorough = THOROUGH

published = st.dates(date(2004, 1, 1), date(2026, 9, 30))
clocks = st.times().map(lambda clock: clock.replace(tzinfo=None))
moments = st.builds(lambda day, clock: datetime.combine(day, clock, tzinfo=SHANGHAI), published, clocks)
units = st.sampled_from(list(Unit))
whole = st.integers(1, 60).map(Decimal)
halves = st.integers(1, 60).map(lambda n: n * HALF)
gaps = st.integers(0, 40 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes))


def amounts(unit: Unit) -> st.SearchStrategy[Decimal]:
    """Amounts that fit the unit."""
    limits = {
        Unit.WORKDAY: halves,
        Unit.NATURAL_DAY: whole,
        Unit.MONTH: st.integers(1, 6).map(Decimal),
    }
    return limits[unit]


limits = units.flatmap(lambda unit: st.tuples(st.just(unit), amounts(unit)))


def closed_pauses(start: datetime, lags: list[tuple[timedelta, timedelta]]) -> list[Pause]:
    """Pauses after `start`, each after the one before it."""
    pauses, here = [], start
    for wait, length in lags:
        begin = here + wait
        here = begin + length
        pauses.append(Pause(begin, here))
    return pauses


lags = st.lists(st.tuples(gaps, gaps), max_size=3)


def oracle_works(day: date) -> bool:
    """The second source where it has the year, Monday to Friday where nobody has."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5


def oracle_due(start: datetime, amount: Decimal, pauses: list[Pause]) -> datetime:
    """Working days counted half by half, in minutes of the week, without our helpers."""
    fractional = amount % 1 != 0
    slots = [time(12, 0), time(17, 30)]
    day, left = start.date(), int(amount * 2)
    skip = 1 if start.time() < time(12) else 2  # halves of the first day that do not count
    if not fractional:
        skip = 2
    while True:
        for slot in slots[skip:]:
            end = datetime.combine(day, slot, tzinfo=SHANGHAI)
            judged = end if fractional else datetime.combine(day, slots[1], tzinfo=SHANGHAI)
            held = any(p.start <= judged < p.end for p in pauses if p.end)
            if oracle_works(day) and not held:
                left -= 1
                if not left:
                    return end
        day += timedelta(1)
        skip = 0


@thorough
@given(moments, halves, lags)
def test_due_equals_the_oracle(
    start: datetime, amount: Decimal, gaps: list[tuple[timedelta, timedelta]]
) -> None:
    pauses = closed_pauses(start, gaps)
    assert due(start, amount, Unit.WORKDAY, CLOSE, CAL, pauses).at == oracle_due(start, amount, pauses)


@thorough
@given(published, st.integers(0, 80))
def test_add_and_subtract_are_inverse_on_working_days(day: date, n: int) -> None:
    assume(CAL.is_workday(day))
    assert subtract_workdays(add_workdays(day, n, CAL), n, CAL) == day
    assert add_workdays(subtract_workdays(day, n, CAL), n, CAL) == day


@thorough
@given(published, st.integers(0, 60))
def test_never_lands_on_a_day_off(day: date, n: int) -> None:
    assert CAL.is_workday(add_workdays(day, n, CAL))
    assert CAL.is_workday(add_natural_days(day, n, CAL))
    assert CAL.is_workday(add_months(day, n % 13, CAL))
    assert CAL.is_workday(subtract_workdays(day, n, CAL))


@thorough
@given(moments, limits, lags)
def test_due_lies_after_the_start_on_a_running_working_day(
    start: datetime,
    limit: tuple[Unit, Decimal],
    gaps: list[tuple[timedelta, timedelta]],
) -> None:
    unit, amount = limit
    pauses = closed_pauses(start, gaps)
    result = due(start, amount, unit, CLOSE, CAL, pauses)
    assert result.at > start
    assert CAL.is_workday(result.last_day)
    assert not any(pause.start <= result.at < pause.end for pause in pauses if pause.end)
    assert amount % 1 or not is_paused(result.last_day, CLOSE, CAL, pauses)
    assert result.at.time() in {time(12), time(17, 30)}
    if all(moment.time() < time(17, 30) for pause in pauses for moment in (pause.start, pause.end)):
        # an evening belongs to the day whose limit ends at midnight, and to the next where offices have closed
        assert due(start, amount, unit, MIDNIGHT, CAL, pauses).last_day == result.last_day


@thorough
@given(moments, gaps, limits)
def test_later_starts_and_longer_limits_never_end_earlier(
    start: datetime, later: timedelta, limit: tuple[Unit, Decimal]
) -> None:
    unit, amount = limit
    base = due(start, amount, unit, CLOSE, CAL).at
    assert due(start + later, amount, unit, CLOSE, CAL).at >= base
    assert due(start, amount + 1, unit, CLOSE, CAL).at >= base
    if unit == Unit.WORKDAY:
        assert due(start, amount + HALF, unit, CLOSE, CAL).at >= base
    assert due(start, amount, unit, CLOSE, CAL, (), [Decimal(1)]).at >= base


@thorough
@given(moments, limits, lags, st.tuples(gaps, gaps))
def test_a_further_pause_never_makes_it_earlier(
    start: datetime,
    limit: tuple[Unit, Decimal],
    gaps: list[tuple[timedelta, timedelta]],
    last: tuple[timedelta, timedelta],
) -> None:
    unit, amount = limit
    pauses = closed_pauses(start, gaps)
    begin = (pauses[-1].end if pauses else start) or start
    further = Pause(begin + last[0], begin + last[0] + last[1])
    before = due(start, amount, unit, CLOSE, CAL, pauses)
    after = due(start, amount, unit, CLOSE, CAL, [*pauses, further])
    assert after.at >= before.at
    if further.start <= before.at:  # it was still running when the clock was paused
        assert further.end is not None
        assert after.at >= further.end


@thorough
@given(moments, st.sampled_from([Unit.WORKDAY, Unit.NATURAL_DAY]), whole, lags, gaps)
def test_used_and_left_make_the_allowance(
    start: datetime,
    unit: Unit,
    amount: Decimal,
    gaps: list[tuple[timedelta, timedelta]],
    elapsed: timedelta,
) -> None:
    pauses = closed_pauses(start, gaps)
    end_rule = CLOSE if unit == Unit.WORKDAY else MIDNIGHT
    end_of_count = due(start, amount, unit, end_rule, CAL, pauses).last_day
    now = start + elapsed
    assume(now.date() < end_of_count)
    # Left, counted by itself: days from the first one that is not over yet to the end.
    closed = time(17, 30) if end_rule == CLOSE else time.max
    over = now.date() if now.time() > closed else now.date() - ONE_DAY
    day, left = max(over, start.date()) + ONE_DAY, 0
    while day <= end_of_count:
        left += counts(day, unit, end_rule, CAL, pauses)
        day += ONE_DAY
    rolled = sum(
        counts(end_of_count - n * ONE_DAY, unit, end_rule, CAL, pauses)
        for n in range((end_of_count - start.date()).days)
    ) - int(amount)
    assert used(start, now, unit, end_rule, CAL, pauses) + left - rolled == amount
    assert rolled == 0 or unit == Unit.NATURAL_DAY


@thorough
@given(moments, gaps, halves)
def test_badges_fall_in_half_days_and_turn_negative_exactly_when_late(
    start: datetime, elapsed: timedelta, amount: Decimal
) -> None:
    due_at = due(start, amount, Unit.WORKDAY, CLOSE, CAL).at
    now = start + elapsed
    left = remaining(now, due_at, CAL)
    assert left % HALF == 0
    assert (left < 0) == (now > due_at)
    assert remaining(now + timedelta(hours=1), due_at, CAL) <= left


@thorough
@given(moments, halves)
def test_a_notice_at_the_last_moment_leaves_whole_halves_before_the_visit(
    visit: datetime, amount: Decimal
) -> None:
    deadline = latest_notice(visit, amount, CAL)
    first_half = CAL.is_morning(visit)
    hours = CAL.hours_on(visit.date())
    opening = hours.morning_start if first_half else hours.afternoon_start
    begins = datetime.combine(visit.date(), opening, tzinfo=SHANGHAI)
    whole_halves = remaining(deadline.at, begins, CAL)
    assert deadline.at < visit
    assert whole_halves == amount
    assert remaining(deadline.at + timedelta(seconds=1), begins, CAL) == amount - HALF
