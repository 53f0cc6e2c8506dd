"""What every action on a duty shares: take it, note a fact, derive its clock, tell the ledger."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from casework.core.clocks.events import DutyLapsed
from casework.core.clocks.models import Duty, DutyEvent
from casework.core.clocks.rules import closing_of, derive, holder_of
from casework.core.clocks.stages import next_moment, plan
from casework.core.events import emit
from casework.core.ledger.actions import record
from casework.core.rules_data.queries import steps_for
from casework.core.transitions import StaleState
from casework.core.worktime.calendar import WorkCalendar
from portal.accounts.models import Department, User

Kind = DutyEvent.Kind


class NoOpenDuty(StaleState):
    """There is no open duty with this key: it was never started, or somebody closed it first (→ 409)."""


def locked(**lookup: Any) -> Duty:
    """The open duty of ``lookup``, held until the transaction ends. Raises ``NoOpenDuty``.

    PostgreSQL locks the row; SQLite's transactions are already alone (``BEGIN IMMEDIATE``).
    """
    rows = Duty.objects.open().select_related("holder", "case").select_for_update(of=("self",))
    duty = rows.filter(**lookup).first()
    if duty is None:
        raise NoOpenDuty(str(lookup))
    return duty


def add_event(
    duty: Duty,
    kind: DutyEvent.Kind,
    *,
    at: datetime,
    by: User | None,
    reason: str = "",
    basis: str = "",
    amount: Decimal | None = None,
    cause: str = "",
    before: Department | None = None,
    after: Department | None = None,
) -> DutyEvent:
    """Append one fact to the duty's life; ``before`` and ``after`` are the holders of a reassignment."""
    return DutyEvent.objects.create(
        duty=duty,
        kind=kind,
        at=at,
        by=by,
        reason=reason,
        basis=basis,
        amount=amount,
        cause=cause,
        holder_before=before,
        holder_after=after,
    )


def refresh(duty: Duty, cal: WorkCalendar) -> bool:
    """Derive the clock from all events in the order they were noted, and store it. True when ``due_at`` moved."""
    before = duty.due_at
    events = list(duty.events.order_by("id"))
    derived, closing = derive(duty, events, cal), closing_of(events)
    duty.due_at, duty.soon_at, duty.red_line_at = derived.due_at, derived.soon_at, derived.red_line_at
    duty.provisional, duty.state, duty.calendar_version = derived.provisional, derived.state, cal.version
    duty.closed_at, duty.closed_by_id = (closing.at, closing.by_id) if closing else (None, None)
    duty.holder_id = holder_of(events) or duty.holder_id
    duty.next_at = next_at(duty, cal)
    duty.save(update_fields=list(DERIVED))
    return duty.due_at != before


DERIVED = (
    "due_at",
    "soon_at",
    "red_line_at",
    "next_at",
    "provisional",
    "state",
    "calendar_version",
    "closed_at",
    "closed_by",
    "holder",
)


def next_at(duty: Duty, cal: WorkCalendar) -> datetime | None:
    """When the sweep has to look at ``duty`` next, after all that was told so far."""
    if duty.due_at is None or duty.closed_at is not None:
        return None
    steps = steps_for(duty.kind, timezone.localdate(duty.started_at))
    passed = told_for(duty) if duty.pk else {}
    lapsed = bool(duty.pk) and duty.events.filter(kind=Kind.LAPSED).exists()
    return next_moment(duty, plan(duty, steps, cal), passed, lapsed=lapsed)


def told_for(duty: Duty) -> dict[str, datetime]:
    """Stage → the latest due time for which it was told; asks nothing when the stages came with the duty."""
    return {row.stage: row.due_at for row in sorted(duty.stages.all(), key=lambda row: row.due_at)}


def note_lapse(duty: Duty, *, now: datetime) -> bool:
    """Note, once, that the time ran out before the duty was done (11). True when it was noted now.

    A neutral fact: it says what was due when, not whose fault it was. It happened at the due time,
    whenever somebody looks, so a sweep that comes days later notes the same. Call it with the duty locked.
    """
    if duty.due_at is None or duty.due_at >= now or duty.events.filter(kind=Kind.LAPSED).exists():
        return False
    add_event(duty, Kind.LAPSED, at=duty.due_at, by=None)
    holder = duty.holder.acting_on(timezone.localdate(duty.due_at))
    tell(
        duty,
        "duty.lapsed",
        by=None,
        now=now,
        held_by=holder.code,
        due_at=duty.due_at,
        provisional=duty.provisional,
    )
    emit(DutyLapsed(duty=duty, by=None, now=now))
    return True


def tell(duty: Duty, action: str, *, by: User | None, now: datetime, **payload: Any) -> None:
    """Write the ledger entry of a fact about ``duty``; moments are told in local time."""
    said = {
        name: timezone.localtime(value).isoformat() if isinstance(value, datetime) else value
        for name, value in payload.items()
    }
    record(
        action,
        by=by,
        now=now,
        clause=duty.clause,
        department=duty.holder,
        case_number=duty.case.number if duty.case else "",
        obj=duty,
        key=duty.key,
        kind=duty.kind,
        **said,
    )
