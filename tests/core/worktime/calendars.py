"""Calendars for the tests: the published years, straight from the source table."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from casework.core.worktime.calendar import SHANGHAI, DayNote, WorkCalendar
from casework.core.worktime.seeds import published_days
from casework.core.worktime.units import EndRule

CLOSE = EndRule.CLOSE_OF_BUSINESS
MIDNIGHT = EndRule.END_OF_DAY
ONE_DAY = timedelta(days=1)


def published_calendar() -> WorkCalendar:
    """2004 to 2026 as seeded, without a database."""
    named = {day.date: day for days in published_days().values() for day in days}
    return WorkCalendar(
        overrides={day: row.is_workday for day, row in named.items()},
        covered=frozenset(published_days()),
        notes={day: DayNote(row.name, "通知", "https://www.gov.cn/") for day, row in named.items()},
        version=23,
    )


CAL = published_calendar()


def moment(text: str) -> datetime:
    """'2026-09-30 10:00' as Shanghai time; a bare date means ten o'clock."""
    parsed = datetime.fromisoformat(text)
    if len(text) == len("2026-09-30"):
        parsed = datetime.combine(parsed.date(), time(10))
    return parsed.replace(tzinfo=SHANGHAI)


def close_of(text: str) -> datetime:
    """17:30 on that date."""
    return datetime.combine(date.fromisoformat(text), time(17, 30), tzinfo=SHANGHAI)


def days(number: str | int) -> Decimal:
    """An amount."""
    return Decimal(number)
