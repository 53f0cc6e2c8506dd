"""Where a count begins (民法典 201), against a second count; the strip's sum is the date; bugs of others."""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.core.worktime.arithmetic import BadAmount, Pause, due, remaining, used
from casework.core.worktime.explain import explain
from casework.core.worktime.strip import DayKind
from casework.core.worktime.units import CountRule, EndRule, Unit
from tests.core.worktime import oracle
from tests.core.worktime.calendars import CAL, CLOSE, MIDNIGHT, moment
from tests.core.worktime.test_properties import closed_pauses, gaps, lags, limits, moments
from tests.profiles import THOROUGH

ends = st.sampled_from([CLOSE, MIDNIGHT])
rules = st.sampled_from(list(CountRule))
Limit = tuple[Unit, Decimal]
Lags = list[tuple[timedelta, timedelta]]


def fits(limit: Limit, counting: CountRule) -> CountRule:
    """The rule, or the default where natural days and months cannot be counted in halves."""
    in_halves = counting == CountRule.NEXT_HALF and limit[0] != Unit.WORKDAY
    return CountRule.NEXT_DAY if in_halves else counting


@pytest.mark.parametrize(
    ("counting", "start", "amount", "expected"),
    [
        (CountRule.NEXT_DAY, "2026-11-16 10:00", "1", "2026-11-17 17:30"),
        (CountRule.START_DAY, "2026-11-16 10:00", "1", "2026-11-16 17:30"),
        (CountRule.START_DAY, "2026-11-16 17:29", "1", "2026-11-16 17:30"),
        (CountRule.START_DAY, "2026-11-16 17:30", "1", "2026-11-17 17:30"),  # the day is over
        (CountRule.START_DAY, "2026-11-14 10:00", "1", "2026-11-16 17:30"),  # a Saturday does not count
        (CountRule.START_DAY, "2026-09-20 10:00", "1", "2026-09-20 17:30"),  # a Sunday that is worked
        (CountRule.NEXT_HALF, "2026-11-16 10:00", "1", "2026-11-17 12:00"),
        (CountRule.NEXT_HALF, "2026-11-16 15:00", "1", "2026-11-17 17:30"),
        (CountRule.NEXT_DAY, "2026-11-16 10:00", "0.5", "2026-11-16 17:30"),
        (CountRule.START_DAY, "2026-11-16 10:00", "0.5", "2026-11-16 12:00"),
        (CountRule.START_DAY, "2026-11-16 15:00", "1.5", "2026-11-17 17:30"),
    ],
)
def test_where_a_count_begins(counting, start, amount, expected) -> None:
    found = due(moment(start), Decimal(amount), Unit.WORKDAY, CLOSE, CAL, (), (), counting)
    assert found.at == moment(expected)


@pytest.mark.parametrize("unit", [Unit.NATURAL_DAY, Unit.MONTH])
def test_only_working_days_have_halves(unit) -> None:
    with pytest.raises(BadAmount):
        due(moment("2026-11-16"), Decimal(1), unit, CLOSE, CAL, (), (), CountRule.NEXT_HALF)


def test_the_words_say_where_it_begins() -> None:
    def words(counting: CountRule, amount: str = "2") -> str:
        found = explain(
            moment("2026-11-16 10:00"), Decimal(amount), Unit.WORKDAY, CLOSE, CAL, counting=counting
        )
        assert sum(day.counted for day in found.days) == Decimal(amount)
        return found.in_words

    assert (
        words(CountRule.START_DAY)
        == "自2026年11月16日收到当日（计入）起算2个工作日，至2026年11月17日17:30届满。"
    )
    assert words(CountRule.NEXT_HALF) == (
        "自2026年11月16日上午收到后的下一个半日起算2个工作日，至2026年11月18日12:00届满。"
    )
    assert words(CountRule.START_DAY, "0.5") == (
        "自2026年11月16日上午收到起的这个半日起算0.5个工作日，至2026年11月16日12:00届满。"
    )


@THOROUGH
@given(moments, limits, ends, rules, lags)
def test_every_rule_equals_the_second_count(
    start: datetime, limit: Limit, end_rule: EndRule, counting: CountRule, waits: Lags
) -> None:
    unit, amount = limit
    counting, pauses = fits(limit, counting), closed_pauses(start, waits)
    found = due(start, amount, unit, end_rule, CAL, pauses, (), counting)
    assert found.at == oracle.due(start, amount, unit, end_rule, pauses, counting)
    assert found.at > start


@THOROUGH
@given(moments, limits, ends, rules, lags)
def test_the_sum_of_the_strip_is_the_date_in_words_and_as_data(
    start: datetime, limit: Limit, end_rule: EndRule, counting: CountRule, waits: Lags
) -> None:
    unit, amount = limit
    counting, pauses = fits(limit, counting), closed_pauses(start, waits)
    found = explain(start, amount, unit, end_rule, CAL, pauses, (), "收到", counting)
    first, last = found.days[0], found.days[-1]
    # as data: no day is left out, the counted ones add up, the last one is the date
    assert [day.date for day in found.days] == [
        start.date() + timedelta(n) for n in range((found.due.last_day - start.date()).days + 1)
    ]
    days = (oracle.months_on(start.date(), int(amount)) - start.date()).days
    assert sum(day.counted for day in found.days) == (days if unit == Unit.MONTH else amount)
    assert (last.date, first.date) == (found.due.at.date(), start.date())
    for day in found.days:
        assert day.kind != DayKind.PAUSED or not day.counted
        assert unit != Unit.WORKDAY or not day.counted or oracle.works(day.date)
    # in words: the date that is written is the date, and what was left out adds up to it
    year, month, of_month = map(
        int, re.search(r"至(\d+)年(\d+)月(\d+)日\d+:\d+届满。$", found.in_words).groups()
    )
    assert date(year, month, of_month) == last.date
    if unit == Unit.WORKDAY:
        left_out = sum(
            int(n) for n in re.findall(r"(\d+)(?:天|个工作日)[、，]", found.in_words.partition("扣除")[2])
        )
        assert left_out == sum(not day.counted for day in found.days[1:])


@THOROUGH
@given(moments, st.sampled_from([Unit.WORKDAY, Unit.NATURAL_DAY]), st.integers(1, 40), rules, lags, gaps)
def test_used_and_left_are_the_allowance_under_every_rule(
    start: datetime, unit: Unit, amount: int, counting: CountRule, waits: Lags, elapsed: timedelta
) -> None:
    counting = fits((unit, Decimal(amount)), counting)
    end_rule = CLOSE if unit == Unit.WORKDAY else MIDNIGHT
    pauses, now = closed_pauses(start, waits), start + elapsed
    found = explain(start, Decimal(amount), unit, end_rule, CAL, pauses, (), "收到", counting)
    gone = used(start, now, unit, end_rule, CAL, pauses, counting)
    assert used(start, now + timedelta(hours=9), unit, end_rule, CAL, pauses, counting) >= gone
    if (
        now <= found.due.at and unit == Unit.WORKDAY
    ):  # natural days may end on a later day than they last (203)
        assert gone <= amount
    if now >= found.due.at:
        assert gone >= amount


def test_every_published_day_is_worked_as_the_second_source_says() -> None:
    day, seen = date(2004, 1, 1), 0
    while day <= date(2026, 12, 31):
        assert CAL.is_workday(day) == chinese_calendar.is_workday(day), day
        day, seen = day + timedelta(1), seen + 1
    assert seen == 8401


@pytest.mark.parametrize("microseconds", [-1, 0, 1])
@pytest.mark.parametrize("end_rule", [CLOSE, MIDNIGHT])
def test_the_last_moment_is_in_time(microseconds, end_rule) -> None:
    """R-25: inclusive, to the microsecond."""
    at = due(moment("2026-11-16"), Decimal(1), Unit.WORKDAY, end_rule, CAL).at
    assert (remaining(at + timedelta(microseconds=microseconds), at, CAL) < 0) is (microseconds > 0)


# -- bugs of another clock, as fixtures (GLPI) -----------------------------------


def test_a_pause_over_a_weekend_gives_back_working_days_only() -> None:
    """#10594: pending from Friday to Monday took the weekend twice."""
    pause = Pause(moment("2026-11-20 16:00"), moment("2026-11-23 09:00"))
    plain = due(moment("2026-11-18"), Decimal(5), Unit.WORKDAY, CLOSE, CAL).at
    assert plain == moment("2026-11-25 17:30")
    assert due(moment("2026-11-18"), Decimal(5), Unit.WORKDAY, CLOSE, CAL, [pause]).at == moment(
        "2026-11-26 17:30"
    )


def test_a_pause_over_a_holiday_follows_the_calendar() -> None:
    """#14492: a pause took calendar time where the clock counts working time."""
    pause = Pause(moment("2026-09-30 09:00"), moment("2026-10-08 09:00"))
    plain = due(moment("2026-09-28"), Decimal(5), Unit.WORKDAY, CLOSE, CAL).at
    assert plain == moment("2026-10-10 17:30")
    assert due(moment("2026-09-28"), Decimal(5), Unit.WORKDAY, CLOSE, CAL, [pause]).at == moment(
        "2026-10-12 17:30"
    )
