"""Owe a delivery, carry it out, try a dead one again.

The row is born in the transaction that owes it; a committed transaction rings the queue's doorbell; the
sweep is the guarantee. A delivery reaches its receiver at least once and carries the same identity each
time, so that the receiver acts once.
"""

import logging
import random
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django_q.tasks import async_task

from casework.core.access import Can, NotPermitted, access_of
from casework.core.errors import Refusal
from casework.core.files.models import StoredFile
from casework.core.ledger.actions import record
from casework.core.outbox import rules, transports
from casework.core.outbox.models import CASE_HEADER, Attempt, Channel, Delivery, DeliveryState, Endpoint
from casework.core.outbox.queries import due_deliveries as due_deliveries  # the sweep reads it here
from casework.core.outbox.queries import free_at
from casework.core.outbox.rules import Outcome
from casework.core.transitions import StaleState
from portal.accounts.models import User

logger = logging.getLogger(__name__)
JOB = "portal.jobs.deliver"
_jitter = random.SystemRandom()


class EndpointDisabled(Refusal):
    """The address of the delivery is switched off: trying again would fail at once."""


@transaction.atomic
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
        transaction.on_commit(partial(_ring, delivery.pk))
    return delivery


def _ring(delivery_id: int) -> None:
    try:
        async_task(JOB, delivery_id)
    except Exception:
        logger.exception("the queue was not told about delivery %s; the sweep will find it", delivery_id)


def deliver(delivery_id: int, *, now: datetime) -> Outcome | None:
    """Carry out one delivery, if it is due and nobody else is at it; None when there was nothing to do.

    Claim in one transaction, send outside of any, note the outcome in another. Raises ``RuntimeError``
    inside a transaction.
    """
    delivery = _claim(delivery_id, now)
    if delivery is None:
        return None
    begun = time.monotonic()
    try:
        outcome = transports.send(delivery, now=now)
    except Exception as error:  # a defect of ours must not stop the back-off of this row
        logger.exception("delivery %s raised", delivery_id)
        outcome = Outcome(ok=False, error=f"平台内部错误（{type(error).__name__}）")
    _finish(delivery, outcome, began=now, ended=now + timedelta(seconds=time.monotonic() - begun))
    return outcome


@transaction.atomic(durable=True)
def _claim(delivery_id: int, now: datetime) -> Delivery | None:
    """Take the lease and count the try *before* the work: a try that kills its worker is a try, too."""
    free = free_at(now).filter(pk=delivery_id)
    delivery = free.select_related("endpoint__department").first()
    if delivery is None:
        return None
    interrupted_at = delivery.lease_until
    last = rules.is_last(delivery.attempts)
    tries = delivery.attempts if last else delivery.attempts + 1
    mine = free.filter(attempts=delivery.attempts, lease_until=interrupted_at).update(
        attempts=tries,
        lease_until=now + timedelta(seconds=settings.OUTBOX_LEASE_SECONDS),
        # Should this try be interrupted, the next one comes by the schedule; after the last one, the burial.
        next_at=now if rules.is_last(tries) else now + rules.gap_after(tries, _jitter),
    )
    if not mine:
        return None
    if interrupted_at is not None:
        Attempt.objects.create(
            delivery=delivery, at=interrupted_at, ok=False, error="投递进程中断，没有留下结果"
        )
    if last:
        _bury(delivery, "多次投递均中断", now)
        return None
    delivery.attempts = tries
    return delivery


@transaction.atomic(durable=True)
def _finish(delivery: Delivery, outcome: Outcome, *, began: datetime, ended: datetime) -> None:
    """Note the outcome. Success always counts; a failure only while the try is still the latest one."""
    error = outcome.error[:300]
    Attempt.objects.create(delivery=delivery, at=began, ok=outcome.ok, status=outcome.status, error=error)
    rows = Delivery.objects.filter(pk=delivery.pk)
    if outcome.ok:
        _accepted(delivery, ended)
        return
    if outcome.disables_endpoint and delivery.endpoint is not None:
        _disable(delivery.endpoint, delivery, ended)
    if outcome.permanent or rules.is_last(delivery.attempts):
        _bury(delivery, error, ended)
        return
    wait = rules.gap_after(delivery.attempts, _jitter)
    rows.filter(state=DeliveryState.NEW, attempts=delivery.attempts).update(
        lease_until=None, next_at=ended + max(wait, outcome.wait or wait), last_error=error
    )


def _accepted(delivery: Delivery, now: datetime) -> None:
    rows = Delivery.objects.filter(pk=delivery.pk).exclude(state=DeliveryState.SENT)
    if rows.update(state=DeliveryState.SENT, sent_at=now, lease_until=None, last_error=""):
        _record("delivery.sent", delivery, now)


def _bury(delivery: Delivery, error: str, now: datetime) -> None:
    """Give up: the row is dead, the ledger knows, an operator may try again."""
    rows = Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.NEW)
    if not rows.update(state=DeliveryState.DEAD, lease_until=None, last_error=error):
        return
    _record("delivery.dead", delivery, now)
    logger.error(
        "delivery %s (%s) is dead after %s tries", delivery.pk, delivery.reference, delivery.attempts
    )


def _record(action: str, delivery: Delivery, now: datetime) -> None:
    """Neither address nor the receiver's words: a personal mailbox is personal data."""
    record(
        action,
        by=None,
        now=now,
        department=delivery.endpoint.department if delivery.endpoint else None,
        case_number=delivery.headers.get(CASE_HEADER, ""),
        obj=delivery,
        reference=delivery.reference,
        channel=delivery.channel,
        attempts=delivery.attempts,
    )


def _disable(endpoint: Endpoint, delivery: Delivery, now: datetime) -> None:
    if Endpoint.objects.filter(pk=endpoint.pk, active=True).update(active=False):
        record(
            "endpoint.disabled",
            by=None,
            now=now,
            department=endpoint.department,
            obj=endpoint,
            reference=delivery.reference,
            status="410",
        )


@transaction.atomic
def retry(delivery: Delivery, *, by: User, now: datetime) -> None:
    """Try a dead delivery again, with the full schedule before it.

    Raises ``NotPermitted``, ``EndpointDisabled``, ``StaleState`` when it is no longer dead.
    """
    if not access_of(by, now).can(Can.RETRY_DELIVERY):
        raise NotPermitted("您没有重新投递的权限。")
    if delivery.endpoint is not None and not delivery.endpoint.active:
        raise EndpointDisabled("该投递地址已停用，请先与接收单位核实并重新启用地址，再重新投递。")
    rows = Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.DEAD)
    changed = rows.update(state=DeliveryState.NEW, attempts=0, next_at=now, lease_until=None)
    if not changed:
        raise StaleState(f"delivery {delivery.pk} is not dead")
    number = delivery.headers.get(CASE_HEADER, "")
    record("delivery.retried", by=by, now=now, case_number=number, obj=delivery, reference=delivery.reference)
    transaction.on_commit(partial(_ring, delivery.pk))
