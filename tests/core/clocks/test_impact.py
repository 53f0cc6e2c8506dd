"""A preview is what will happen: every move of the job, and nothing else, reckoned without writing (R-22)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casework.core.clocks import actions
from casework.core.clocks import impact as impacts
from casework.core.clocks.impact import Changed, changed_days, impact
from casework.core.clocks.models import DueMove, Duty
from casework.core.worktime.calendar import DayHours, HoursPeriod, WorkCalendar
from casework.core.worktime.units import Unit
from tests.cast import NOW, at

pytestmark = pytest.mark.django_db

FIRST = date(2026, 9, 1)
DAYS = st.integers(0, 45).map(lambda n: FIRST + timedelta(days=n))
HOURS = st.builds(
    HoursPeriod,
    valid_from=DAYS,
    hours=st.sampled_from([DayHours(time(8), time(12), time(14), time(17)), DayHours(time(9))]),
    valid_to=st.one_of(st.none(), st.just(date(2026, 12, 31))),
)
MOMENTS = st.builds(
    lambda day, hour: at(day.month, day.day, hour),
    st.integers(0, 20).map(lambda n: FIRST + timedelta(n)),
    st.sampled_from([9, 16]),
)
LIMITS = st.one_of(
    st.tuples(
        st.sampled_from([Decimal("0.5"), Decimal(1), Decimal(3), Decimal("7.5")]), st.just(Unit.WORKDAY)
    ),
    st.tuples(st.integers(1, 30).map(Decimal), st.just(Unit.NATURAL_DAY)),
    st.tuples(st.just(Decimal(1)), st.just(Unit.MONTH)),
)
FATES = st.sampled_from(["runs", "paused", "resumed", "extended", "met"])


def later(cal: WorkCalendar, days: dict[date, bool], hours: list[HoursPeriod]) -> WorkCalendar:
    """The calendar after notices that name ``days`` and set ``hours``."""
    periods = tuple(sorted([*cal.hours, *hours], key=lambda period: period.valid_from))
    return replace(cal, overrides={**cal.overrides, **days}, hours=periods, version=cal.version + 1)


def live(duty: Duty, fate: str, start: datetime) -> None:
    """What happens to a duty within an hour of its start."""
    then = start + timedelta(minutes=30)
    law = {"reason": "听证", "basis": "《行政许可法》第四十五条"}
    if fate in {"paused", "resumed"}:
        actions.pause(duty, by=None, now=then, cause="hearing", **law)
    if fate == "resumed":
        actions.resume(duty, by=None, now=start + timedelta(days=4))
    if fate == "extended":
        actions.extend(duty, by=None, now=then, amount=Decimal(2), **law)
    if fate == "met":
        actions.meet(duty.key, by=None, now=then)


def seen(moves: object) -> list[tuple[int, datetime, datetime]]:
    return sorted((move.duty.pk, move.due_before, move.due_at) for move in moves)  # type: ignore[attr-defined]


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    duties=st.lists(st.tuples(MOMENTS, LIMITS, FATES), min_size=1, max_size=6),
    days=st.dictionaries(DAYS, st.booleans(), max_size=6),
    hours=st.lists(HOURS, max_size=1),
)
def test_the_preview_is_what_the_job_does(claim, cal, duties, days, hours) -> None:
    newer = later(cal, days, hours)
    with transaction.atomic():
        for number, (start, (amount, unit), fate) in enumerate(duties):
            live(claim(f"d{number}", start, amount=amount, unit=unit), fate, start)
        expected = impact(cal, newer, now=NOW, size=100)
        assert actions.recompute_all(newer, now=NOW) == expected.total
        moves = DueMove.objects.select_related("duty")
        assert seen(moves) == seen(expected.rows)
        assert sum(move.is_earlier for move in moves) == expected.shortened
        transaction.set_rollback(True)


def test_a_page_of_a_preview_in_the_order_of_the_present_due_times(claim, cal) -> None:
    made = [claim(f"d{n}", at(9, 7 + n % 2), amount=Decimal(3)) for n in range(7)]
    newer = later(cal, {date(2026, 9, 9): False}, [])
    whole = impact(cal, newer, now=NOW, size=100)
    order = [duty.pk for duty in sorted(made, key=lambda duty: (duty.due_at, duty.pk))]
    assert [move.duty.pk for move in whole.rows] == order
    part = impact(cal, newer, now=NOW, first=2, size=3)
    assert (part.total, part.rows) == (7, whole.rows[2:5])


def test_a_preview_writes_nothing_and_asks_little(
    claim, cal, django_assert_num_queries: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        claim(f"d{number}")
    newer = later(cal, {date(2026, 9, 8): False}, [])
    with django_assert_num_queries(3):  # ids, duties, events
        assert impact(cal, newer, now=NOW, size=50).total == 6
    monkeypatch.setattr(impacts, "CHUNK", 2)
    with django_assert_num_queries(1 + 3 * 2):
        impact(cal, newer, now=NOW, size=50)
    assert not DueMove.objects.exists()
    assert set(Duty.objects.values_list("calendar_version", flat=True)) == {cal.version}


def test_duties_far_from_the_changed_days_are_not_even_read(claim, cal, django_assert_num_queries) -> None:
    claim()  # due on the 8th
    with django_assert_num_queries(1):
        assert impact(cal, later(cal, {date(2026, 12, 1): False}, []), now=NOW).total == 0


def test_a_move_into_the_past_is_pointed_out(claim, cal) -> None:
    claim("a", at(9, 11))  # a Friday: due Monday the 14th
    newer = later(cal, {date(2026, 9, 12): True}, [])
    found = impact(cal, newer, now=at(9, 13), size=5)
    assert (found.total, found.shortened, found.late) == (1, 1, 1)
    assert found.rows[0].is_late
    assert impact(cal, newer, now=at(9, 11), size=5).late == 0


@pytest.mark.parametrize(
    ("days", "hours", "expected"),
    [
        ({}, [], None),
        ({date(2026, 9, 12): False}, [], None),  # a Saturday is closed anyway
        ({date(2026, 9, 8): False}, [], Changed(date(2026, 9, 8), date(2026, 9, 8))),
        (
            {date(2026, 9, 8): False, date(2026, 9, 19): True},
            [],
            Changed(date(2026, 9, 8), date(2026, 9, 19)),
        ),
        (
            {date(2026, 9, 8): False},
            [HoursPeriod(date(2026, 10, 1), DayHours(time(9)))],
            Changed(date(2026, 9, 8), None),
        ),
        (
            {},
            [HoursPeriod(date(2026, 10, 1), DayHours(time(9)), date(2026, 10, 31))],
            Changed(date(2026, 10, 1), date(2026, 10, 31)),
        ),
    ],
)
def test_the_days_that_two_calendars_count_differently(cal, days, hours, expected) -> None:
    assert changed_days(cal, later(cal, days, hours)) == expected
