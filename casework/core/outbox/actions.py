"""Owe a delivery, carry it out, try a dead one again.

The row is born in the transaction that owes it; a committed transaction rings the queue's doorbell; the
sweep is the guarantee. A delivery reaches its receiver at least once and carries the same identity each
time, so that the receiver acts once.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from django.conf import settings
from django.db import transaction
from django_q.tasks import async_task

from casework.core.access import NotPermitted, access_of
from casework.core.errors import Refusal
from casework.core.files.models import StoredFile
from casework.core.ledger.actions import record
from casework.core.outbox import dead_letters, leases, rules, transports
from casework.core.outbox.models import CASE_HEADER, Channel, DeadLetter, Delivery, DeliveryState, Endpoint
from casework.core.outbox.queries import due_deliveries as due_deliveries  # the sweep reads it here
from casework.core.outbox.queries import free_at
from casework.core.outbox.rules import Outcome
from casework.core.transitions import StaleState
from portal.accounts.models import User

logger = logging.getLogger(__name__)
JOB = "portal.jobs.deliver"


class EndpointDisabled(Refusal):
    """The address of the delivery is switched off: trying again would fail at once."""


@transaction.atomic(savepoint=False)  # what fails here fails the act that owes it
def enqueue(
    *,
    dedup: str,
    reference: str,
    channel: Channel,
    endpoint: Endpoint | None,
    address: str,
    subject: str,
    body: str,
    files: Sequence[StoredFile] = (),
    headers: Mapping[str, str] | None = None,
    now: datetime,
) -> Delivery:
    """Owe one delivery. ``dedup`` makes it exist once: asking again returns the first row, unchanged.

    ``headers`` are extra mail headers. Once the transaction commits the queue is told; a queue that is
    down breaks nothing, because the sweep finds the row.
    """
    delivery, born = Delivery.objects.get_or_create(
        dedup=dedup,
        defaults={
            "reference": reference,
            "channel": channel,
            "endpoint": endpoint,
            "address": address,
            "subject": rules.one_line(subject, 300),
            "body": body,
            "files": [str(file.pk) for file in files],
            "headers": dict(headers or {}),
            "born_at": now,
            "next_at": now,
        },
    )
    if born:
        transaction.on_commit(partial(ring, delivery.pk))
    return delivery


def ring(delivery_id: int) -> None:
    """Tell the queue that a delivery is due. Never raises."""
    try:
        # The tries are kept here; the queue keeps only failures. By name: whoever rings from the cluster for
        # long work still rings at the one for pushes.
        with transaction.atomic():  # outside of one the queue closes the connection first
            async_task(JOB, delivery_id, save=False, cluster=settings.Q_CLUSTER["name"])
    except Exception:
        logger.exception("the queue was not told about delivery %s; the sweep will find it", delivery_id)


def deliver(delivery_id: int, *, now: datetime) -> Outcome | None:
    """Carry out one delivery alone, if it is due and nobody else is at it; None when there was nothing to do.

    Claim in one transaction, send outside of any, note the outcome in another. Raises ``RuntimeError``
    inside a transaction.
    """
    claimed = leases.claim(free_at(now).filter(pk=delivery_id), limit=1, now=now)
    if not claimed:
        return None
    lines = transports.new_lines()
    try:
        done = leases.carry(claimed[0], now=now, lines=lines)
    finally:
        lines.close()
    leases.note([done])
    return done.outcome


@transaction.atomic
def retry(delivery: Delivery, *, by: User, now: datetime) -> None:
    """Try a dead delivery again, with the full schedule before it.

    Raises ``NotPermitted``, ``EndpointDisabled``, ``StaleState`` when it is no longer dead.
    """
    dead = DeadLetter.objects.filter(delivery=delivery, closed_at=None).first()
    if not dead_letters.may_replay(access_of(by, now), dead):
        raise NotPermitted("您没有重新投递的权限。")
    if delivery.endpoint is not None and not delivery.endpoint.active:
        raise EndpointDisabled("该投递地址已停用，请先与接收单位核实并重新启用地址，再重新投递。")
    rows = Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.DEAD)
    changed = rows.update(state=DeliveryState.NEW, attempts=0, next_at=now, lease_until=None)
    if not changed:
        raise StaleState(f"delivery {delivery.pk} is not dead")
    dead_letters.settle(delivery, DeadLetter.Outcome.REPLAYED, by=by, now=now)
    number = delivery.headers.get(CASE_HEADER, "")
    record("delivery.retried", by=by, now=now, case_number=number, obj=delivery, reference=delivery.reference)
    transaction.on_commit(partial(ring, delivery.pk))
