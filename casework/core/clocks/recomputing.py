"""Compare the stored clocks with what the events say, and put open ones right (R-22).

The stored columns of a duty are a cache. An open duty is derived under the calendar in force; a closed one
under the calendar that it was judged by (``calendar_version``), which nobody can change since. Whether it is
open is what its events say: a duty that lost its closing, or that nothing closed, is found and put right, too.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from django.db import transaction
from django.utils import timezone

from casework.core.clocks.changes import recompute
from casework.core.clocks.facts import DERIVED, NoOpenDuty, refresh, tell, told_for
from casework.core.clocks.models import Duty, DutyEvent
from casework.core.clocks.queries import events_of
from casework.core.clocks.rules import closing_of, derive, holder_of
from casework.core.clocks.stages import next_moment, plan
from casework.core.rules_data.models import EscalationStep
from casework.core.rules_data.queries import steps_for
from casework.core.worktime.calendar import WorkCalendar
from casework.core.worktime.queries import calendar_as_of, current_calendar

CHUNK = 500  # duties read at a time
# Who closed it stands in the event alone.
FIELDS = tuple(Duty._meta.get_field(name).attname for name in DERIVED if name != "closed_by")  # type: ignore[union-attr]


@dataclass(frozen=True, slots=True)
class Difference:
    """One stored column that is not what the events say; they also say whether the duty ``is_open``."""

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


@dataclass(frozen=True, slots=True)
class Facts:
    """What the stored columns of a duty follow from: its ``events`` in the order in which they were noted, the
    stages that were told, each with the latest due time it was ``passed`` for, and the ``steps`` that rule rows name for it."""

    events: Sequence[DutyEvent]
    passed: Mapping[str, datetime]
    steps: Sequence[EscalationStep]

    @property
    def closing(self) -> DutyEvent | None:
        """The event that closed the duty; None while it is open."""
        return closing_of(self.events)


Steps = Callable[[str, date], Sequence[EscalationStep]]


def facts_of(duty: Duty, steps: Steps = steps_for) -> Facts:
    """The facts of ``duty``; reads no events and stages that came with it."""
    events = events_of(duty)
    return Facts(events, told_for(duty), steps(duty.kind, timezone.localdate(duty.started_at)))


def compare(duty: Duty, facts: Facts, cal: WorkCalendar) -> list[Difference]:
    """What differs between the stored columns of ``duty`` and its ``facts`` under ``cal``. Pure; an empty list
    says that the cache is right."""
    derived, is_open = _derived(duty, facts, cal), facts.closing is None
    return [
        Difference(duty.pk, duty.key, field, getattr(duty, field), derived[field], is_open)
        for field in FIELDS
        if getattr(duty, field) != derived[field]
    ]


def _derived(duty: Duty, facts: Facts, cal: WorkCalendar) -> dict[str, object]:
    found, closing = derive(duty, facts.events, cal), facts.closing
    seen = copy(duty)  # as it should be stored: the stages follow from it
    seen.due_at, seen.soon_at, seen.closed_at = found.due_at, found.soon_at, closing.at if closing else None
    lapsed = any(event.kind == DutyEvent.Kind.LAPSED for event in facts.events)
    return {
        "due_at": found.due_at,
        "soon_at": found.soon_at,
        "red_line_at": found.red_line_at,
        "next_at": next_moment(seen, plan(seen, facts.steps, cal), facts.passed, lapsed=lapsed),
        "provisional": found.provisional,
        "state": found.state.value,
        "calendar_version": cal.version,
        "closed_at": seen.closed_at,
        "holder_id": holder_of(facts.events) or duty.holder_id,
    }


def differences() -> Iterator[Difference]:
    """Every difference of every duty, open ones under the calendar in force. Reads in chunks, writes nothing."""
    cal, as_of, steps = current_calendar(), _calendars(), cache(steps_for)
    for duty in _all_duties():
        facts = facts_of(duty, steps)
        judged_by = as_of(duty.calendar_version) if facts.closing else cal
        yield from compare(duty, facts, judged_by)


def put_right(duty_id: int, cal: WorkCalendar, *, now: datetime) -> bool:
    """Derive the stored columns of a duty anew, of an open one under ``cal``; True when any was wrong.

    A due time that the calendar moved is noted as such. What was wrong without any reason in the events is
    corrected, and the ledger says from what to what. A closed duty keeps its verdict: ``NoOpenDuty``; who held
    it is none.
    """
    with transaction.atomic():
        duty = _held(duty_id)
        facts = facts_of(duty)
        judged_by = calendar_as_of(duty.calendar_version) if facts.closing else cal
        wrong = compare(duty, facts, judged_by)
        if not wrong:
            return False
        columns = [difference.field for difference in wrong if difference.field != "holder_id"]
        judged = facts.closing is not None and duty.closed_at is not None
        if len(columns) < len(wrong):
            _give_back(duty, facts, now)
            if judged or not columns:
                return True
        if judged:
            raise NoOpenDuty(duty.key)
        if duty.closed_at is None and duty.calendar_version < judged_by.version:
            recompute(duty, judged_by, now=now)
            return True
        before = duty.due_at
        refresh(duty, judged_by)
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


def _give_back(duty: Duty, facts: Facts, now: datetime) -> None:
    """Whoever it was handed to last holds it again."""
    duty.holder_id = holder_of(facts.events) or duty.holder_id
    duty.save(update_fields=["holder"])
    tell(duty, "duty.put_right", by=None, now=now, due_at=duty.due_at, columns=["holder_id"])


def put_all_right(*, now: datetime) -> int:
    """Put every duty right that may be, each in its own short transaction; how many were wrong."""
    cal, done = current_calendar(), 0
    for duty_id in dict.fromkeys(difference.duty_id for difference in differences()):
        try:
            done += put_right(duty_id, cal, now=now)
        except NoOpenDuty:  # its verdict stands
            continue
    return done


def _held(duty_id: int) -> Duty:
    """The duty, open or not, held until the transaction ends."""
    rows = Duty.objects.select_related("holder", "case").select_for_update(of=("self",))
    return rows.get(pk=duty_id)


def _all_duties() -> Iterator[Duty]:
    last, rows = 0, Duty.objects.order_by("pk").prefetch_related("events", "stages")
    while chosen := list(rows.filter(pk__gt=last)[:CHUNK]):
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
