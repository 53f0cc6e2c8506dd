"""The working calendar: which days are worked, in which hours, on whose word.

All reckoning happens in local time (Asia/Shanghai). Years without a State
Council notice fall back to Monday to Friday; whoever asks for such a day can
learn so from `WorkCalendar.missing_years`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from types import MappingProxyType
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
ONE_DAY = timedelta(days=1)
SATURDAY = 5

# The New Year's Day part of next year's notice reaches back into December (seen
# as early as the 29th), so these days are only certain once that notice is out.
NEXT_NOTICE_FROM = (12, 26)


def to_local(moment: datetime) -> datetime:
    """The same moment as a Shanghai wall-clock time. Raises ValueError if naive."""
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise ValueError("a moment needs a time zone; got a naive datetime")
    return moment.astimezone(SHANGHAI)


def at(day: date, clock: time) -> datetime:
    """The moment at which a Shanghai clock shows `clock` on `day`."""
    return datetime.combine(day, clock, tzinfo=SHANGHAI)


@dataclass(frozen=True, slots=True)
class DayHours:
    """Office hours of one day. Each half counts as 0.5 working day."""

    morning_start: time = time(8, 0)
    morning_end: time = time(12, 0)
    afternoon_start: time = time(14, 30)
    afternoon_end: time = time(17, 30)

    def __post_init__(self) -> None:
        marks = (
            self.morning_start,
            self.morning_end,
            self.afternoon_start,
            self.afternoon_end,
        )
        if not marks[0] < marks[1] <= marks[2] < marks[3]:
            raise ValueError("office hours must run morning before afternoon")


@dataclass(frozen=True, slots=True)
class HoursPeriod:
    """Office hours in force from `valid_from` to `valid_to`, both days included."""

    valid_from: date
    hours: DayHours
    valid_to: date | None = None

    def covers(self, day: date) -> bool:
        """Whether these hours are in force on `day`."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class DayNote:
    """Why a day differs from the Monday-to-Friday rule, and which notice says so."""

    name: str
    notice: str = ""
    url: str = ""
    is_local: bool = False


@dataclass(frozen=True, slots=True)
class HalfDay:
    """One half of a working day, from `start` to `end` (aware, Shanghai)."""

    day: date
    is_morning: bool
    start: datetime
    end: datetime


@lru_cache(maxsize=4096)
def _halves(day: date, hours: DayHours) -> tuple[HalfDay, HalfDay]:
    """Both halves of a working day: the rows of a list count over the same few weeks."""
    return (
        HalfDay(day, True, at(day, hours.morning_start), at(day, hours.morning_end)),
        HalfDay(day, False, at(day, hours.afternoon_start), at(day, hours.afternoon_end)),
    )


@dataclass(frozen=True)
class WorkCalendar:
    """Working days of the published years, closures and office hours included.

    overrides: day -> is it worked, for days that a notice names.
    covered: years whose State Council notice is loaded.
    hours: dated office hours; where several cover a day the last one wins.
    version: changes whenever a notice is added; 0 is the bare calendar.
    """

    overrides: Mapping[date, bool] = field(default_factory=lambda: MappingProxyType({}))
    covered: frozenset[int] = frozenset()
    hours: tuple[HoursPeriod, ...] = ()
    version: int = 0
    notes: Mapping[date, DayNote] = field(default_factory=lambda: MappingProxyType({}))

    def is_workday(self, day: date) -> bool:
        """Whether `day` is worked: by notice, else Monday to Friday."""
        override = self.overrides.get(day)
        return day.weekday() < SATURDAY if override is None else override

    def missing_year(self, day: date) -> int | None:
        """The year whose notice `day` still waits for; None if the day is certain."""
        if day.year not in self.covered:
            return day.year
        reaches_back = (day.month, day.day) >= NEXT_NOTICE_FROM
        return day.year + 1 if reaches_back and day.year + 1 not in self.covered else None

    def is_covered(self, day: date) -> bool:
        """Whether every notice that can still move `day` is loaded."""
        return self.missing_year(day) is None

    def missing_years(self, first: date, last: date) -> tuple[int, ...]:
        """Years whose notice is missing for some day in first..last, both included."""
        missing: set[int] = set()
        for year in range(first.year, last.year + 1):
            if year not in self.covered:
                missing.add(year)
                continue
            tail_end = min(last, date(year, 12, 31))
            tail_year = self.missing_year(tail_end)
            if tail_year is not None:
                missing.add(tail_year)
        return tuple(sorted(missing))

    def next_workday(self, day: date) -> date:
        """The first working day after `day`."""
        return self.workday_from(day + ONE_DAY)

    def previous_workday(self, day: date) -> date:
        """The last working day before `day`."""
        day -= ONE_DAY
        while not self.is_workday(day):
            day -= ONE_DAY
        return day

    def workday_from(self, day: date) -> date:
        """`day` itself if it is worked, else the next working day (民法典 203)."""
        while not self.is_workday(day):
            day += ONE_DAY
        return day

    def hours_on(self, day: date) -> DayHours:
        """Office hours in force on `day`, whether or not it is worked."""
        for period in reversed(self.hours):
            if period.covers(day):
                return period.hours
        return DayHours()

    def halves_on(self, day: date) -> tuple[HalfDay, ...]:
        """Both half days of a working day; nothing for any other day."""
        if not self.is_workday(day):
            return ()
        return _halves(day, self.hours_on(day))

    def is_morning(self, moment: datetime) -> bool:
        """Whether `moment` belongs to the first half of its day (noon does not)."""
        local = to_local(moment)
        return local.time() < self.hours_on(local.date()).morning_end

    def halves_after(self, moment: datetime) -> Iterator[HalfDay]:
        """Half days after the one `moment` lies in, forward and without end."""
        day = to_local(moment).date()
        if self.is_morning(moment):
            yield from self.halves_on(day)[1:]
        while True:
            day = self.next_workday(day)
            yield from self.halves_on(day)

    def halves_from_day(self, day: date) -> Iterator[HalfDay]:
        """Half days from the first of `day` on, without end."""
        while True:
            yield from self.halves_on(day)
            day += ONE_DAY

    def halves_before(self, moment: datetime) -> Iterator[HalfDay]:
        """Half days before the one `moment` lies in, backward and without end."""
        day = to_local(moment).date()
        if not self.is_morning(moment):
            yield from self.halves_on(day)[:1]
        while True:
            day = self.previous_workday(day)
            yield from reversed(self.halves_on(day))
