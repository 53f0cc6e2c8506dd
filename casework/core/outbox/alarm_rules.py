"""How much of a legal clock is gone, and which alarms that calls for (R-03). Pure."""

from datetime import datetime, timedelta
from fractions import Fraction

from casework.core.outbox.models import DeliveryAlarm
from casework.core.worktime.calendar import ONE_DAY, WorkCalendar, to_local

Threshold = DeliveryAlarm.Threshold


def reached(start: datetime, due_at: datetime, now: datetime, cal: WorkCalendar) -> list[Threshold]:
    """The thresholds that a clock from ``start`` to ``due_at`` has reached at ``now``, lowest first.

    Only office hours count: a Friday's letter raises no alarm on Saturday night. Without an office hour
    between start and end all of them are reached at the end.
    """
    if now >= due_at:
        return list(Threshold)
    whole = office_time(start, due_at, cal)
    if not whole:
        return []
    share = Fraction(office_time(start, now, cal) / whole)
    return [each for each in Threshold if share * 100 >= each and each != Threshold.ALL]


def office_time(start: datetime, end: datetime, cal: WorkCalendar) -> timedelta:
    """Office hours between two moments."""
    total, day, last = timedelta(0), to_local(start).date(), to_local(end).date()
    while day <= last:
        for half in cal.halves_on(day):
            total += max(min(half.end, end) - max(half.start, start), timedelta(0))
        day += ONE_DAY
    return total
