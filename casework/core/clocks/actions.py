"""Start, meet, void: the life of a duty. Every fact is an event, and the clock is derived anew from all of them.

Pauses, extensions and reassignment stand in ``changes.py``. None of these check a permission: the
process that calls them does.
"""

from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils import timezone

from casework.core.cases.models import Case
from casework.core.clocks.changes import current, extend, pause, reassign, recompute, recompute_all, resume
from casework.core.clocks.facts import NoOpenDuty, add_event, locked, next_at, note_lapse, refresh, tell
from casework.core.clocks.models import Duty, DutyEvent, DutyState
from casework.core.clocks.rules import derive, end_rule_of
from casework.core.rules_data.models import DutyKind, LimitRule, LimitSource
from casework.core.rules_data.queries import rule_for
from casework.core.worktime.queries import current_calendar
from casework.core.worktime.units import CountRule, Unit
from portal.accounts.models import Department, User

__all__ = [
    "NoOpenDuty",
    "extend",
    "meet",
    "pause",
    "reassign",
    "recompute",
    "recompute_all",
    "resume",
    "start",
    "void",
]

Kind = DutyEvent.Kind


@transaction.atomic
def start(
    *,
    key: str,
    kind: DutyKind,
    holder: Department,
    case: Case | None,
    now: datetime,
    by: User | None,
    amount: Decimal | None = None,
    unit: str | None = None,
    source: LimitSource | None = None,
    red_amount: Decimal | None = None,
    red_unit: str = "",
    started_at: datetime | None = None,
) -> Duty:
    """Begin a duty, once per ``key``: a second call returns the duty that stands and changes nothing.

    ``amount`` (in ``unit``) is the item's own limit; None takes the rule in force on the day of
    ``started_at`` (default ``now``), which the duty keeps from then on (14). ``red_amount`` is the
    statutory limit behind a promised one. The successor of a holder that has ended holds it. Raises ``MissingRule``, ``BadAmount``.
    """
    standing = Duty.objects.filter(key=key).first()
    if standing is not None:
        return standing
    began = started_at or now
    rule = rule_for(kind, timezone.localdate(began))
    duty = Duty(
        key=key,
        kind=kind,
        clause=rule.clause,
        rule=rule,
        holder=holder.acting_on(timezone.localdate(now)),
        case=case,
        red_amount=red_amount,
        red_unit=(red_unit or unit or rule.unit) if red_amount is not None else "",
        warn_before=rule.warn_before,
        started_at=began,
    )
    _set_limit(duty, rule, amount, unit, source)
    return _begin(duty, by=by, now=now)


def _set_limit(
    duty: Duty, rule: LimitRule, amount: Decimal | None, unit: str | None, source: LimitSource | None
) -> None:
    if amount is None:
        duty.amount, duty.unit, duty.end_rule = rule.amount, rule.unit, rule.end_rule
        duty.counting = rule.counting
        duty.limit_source = source or rule.source
        return
    duty.amount, duty.unit = amount, unit or rule.unit
    same_unit = duty.unit == rule.unit
    duty.end_rule = rule.end_rule if same_unit else end_rule_of(Unit(duty.unit))
    duty.counting = rule.counting if same_unit else CountRule.NEXT_DAY
    duty.limit_source = source or LimitSource.ITEM


def _begin(duty: Duty, *, by: User | None, now: datetime) -> Duty:
    cal = current_calendar()
    first = DutyEvent(kind=Kind.STARTED, at=duty.started_at, by=by)
    derived = derive(duty, [first], cal)
    duty.due_at, duty.soon_at, duty.red_line_at = derived.due_at, derived.soon_at, derived.red_line_at
    duty.provisional, duty.calendar_version = derived.provisional, cal.version
    duty.next_at = next_at(duty, cal)
    try:
        with transaction.atomic():
            duty.save(force_insert=True)
    except IntegrityError:
        standing = Duty.objects.filter(key=duty.key).first()
        if standing is None:  # not the key was taken: something else is wrong
            raise
        return standing
    add_event(duty, Kind.STARTED, at=duty.started_at, by=by)
    tell(duty, "duty.started", by=by, now=now, due_at=duty.due_at, amount=str(duty.amount), unit=duty.unit)
    return duty


@transaction.atomic
def meet(key: str, *, by: User | None, now: datetime, evidence: str = "") -> Duty:
    """Note that what was owed is done. ``evidence`` names what shows it (a document number).

    A late fulfilment is a lapse and a fulfilment: both facts are kept (11). Two people at once: one
    wins. Raises ``NoOpenDuty``.
    """
    return _close(key, DutyState.MET, by=by, now=now, reason=evidence)


@transaction.atomic
def void(key: str, *, by: User | None, now: datetime, reason: str) -> Duty:
    """End a duty that is no longer owed, with the reason. Raises ``NoOpenDuty``.

    One that was late already keeps its lapse.
    """
    return _close(key, DutyState.VOID, by=by, now=now, reason=reason)


def _close(key: str, state: DutyState, *, by: User | None, now: datetime, reason: str) -> Duty:
    duty = locked(key=key)
    cal = current(duty, now=now)
    note_lapse(duty, now=now)
    closing = Kind.MET if state == DutyState.MET else Kind.VOIDED
    was_paused = duty.state == DutyState.PAUSED
    changes = {"state": state, "closed_at": now, "closed_by": by, "next_at": None}
    if not Duty.objects.filter(pk=duty.pk, closed_at=None).update(**changes):
        raise NoOpenDuty(key)
    for name, value in changes.items():
        setattr(duty, name, value)
    add_event(duty, closing, at=now, by=by, reason=reason)
    if was_paused:  # the pause ended with the duty, so there is a due time to be judged by
        refresh(duty, cal)
    said = {"evidence": reason} if state == DutyState.MET else {"reason": reason}
    tell(duty, f"duty.{closing.value}", by=by, now=now, due_at=duty.due_at, late=duty.is_late(now), **said)
    return duty
