"""What another calendar would do to the open duties: reckoned, never written (R-22).

The arithmetic is that of ``recompute``. Only duties whose time lies on a changed day are looked at: for all
others both calendars count the same days.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time

from casework.core.clocks.models import Duty, DutyQuerySet, DutyState
from casework.core.clocks.queries import events_of
from casework.core.clocks.rules import derive
from casework.core.worktime.calendar import ONE_DAY, HoursPeriod, WorkCalendar, at

CHUNK = 500  # duties read at a time


@dataclass(frozen=True, slots=True)
class Move:
    """An open duty whose due time would move. ``is_late`` says that the new time has passed already."""

    duty: Duty
    due_before: datetime
    due_at: datetime
    is_late: bool

    @property
    def is_earlier(self) -> bool:
        """Whether there would be less time than now."""
        return self.due_at < self.due_before


@dataclass(frozen=True, slots=True)
class Impact:
    """All moves counted, and those from place ``first`` on that were asked for."""

    total: int
    shortened: int
    late: int
    rows: tuple[Move, ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """The days that two calendars count differently lie between these, both included; no ``last``: no end."""

    first: date
    last: date | None


def impact(old: WorkCalendar, new: WorkCalendar, *, now: datetime, first: int = 0, size: int = 0) -> Impact:
    """Reckon every open duty that can move from ``old`` to ``new``; keep ``size`` moves from place ``first`` on.

    Moves stand in the order in which the duties are due now. Memory holds one chunk, whatever the number.
    """
    total = shortened = late = 0
    rows: list[Move] = []
    for move in moves(old, new, now=now):
        if first <= total < first + size:
            rows.append(move)
        total += 1
        shortened += move.is_earlier
        late += move.is_late
    return Impact(total, shortened, late, tuple(rows))


def moves(old: WorkCalendar, new: WorkCalendar, *, now: datetime) -> Iterator[Move]:
    """Every open duty whose due time differs under ``new``, the earliest due first."""
    span = changed_days(old, new)
    if span is None:
        return
    for duty in _in_chunks(_touched(span)):
        before = duty.due_at
        after = derive(duty, events_of(duty), new).due_at
        if before is not None and after is not None and after != before:
            yield Move(duty, before, after, after < now <= before)


def changed_days(old: WorkCalendar, new: WorkCalendar) -> Changed | None:
    """Between which days the two differ, None when they count alike."""
    named = old.overrides.keys() | new.overrides.keys()
    days = {day for day in named if old.is_workday(day) != new.is_workday(day)}
    periods = set(old.hours) ^ set(new.hours)
    if not days and not periods:
        return None
    first = min([*days, *(period.valid_from for period in periods)])
    lasts = [*days, *filter(None, (period.valid_to for period in periods))]
    return Changed(first, None if any(_is_endless(period) for period in periods) else max(lasts))


def _is_endless(period: HoursPeriod) -> bool:
    return period.valid_to is None


def _touched(span: Changed) -> DutyQuerySet:
    """Running duties whose time has a day of ``span`` in it, by the present due time."""
    rows = Duty.objects.open().filter(state=DutyState.OPEN, due_at__gte=at(span.first, time.min))
    if span.last is not None:
        rows = rows.filter(started_at__lt=at(span.last + ONE_DAY, time.min))
    return rows.select_related("holder", "case", "rule")


def _in_chunks(rows: DutyQuerySet) -> Iterator[Duty]:
    """``rows`` by (due time, id), each with its events, ``CHUNK`` at a time."""
    ids = list(rows.order_by("due_at", "id").values_list("id", flat=True))
    for start in range(0, len(ids), CHUNK):
        wanted = ids[start : start + CHUNK]
        found = rows.prefetch_related("events").in_bulk(wanted)
        yield from (found[pk] for pk in wanted if pk in found)
