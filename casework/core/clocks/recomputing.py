"""Compare the stored clocks with what the events say, and put open ones right (R-22).

The stored columns of a duty are a cache. An open duty is derived under the calendar in force; a closed one
under the calendar that it was judged by (``calendar_version``), which nobody can change since.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from casework.core.clocks.changes import recompute
from casework.core.clocks.facts import NoOpenDuty, locked, refresh, tell
from casework.core.clocks.models import Duty, DutyEvent
from casework.core.clocks.rules import derive
from casework.core.worktime.calendar import WorkCalendar
from casework.core.worktime.queries import calendar_as_of, current_calendar

CHUNK = 500  # duties read at a time
FIELDS = ("due_at", "soon_at", "red_line_at", "provisional", "state", "calendar_version")


@dataclass(frozen=True, slots=True)
class Difference:
    """One stored column that is not what the events say."""

    duty_id: int
    key: str
    field: str
    stored: object
    derived: object
    is_open: bool

    def __str__(self) -> str:
        label = Duty._meta.get_field(self.field).verbose_name  # type: ignore[union-attr]
        state = "未结" if self.is_open else "已结"
        return f"{self.key}（{state}）{label}：存储为{_words(self.stored)}，按事实应为{_words(self.derived)}"


def compare(duty: Duty, events: Sequence[DutyEvent], cal: WorkCalendar) -> list[Difference]:
    """What differs between the stored columns of ``duty`` and its ``events`` (in the order they were noted)
    under ``cal``. Pure; an empty list says that the cache is right."""
    found = derive(duty, events, cal)
    derived: dict[str, object] = {
        "due_at": found.due_at,
        "soon_at": found.soon_at,
        "red_line_at": found.red_line_at,
        "provisional": found.provisional,
        "state": found.state.value,
        "calendar_version": cal.version,
    }
    is_open = duty.closed_at is None
    return [
        Difference(duty.pk, duty.key, field, getattr(duty, field), derived[field], is_open)
        for field in FIELDS
        if getattr(duty, field) != derived[field]
    ]


def differences(*, closed: bool = True) -> Iterator[Difference]:
    """Every difference of every duty, open ones under the calendar in force. Reads in chunks, writes nothing."""
    cal, as_of = current_calendar(), _calendars()
    for duty in _all_duties(closed=closed):
        events = sorted(duty.events.all(), key=lambda event: event.pk)
        judged_by = cal if duty.closed_at is None else as_of(duty.calendar_version)
        yield from compare(duty, events, judged_by)


def put_right(duty_id: int, cal: WorkCalendar, *, now: datetime) -> bool:
    """Derive the stored columns of an open duty anew under ``cal``; True when any was wrong.

    A due time that the calendar moved is noted as such. One that was wrong without any reason in the events
    is corrected, and the ledger says from what to what. Raises ``NoOpenDuty``.
    """
    with transaction.atomic():
        duty = locked(pk=duty_id)
        wrong = compare(duty, list(duty.events.order_by("id")), cal)
        if not wrong:
            return False
        if duty.calendar_version < cal.version:
            recompute(duty, cal, now=now)
            return True
        before = duty.due_at
        refresh(duty, cal)
        columns = [difference.field for difference in wrong]
        tell(
            duty,
            "duty.put_right",
            by=None,
            now=now,
            due_before=before,
            due_at=duty.due_at,
            columns=columns,
        )
        return True


def put_all_right(*, now: datetime) -> int:
    """Put every open duty right, each in its own short transaction; how many were wrong."""
    cal, done = current_calendar(), 0
    for duty_id in dict.fromkeys(difference.duty_id for difference in differences(closed=False)):
        try:
            done += put_right(duty_id, cal, now=now)
        except NoOpenDuty:  # closed since it was read
            continue
    return done


def _all_duties(*, closed: bool) -> Iterator[Duty]:
    rows = Duty.objects.all() if closed else Duty.objects.open()
    last = 0
    while chosen := list(rows.filter(pk__gt=last).order_by("pk").prefetch_related("events")[:CHUNK]):
        yield from chosen
        last = chosen[-1].pk


def _calendars() -> Callable[[int], WorkCalendar]:
    """``calendar_as_of``, each version built once per run: a notice that comes later changes none of them."""
    built: dict[int, WorkCalendar] = {}

    def of(version: int) -> WorkCalendar:
        if version not in built:
            built[version] = calendar_as_of(version)
        return built[version]

    return of


def _words(value: object) -> str:
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
    if isinstance(value, bool):
        return "是" if value else "否"
    return "空" if value is None else str(value)
