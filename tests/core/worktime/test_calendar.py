"""The calendar: sources, coverage, closures, hours."""

from datetime import UTC, date, datetime, time, timedelta

import chinese_calendar
import pytest

from casework.core.worktime.calendar import (
    DayHours,
    DayNote,
    HoursPeriod,
    WorkCalendar,
    to_local,
)
from tests.core.worktime.calendars import CAL, ONE_DAY, moment

SUMMER = DayHours(time(8, 0), time(12, 0), time(15, 0), time(18, 0))


@pytest.mark.parametrize("year", range(2004, 2027))
def test_agrees_with_the_published_package(year: int) -> None:
    day = date(year, 1, 1)
    while day.year == year:
        assert CAL.is_workday(day) == chinese_calendar.is_workday(day), day
        day += ONE_DAY


def test_a_year_without_a_notice_falls_back_to_monday_to_friday() -> None:
    assert CAL.is_workday(date(2027, 10, 1))  # a Friday; nobody has said otherwise yet
    assert not CAL.is_workday(date(2027, 10, 2))
    assert not CAL.is_covered(date(2027, 10, 1))
    assert not CAL.is_covered(date(2003, 10, 1))


@pytest.mark.parametrize(
    ("day", "waits_for"),
    [
        (date(2026, 12, 25), None),
        (date(2026, 12, 26), 2027),
        (date(2026, 12, 31), 2027),
        (date(2027, 1, 1), 2027),
        (date(2025, 12, 31), None),
        (date(2003, 6, 2), 2003),
    ],
)
def test_the_last_days_of_december_wait_for_the_next_notice(day: date, waits_for: int | None) -> None:
    assert CAL.missing_year(day) == waits_for


@pytest.mark.parametrize(
    ("first", "last", "missing"),
    [
        (date(2026, 1, 1), date(2026, 12, 25), ()),
        (date(2026, 1, 1), date(2026, 12, 26), (2027,)),
        (date(2026, 12, 28), date(2027, 2, 1), (2027,)),
        (date(2026, 1, 1), date(2028, 1, 1), (2027, 2028)),
        (date(2003, 12, 31), date(2004, 1, 2), (2003,)),
        (date(2024, 5, 1), date(2025, 5, 1), ()),
    ],
)
def test_missing_years_of_a_span(first: date, last: date, missing: tuple[int, ...]) -> None:
    assert CAL.missing_years(first, last) == missing
    one_by_one = {CAL.missing_year(first + timedelta(n)) for n in range((last - first).days + 1)}
    assert one_by_one - {None} == set(missing)


def test_every_december_day_that_a_notice_moved_lies_in_the_uncertain_tail() -> None:
    december = [day for day in CAL.overrides if day.month == 12]
    bare = WorkCalendar(covered=frozenset(day.year for day in december))
    alone = [WorkCalendar(covered=frozenset({day.year})) for day in december]
    assert december
    assert all(not cal.is_covered(day) for cal, day in zip(alone, december, strict=True))
    assert bare.is_covered(date(2018, 12, 25))


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        to_local(datetime(2026, 1, 5, 10))


def test_utc_moments_count_on_their_shanghai_day() -> None:
    late = datetime(2026, 9, 27, 16, 30, tzinfo=UTC)  # 00:30 on Monday in Shanghai
    assert to_local(late).date() == date(2026, 9, 28)
    assert CAL.is_morning(late)


def test_a_typhoon_closure_is_not_worked() -> None:
    day = date(2026, 9, 8)
    cal = WorkCalendar(
        overrides={**CAL.overrides, day: False},
        covered=CAL.covered,
        notes={day: DayNote("台风停止办公", is_local=True)},
    )
    assert cal.next_workday(date(2026, 9, 7)) == date(2026, 9, 9)
    assert cal.halves_on(day) == ()


def test_dated_hours_the_last_row_wins() -> None:
    cal = WorkCalendar(
        hours=(
            HoursPeriod(date(2020, 1, 1), DayHours()),
            HoursPeriod(date(2026, 6, 1), SUMMER, date(2026, 9, 30)),
        )
    )
    assert cal.hours_on(date(2026, 5, 31)) == DayHours()
    assert cal.hours_on(date(2026, 6, 1)) == SUMMER
    assert cal.hours_on(date(2026, 9, 30)) == SUMMER
    assert cal.hours_on(date(2026, 10, 1)) == DayHours()
    assert cal.hours_on(date(2019, 1, 1)) == DayHours()  # before any row: the default


def test_hours_out_of_order_are_refused() -> None:
    with pytest.raises(ValueError, match="morning"):
        DayHours(time(8), time(12), time(11), time(17))


@pytest.mark.parametrize(
    ("clock", "morning"),
    [
        ("07:00", True),
        ("11:59", True),
        ("12:00", False),
        ("13:00", False),
        ("20:00", False),
    ],
)
def test_noon_parts_the_halves(clock: str, *, morning: bool) -> None:
    assert CAL.is_morning(moment(f"2026-09-28 {clock}")) is morning
