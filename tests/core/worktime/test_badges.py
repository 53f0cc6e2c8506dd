"""Working days left or late, and the last moment for a notice."""

from decimal import Decimal

import pytest

from casework.core.worktime.arithmetic import latest_notice, remaining, workdays_between
from tests.core.worktime.calendars import CAL, days, moment


@pytest.mark.parametrize(
    ("now", "due_at", "left"),
    [
        ("2026-11-16 07:00", "2026-11-17 17:30", "2"),
        ("2026-11-16 10:00", "2026-11-17 17:30", "1.5"),
        ("2026-11-16 15:00", "2026-11-17 17:30", "1"),
        ("2026-11-17 09:00", "2026-11-17 17:30", "0.5"),
        ("2026-11-17 15:00", "2026-11-17 17:30", "0"),
        ("2026-11-17 17:30", "2026-11-17 17:30", "0"),
        ("2026-11-17 17:31", "2026-11-17 17:30", "-0.5"),
        ("2026-11-18 09:00", "2026-11-17 17:30", "-0.5"),
        ("2026-11-18 15:00", "2026-11-17 17:30", "-1"),
        ("2026-11-19 17:30", "2026-11-17 17:30", "-2"),
        (
            "2026-10-03 10:00",
            "2026-09-30 17:30",
            "-0.5",
        ),  # late, but no office hour went by
        ("2026-10-03 10:00", "2026-10-10 17:30", "3"),  # 8, 9 and the make-up Saturday
        ("2026-11-17 17:30", "2026-11-17 23:59:59.999999", "0"),
    ],
)
def test_working_days_left_or_late(now: str, due_at: str, left: str) -> None:
    assert remaining(moment(now), moment(due_at), CAL) == Decimal(left)


def test_workdays_between_is_signed() -> None:
    a, b = moment("2026-11-16 08:00"), moment("2026-11-18 12:00")
    assert workdays_between(a, b, CAL) == Decimal("2.5")
    assert workdays_between(b, a, CAL) == Decimal("-2.5")
    assert workdays_between(a, a, CAL) == 0


def test_a_visit_on_a_day_off_or_at_noon() -> None:
    half = days("0.5")
    assert latest_notice(moment("2026-11-21 10:00"), half, CAL).at == moment("2026-11-20 14:30")
    assert latest_notice(moment("2026-11-18 12:30"), half, CAL).at == moment("2026-11-18 08:00")
    two = latest_notice(moment("2026-11-18 09:00"), days(2), CAL)
    assert two.at == moment("2026-11-16 08:00")
    assert latest_notice(moment("2027-03-03 09:00"), half, CAL).missing_years == (2027,)
