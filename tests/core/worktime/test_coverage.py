"""The calendar ends in sixty days: say so, and go on saying so (R-21)."""

from datetime import date

import pytest

from casework.core.worktime.calendar import WorkCalendar
from casework.core.worktime.coverage import Gap, gap_ahead, in_words


def covering(*years: int) -> WorkCalendar:
    return WorkCalendar(covered=frozenset(years))


@pytest.mark.parametrize(
    ("today", "years", "expected"),
    [
        (date(2026, 10, 31), (2026,), None),
        (date(2026, 11, 1), (2026,), Gap(2027, date(2026, 12, 31), 60)),
        (date(2026, 12, 31), (2026,), Gap(2027, date(2026, 12, 31), 0)),
        (date(2026, 12, 31), (2026, 2027), None),
        (date(2026, 11, 5), (2026, 2028), Gap(2027, date(2026, 12, 31), 56)),  # a hole is not covered
        (date(2027, 1, 4), (2026,), Gap(2027, date(2026, 12, 31), -4)),  # never silent afterwards
        (date(2027, 6, 1), (2026,), Gap(2027, date(2026, 12, 31), -152)),
        (date(2026, 1, 1), (), Gap(2026, date(2025, 12, 31), -1)),
    ],
)
def test_from_early_november_on_until_the_notice_is_loaded(today, years, expected) -> None:
    assert gap_ahead(covering(*years), today) == expected


def test_the_words_say_how_long_and_what_happens() -> None:
    assert in_words(Gap(2027, date(2026, 12, 31), 56)).startswith(
        "工作日历只到2026年12月31日，还有56天，2027年的放假通知尚未载入"
    )
    late = in_words(Gap(2027, date(2026, 12, 31), -4))
    assert late.startswith("2027年的放假通知至今没有载入")
    assert "暂定" in late
