"""Every row of the vector table, which was computed twice by other means."""

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from casework.core.worktime.arithmetic import (
    add_months,
    add_natural_days,
    add_workdays,
    due,
    latest_notice,
)
from casework.core.worktime.units import Unit
from tests.core.worktime.calendars import CAL, CLOSE, MIDNIGHT, close_of, moment

Row = dict[str, str]

with (Path(__file__).parent / "vectors.csv").open(encoding="utf-8") as table:
    ROWS: list[Row] = list(csv.DictReader(table))


def rows(rule: str) -> list[object]:
    """The rows of one rule, named after their start and amount."""
    return [pytest.param(row, id=f"{row['start']}+{row['n']}") for row in ROWS if row["rule"] == rule]


def test_every_rule_of_the_table_is_tested() -> None:
    tested = {
        "workday_add",
        "natural_days_add",
        "months_add",
        "unknown_year",
        "is_workday",
        "half_day_before_latest_notice",
    }
    assert {row["rule"] for row in ROWS} == tested
    assert len(ROWS) == 70


@pytest.mark.parametrize("row", rows("workday_add"))
def test_working_days(row: Row) -> None:
    start, n, expected = (
        date.fromisoformat(row["start"]),
        int(row["n"]),
        row["expected"],
    )
    assert add_workdays(start, n, CAL) == date.fromisoformat(expected)
    assert add_workdays(start, n, CAL).strftime("%a") == row["weekday"]
    if n > 0:
        result = due(moment(row["start"]), Decimal(n), Unit.WORKDAY, CLOSE, CAL)
        assert (result.at, result.provisional) == (close_of(expected), False)


@pytest.mark.parametrize("row", rows("natural_days_add"))
def test_natural_days_roll_over_days_off(row: Row) -> None:
    n, expected = int(row["n"]), date.fromisoformat(row["expected"])
    assert add_natural_days(date.fromisoformat(row["start"]), n, CAL) == expected
    result = due(moment(row["start"]), Decimal(n), Unit.NATURAL_DAY, MIDNIGHT, CAL)
    assert result.last_day == expected
    assert result.at.isoformat() == f"{expected}T23:59:59.999999+08:00"


@pytest.mark.parametrize("row", rows("months_add"))
def test_months(row: Row) -> None:
    n, expected = int(row["n"]), date.fromisoformat(row["expected"])
    assert add_months(date.fromisoformat(row["start"]), n, CAL) == expected
    assert due(moment(row["start"]), Decimal(n), Unit.MONTH, CLOSE, CAL).last_day == expected


@pytest.mark.parametrize("row", rows("unknown_year"))
def test_unknown_years_are_provisional(row: Row) -> None:
    assert row["expected"] == "PROVISIONAL"
    result = due(moment(row["start"]), Decimal(row["n"]), Unit.WORKDAY, CLOSE, CAL)
    assert result.provisional
    assert result.missing_years == (2027,)


@pytest.mark.parametrize("row", rows("is_workday"))
def test_single_days(row: Row) -> None:
    assert CAL.is_workday(date.fromisoformat(row["start"])) is (row["expected"] == "yes")


@pytest.mark.parametrize("row", rows("half_day_before_latest_notice"))
def test_half_day_before_a_visit(row: Row) -> None:
    result = latest_notice(moment(row["start"]), Decimal(row["n"]), CAL)
    assert result.at == moment(row["expected"])
    assert not result.provisional
