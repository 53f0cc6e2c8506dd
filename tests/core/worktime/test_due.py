"""Due dates: half days, end rules, extensions, pauses, refusals, known bugs elsewhere."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest

from casework.core.worktime.arithmetic import (
    BadAmount,
    OpenPause,
    Pause,
    due,
    latest_notice,
    remaining,
    used,
)
from casework.core.worktime.calendar import DayHours, HoursPeriod, WorkCalendar
from casework.core.worktime.units import Unit
from tests.core.worktime.calendars import CAL, CLOSE, MIDNIGHT, close_of, days, moment

# 2026-11-16 is a Monday in a week without holidays.


@pytest.mark.parametrize(
    ("start", "amount", "expected"),
    [
        (
            "2026-11-16 07:00",
            "0.5",
            "2026-11-16 17:30",
        ),  # before hours: the morning is its half
        ("2026-11-16 09:00", "0.5", "2026-11-16 17:30"),
        ("2026-11-16 11:59", "0.5", "2026-11-16 17:30"),
        ("2026-11-16 12:00", "0.5", "2026-11-17 12:00"),
        ("2026-11-16 13:00", "0.5", "2026-11-17 12:00"),
        ("2026-11-16 15:00", "0.5", "2026-11-17 12:00"),
        ("2026-11-16 20:00", "0.5", "2026-11-17 12:00"),
        ("2026-11-20 16:00", "0.5", "2026-11-23 12:00"),  # Friday to Monday
        ("2026-11-21 10:00", "0.5", "2026-11-23 12:00"),  # on a Saturday
        ("2026-09-30 16:00", "0.5", "2026-10-08 12:00"),  # over 国庆
        ("2026-02-13 16:00", "0.5", "2026-02-14 12:00"),  # make-up Saturday
        ("2026-11-16 09:00", "1.5", "2026-11-17 17:30"),
        ("2026-11-16 15:00", "1.5", "2026-11-18 12:00"),
        ("2026-11-16 15:00", "2.5", "2026-11-19 12:00"),
    ],
)
def test_half_days_end_with_the_half_that_completes_them(start: str, amount: str, expected: str) -> None:
    assert due(moment(start), days(amount), Unit.WORKDAY, CLOSE, CAL).at == moment(expected)


@pytest.mark.parametrize("start", ["2026-11-16 00:00", "2026-11-16 17:29", "2026-11-16 23:59:59"])
def test_the_hour_of_the_start_does_not_matter_for_whole_days(start: str) -> None:
    assert due(moment(start), days(1), Unit.WORKDAY, CLOSE, CAL).at == close_of("2026-11-17")


def test_a_utc_start_begins_on_its_shanghai_day() -> None:
    start = datetime(2026, 11, 15, 16, 30, tzinfo=UTC)
    assert due(start, days(1), Unit.WORKDAY, CLOSE, CAL).at == close_of("2026-11-17")


def test_the_end_rule_decides_the_moment() -> None:
    start = moment("2026-11-16")
    at_night = due(start, days(1), Unit.WORKDAY, MIDNIGHT, CAL).at
    assert at_night == moment("2026-11-17 23:59:59.999999")
    half_night = due(start, days("0.5"), Unit.WORKDAY, MIDNIGHT, CAL).at
    assert half_night == moment("2026-11-16 23:59:59.999999")
    noon = due(moment("2026-11-16 15:00"), days("0.5"), Unit.WORKDAY, MIDNIGHT, CAL).at
    assert noon == moment("2026-11-17 12:00")


def test_the_hours_of_the_last_day_hold() -> None:
    summer = DayHours(time(8), time(12), time(15), time(18))
    cal = WorkCalendar(covered=CAL.covered, hours=(HoursPeriod(date(2026, 11, 17), summer),))
    monday = moment("2026-11-16")
    assert due(monday, days(1), Unit.WORKDAY, CLOSE, cal).at == moment("2026-11-17 18:00")
    visit = moment("2026-11-18 09:00")
    assert latest_notice(visit, days("0.5"), cal).at == moment("2026-11-17 15:00")


def test_an_extension_continues_the_same_count() -> None:
    result = due(moment("2026-09-08"), days(45), Unit.WORKDAY, CLOSE, CAL, (), [days(15)])
    assert result.at == close_of("2026-12-07")
    rolled_once = due(moment("2026-09-21"), days(10), Unit.NATURAL_DAY, CLOSE, CAL, (), [days(5)])
    assert rolled_once.last_day == date(2026, 10, 8)


@pytest.mark.parametrize(
    ("amount", "unit"),
    [
        ("0", Unit.WORKDAY),
        ("-1", Unit.WORKDAY),
        ("0.3", Unit.WORKDAY),
        ("0.5", Unit.NATURAL_DAY),
        ("1.5", Unit.MONTH),
    ],
)
def test_refuses_amounts_that_do_not_fit_the_unit(amount: str, unit: Unit) -> None:
    with pytest.raises(BadAmount):
        due(moment("2026-11-16"), days(amount), unit, CLOSE, CAL)


def test_refuses_a_negative_extension() -> None:
    with pytest.raises(BadAmount):
        due(moment("2026-11-16"), days(5), Unit.WORKDAY, CLOSE, CAL, (), [days(-1)])


def test_refuses_naive_moments() -> None:
    naive = datetime(2026, 11, 16, 10)
    with pytest.raises(ValueError, match="naive"):
        due(naive, days(1), Unit.WORKDAY, CLOSE, CAL)
    with pytest.raises(ValueError, match="naive"):
        latest_notice(naive, days("0.5"), CAL)
    with pytest.raises(ValueError, match="naive"):
        remaining(naive, close_of("2026-11-17"), CAL)
    with pytest.raises(ValueError, match="naive"):
        Pause(naive, naive)


def test_a_certain_date_is_not_provisional_and_a_late_december_one_is() -> None:
    certain = due(moment("2026-12-18"), days(5), Unit.WORKDAY, CLOSE, CAL)
    assert (certain.last_day, certain.missing_years) == (date(2026, 12, 25), ())
    open_end = due(moment("2026-12-18"), days(6), Unit.WORKDAY, CLOSE, CAL)
    assert (open_end.last_day, open_end.missing_years) == (date(2026, 12, 28), (2027,))


def test_natural_days_through_an_unknown_year_depend_on_their_last_day_only() -> None:
    result = due(moment("2026-12-01"), days(60), Unit.NATURAL_DAY, CLOSE, CAL)
    assert (result.last_day, result.missing_years) == (date(2027, 2, 1), (2027,))
    within = due(moment("2024-12-01"), days(60), Unit.NATURAL_DAY, CLOSE, CAL)
    assert not within.provisional


class TestPauses:
    """Days on which the clock stood still at close of business do not count."""

    def due_with(self, *pauses: Pause, unit: Unit = Unit.WORKDAY, n: int = 3) -> datetime:
        return due(moment("2026-11-16"), days(n), unit, CLOSE, CAL, pauses).at

    @pytest.mark.parametrize(
        ("start", "end", "expected"),
        [
            (
                "2026-11-17 09:00",
                "2026-11-17 16:00",
                "2026-11-19",
            ),  # back by close: counts
            ("2026-11-17 09:00", "2026-11-18 09:00", "2026-11-20"),
            ("2026-11-17 17:00", "2026-11-18 08:00", "2026-11-20"),
            ("2026-11-17 09:00", "2026-11-19 09:00", "2026-11-23"),
            (
                "2026-11-16 11:00",
                "2026-11-17 09:00",
                "2026-11-19",
            ),  # the start day never counts
            ("2026-11-20 09:00", "2026-11-25 09:00", "2026-11-19"),  # after the end
            (
                "2026-11-18 09:00",
                "2026-11-19 18:00",
                "2026-11-23",
            ),  # resumed after closing time
            (
                "2026-11-18 18:00",
                "2026-11-18 19:00",
                "2026-11-19",
            ),  # an evening costs nothing
        ],
    )
    def test_working_days(self, start: str, end: str, expected: str) -> None:
        assert self.due_with(Pause(moment(start), moment(end))) == close_of(expected)

    def test_overlapping_pauses_count_once(self) -> None:
        one = Pause(moment("2026-11-17"), moment("2026-11-19"))
        other = Pause(moment("2026-11-18"), moment("2026-11-20"))
        together = Pause(moment("2026-11-17"), moment("2026-11-20"))
        assert self.due_with(one, other) == self.due_with(together) == close_of("2026-11-24")

    def test_natural_days_and_months_gain_the_same_count_of_days(self) -> None:
        pause = Pause(moment("2026-11-20"), moment("2026-11-24"))  # 4 days
        ten = self.due_with(pause, unit=Unit.NATURAL_DAY, n=10)
        assert ten == close_of("2026-11-30")  # 26 + 4
        month = self.due_with(pause, unit=Unit.MONTH, n=1)
        assert month == close_of("2026-12-21")  # 16 + 4 = 20, a Sunday

    def test_a_pause_over_the_day_off_before_the_roll_moves_it_on(self) -> None:
        # 5 natural days end on Saturday the 21st and roll to Monday; the pause begins on Sunday.
        pause = Pause(moment("2026-11-22"), moment("2026-11-25"))
        assert self.due_with(pause, unit=Unit.NATURAL_DAY, n=5) == close_of("2026-11-25")

    def test_half_days_skip_paused_days(self) -> None:
        pause = Pause(moment("2026-11-17 08:30"), moment("2026-11-19 09:00"))
        result = due(moment("2026-11-16 15:00"), days("0.5"), Unit.WORKDAY, CLOSE, CAL, [pause])
        assert result.at == moment("2026-11-19 12:00")

    def test_a_half_day_is_not_over_before_the_clock_runs_again(self) -> None:
        pause = Pause(moment("2026-11-17 08:30"), moment("2026-11-17 13:00"))
        result = due(moment("2026-11-16 15:00"), days("0.5"), Unit.WORKDAY, CLOSE, CAL, [pause])
        assert result.at == moment("2026-11-17 17:30")

    def test_an_open_pause_has_no_due_date(self) -> None:
        with pytest.raises(OpenPause):
            self.due_with(Pause(moment("2026-11-17")))

    def test_an_open_pause_stops_the_count(self) -> None:
        pause = Pause(moment("2026-11-18"))
        spent = used(moment("2026-11-16"), moment("2027-03-01"), Unit.WORKDAY, CLOSE, CAL, [pause])
        assert spent == Decimal(1)

    def test_a_pause_cannot_run_backwards(self) -> None:
        with pytest.raises(ValueError, match="before it starts"):
            Pause(moment("2026-11-18"), moment("2026-11-17"))


class TestBugsKnownElsewhere:
    """Four calendar faults that other case systems shipped (R-20)."""

    def test_pending_over_a_weekend_gains_no_days(self) -> None:
        friday, monday = moment("2026-11-20 16:00"), moment("2026-11-23 09:00")
        paused = due(
            moment("2026-11-18"),
            days(5),
            Unit.WORKDAY,
            CLOSE,
            CAL,
            [Pause(friday, monday)],
        )
        plain = due(moment("2026-11-18"), days(5), Unit.WORKDAY, CLOSE, CAL)
        assert plain.at == close_of("2026-11-25")
        assert paused.at == close_of("2026-11-26")  # Friday itself, not three days

    def test_nothing_escalates_at_midnight(self) -> None:
        for unit in Unit:
            assert due(moment("2026-11-16"), days(1), unit, CLOSE, CAL).at.time() == time(17, 30)
        night = due(moment("2026-11-16"), days(1), Unit.WORKDAY, MIDNIGHT, CAL).at
        assert night.date() == date(2026, 11, 17)
        assert remaining(moment("2026-11-17 00:00"), close_of("2026-11-17"), CAL) == 1

    def test_a_reminder_half_a_day_ahead_never_falls_on_a_holiday(self) -> None:
        due_at = moment("2026-10-08 12:00")
        warn = latest_notice(due_at, days(1), CAL)
        assert warn.at == moment("2026-09-30 14:30")
        assert CAL.is_workday(warn.last_day)

    def test_a_pause_over_a_holiday_respects_the_calendar(self) -> None:
        pause = Pause(moment("2026-09-29 10:00"), moment("2026-10-09 10:00"))
        result = due(moment("2026-09-28"), days(3), Unit.WORKDAY, CLOSE, CAL, [pause])
        assert result.at == close_of("2026-10-12")  # 9, 10 (make-up Saturday), 12
