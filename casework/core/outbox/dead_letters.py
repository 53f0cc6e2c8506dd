"""A dead delivery has an owner, and stands in the inbox until somebody deals with it."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from casework.core.access import Access, Can, NotPermitted, access_of, check
from casework.core.errors import Refusal
from casework.core.ledger.actions import record
from casework.core.outbox.models import CASE_HEADER, DeadLetter, Delivery, DeliveryState
from casework.core.outbox.owners import owner_of, people_in_charge
from casework.core.outbox.reasons import checked_reason
from casework.core.transitions import StaleState
from portal.accounts.models import User

Outcome = DeadLetter.Outcome


class BadSettlement(Refusal):
    """A dead delivery cannot be settled or passed on as asked."""


def open_for(delivery: Delivery, now: datetime) -> DeadLetter:
    """Give a dead delivery its owner, in the transaction that gave it up. Asking again changes nothing."""
    owner = owner_of(delivery, now)
    dead, born = DeadLetter.objects.get_or_create(
        delivery=delivery,
        closed_at=None,
        defaults={"department": owner.department, "person": owner.person, "died_at": now},
    )
    if born:
        _record("delivery.owned", dead, by=None, now=now)
    return dead


def adopt(*, now: datetime, limit: int = 500) -> int:
    """Give an owner to every dead delivery that has none, however old; return how many."""
    owned = DeadLetter.objects.filter(delivery=OuterRef("pk"), closed_at=None)
    orphans = Delivery.objects.filter(~Exists(owned), state=DeliveryState.DEAD).order_by("pk")
    found = list(orphans[:limit])
    for delivery in found:
        with transaction.atomic():
            open_for(delivery, now)
    return len(found)


def settle(
    delivery: Delivery, outcome: DeadLetter.Outcome, *, by: User | None, now: datetime, reason: str = ""
) -> bool:
    """End the owner's task, in the caller's transaction; False when there was none."""
    rows = DeadLetter.objects.filter(delivery=delivery, closed_at=None)
    return bool(
        rows.update(
            outcome=outcome,
            closed_at=now,
            closed_by=by,
            closed_for_id=by.acting_for_id if by else None,
            close_reason=reason,
        )
    )


def may_settle(access: Access, dead: DeadLetter) -> bool:
    """Whether the person may settle it: in the owning department; what has no sender, the system administrators."""
    if dead.department_id is None:
        return access.can(Can.RETRY_DELIVERY)
    return access.can(Can.SETTLE_DELIVERY, dead.department_id)


def may_replay(access: Access, dead: DeadLetter | None) -> bool:
    """Whether the person may have it tried again or pass it on: its owners, and the system administrators."""
    return access.can(Can.RETRY_DELIVERY) or (dead is not None and may_settle(access, dead))


def sign(dead: DeadLetter, *, by: User, now: datetime) -> None:
    """Raise ``NotPermitted`` unless ``by`` may settle it; a substitute then acts in the other's name."""
    if dead.department_id is not None:
        check(by, Can.SETTLE_DELIVERY, dead.department_id, now)
    elif not may_settle(access_of(by, now), dead):
        raise NotPermitted("您没有处理该投递的权限。")


@transaction.atomic
def assign(dead: DeadLetter, *, person: User, by: User, now: datetime) -> None:
    """Make ``person`` answer for it.

    Raises ``NotPermitted``, ``BadSettlement`` for somebody who could not settle it, ``StaleState`` when it
    was settled or passed on meanwhile.
    """
    if not may_replay(access_of(by, now), dead):
        raise NotPermitted("您没有转交该投递的权限。")
    if person not in people_in_charge(dead.department, now):
        raise BadSettlement("该人员不能处理这条投递，请另选一位。", field="person")
    rows = DeadLetter.objects.filter(pk=dead.pk, closed_at=None, person=dead.person_id)
    if not rows.update(person=person):
        raise StaleState(f"dead letter {dead.pk} was settled or passed on")
    dead.person = person
    _record("delivery.assigned", dead, by=by, now=now)


@transaction.atomic
def close(dead: DeadLetter, *, reason: str, by: User, now: datetime) -> None:
    """End it without delivery, with a reason: nobody will try again.

    Raises ``NotPermitted``, ``BadSettlement`` without a fit reason, ``StaleState``.
    """
    sign(dead, by=by, now=now)
    reason = checked_reason(reason, BadSettlement, "了结投递")
    rows = Delivery.objects.filter(pk=dead.delivery_id, state=DeliveryState.DEAD)
    if not rows.update(state=DeliveryState.CLOSED):
        raise StaleState(f"delivery {dead.delivery_id} is not dead")
    if not settle(dead.delivery, Outcome.CLOSED, by=by, now=now, reason=reason):
        raise StaleState(f"dead letter {dead.pk} was settled")
    _record("delivery.closed", dead, by=by, now=now, reason=reason)


def _record(action: str, dead: DeadLetter, *, by: User | None, now: datetime, **payload: str) -> None:
    delivery = dead.delivery
    record(
        action,
        by=by,
        now=now,
        department=dead.department,
        case_number=delivery.headers.get(CASE_HEADER, ""),
        obj=delivery,
        reference=delivery.reference,
        responsible=dead.person_id or 0,
        **payload,
    )
