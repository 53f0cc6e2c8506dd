"""Carry out deliveries: take a lease, send, note what became of it. Called by the courier.

Leases and outcomes are written in short transactions; what is sent goes out between the two. A try counts
before the work, a success always, a failure only while its try is the latest one.
"""

import logging
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import QuerySet

from casework.core.ledger.actions import append, entry, record
from casework.core.ledger.models import LedgerEntry
from casework.core.outbox import dead_letters, rules, transports
from casework.core.outbox.lines import Lines
from casework.core.outbox.models import CASE_HEADER, Attempt, DeadLetter, Delivery, DeliveryState, Endpoint
from casework.core.outbox.rules import Outcome
from casework.core.transitions import StaleState

logger = logging.getLogger(__name__)
_jitter = random.SystemRandom()


@dataclass(frozen=True)
class Try:
    """One try that has ended: what came of it and when it began and ended."""

    delivery: Delivery
    outcome: Outcome
    began: datetime
    ended: datetime


def carry(delivery: Delivery, *, now: datetime, lines: Lines) -> Try:
    """Send a claimed delivery. Touches no database: it may run in a thread of its own."""
    begun = time.monotonic()
    try:
        outcome = transports.send(delivery, now=now, lines=lines)
    except Exception as error:  # a defect of ours must not stop the back-off of this row
        logger.exception("delivery %s raised", delivery.pk)
        outcome = Outcome(ok=False, error=f"平台内部错误（{type(error).__name__}）")
    return Try(delivery, outcome, now, now + timedelta(seconds=time.monotonic() - begun))


@transaction.atomic(durable=True)
def claim(
    free: QuerySet[Delivery],
    *,
    limit: int,
    now: datetime,
    admits: Callable[[Delivery], bool] = lambda _delivery: True,
) -> list[Delivery]:
    """Take a lease on up to ``limit`` of the ``free`` rows, longest due first, ready to be sent.

    The try counts *before* the work: one that kills its worker is a try, too. ``admits`` is asked for each
    row. Rows that another worker is just taking are left to it.
    """
    rows = free.prefetch_related("endpoint__department").order_by("next_at", "id")
    rows = rows.select_for_update(skip_locked=True)  # SQLite: the transaction is the lock
    fresh: dict[int, list[Delivery]] = {}
    mine: list[Delivery] = []
    for delivery in rows[:limit]:
        if not admits(delivery):
            continue
        if delivery.lease_until is None:
            fresh.setdefault(delivery.attempts, []).append(delivery)
        elif _take_over(delivery, delivery.lease_until, now):
            mine.append(delivery)
    for same in fresh.values():
        _take(same, now)
        mine += same
    transports.attach(mine)
    return mine


def _take(same: Sequence[Delivery], now: datetime) -> None:
    """Lease rows that have had as many tries as one another. Raises ``StaleState``: then nothing is taken."""
    before = same[0].attempts
    rows = Delivery.objects.filter(
        pk__in=[delivery.pk for delivery in same],
        state=DeliveryState.NEW,
        attempts=before,
        lease_until=same[0].lease_until,
    )
    tries = before + 1
    taken = rows.update(
        attempts=tries,
        lease_until=now + timedelta(seconds=settings.OUTBOX_LEASE_SECONDS),
        # Should this try be interrupted, the next one comes by the schedule; after the last one, the burial.
        next_at=now if rules.is_last(tries) else now + rules.gap_after(tries, _jitter),
    )
    if taken != len(same):
        raise StaleState(f"{len(same) - taken} of {len(same)} deliveries were taken by somebody else")
    for delivery in same:
        delivery.attempts = tries


def _take_over(delivery: Delivery, interrupted_at: datetime, now: datetime) -> bool:
    """Whether a row whose last try was interrupted is ours to send; after its last try it is buried."""
    Attempt.objects.create(delivery=delivery, at=interrupted_at, ok=False, error="投递进程中断，没有留下结果")
    if rules.is_last(delivery.attempts):
        _bury(delivery, "多次投递均中断", now)
        return False
    _take([delivery], now)
    return True


def note(tries: Sequence[Try]) -> None:
    """Note what became of ``tries``: all in one transaction; should that fail, each in its own."""
    try:
        _note(tries)
    except DatabaseError:
        if len(tries) == 1:
            raise
        logger.exception("outcomes of %s deliveries are noted one by one", len(tries))
        for one in tries:
            try:
                _note([one])
            except DatabaseError:  # the lease runs out, and the receiver knows the message by its id
                logger.exception("outcome of delivery %s was not noted", one.delivery.pk)


@transaction.atomic(durable=True)
def _note(tries: Sequence[Try]) -> None:
    """Success always counts; a failure only while the try is still the latest one."""
    pks = [one.delivery.pk for one in tries]
    rows = Delivery.objects.filter(pk__in=pks).order_by("pk").select_for_update()
    states = dict(rows.values_list("pk", "state"))
    Attempt.objects.bulk_create(
        Attempt(
            delivery=one.delivery,
            at=one.began,
            ok=one.outcome.ok,
            status=one.outcome.status,
            error=one.outcome.error[:300],
        )
        for one in tries
    )
    _accept([one for one in tries if one.outcome.ok and states[one.delivery.pk] != DeliveryState.SENT])
    for one in tries:
        if not one.outcome.ok:
            _back_off(one)
        elif states[one.delivery.pk] == DeliveryState.DEAD:  # given up meanwhile, and received after all
            dead_letters.settle(one.delivery, DeadLetter.Outcome.ACCEPTED, by=None, now=one.ended)


def _accept(tries: Sequence[Try]) -> None:
    """Answers that are noted together count as received at the last of them."""
    if not tries:
        return
    at = max(one.ended for one in tries)
    rows = Delivery.objects.filter(pk__in=[one.delivery.pk for one in tries]).exclude(
        state=DeliveryState.SENT
    )
    sent = rows.update(state=DeliveryState.SENT, sent_at=at, lease_until=None, last_error="")
    if sent != len(tries):
        raise StaleState(f"{len(tries) - sent} of {len(tries)} deliveries were noted by somebody else")
    append([_entry("delivery.sent", one.delivery, at) for one in tries])


def _back_off(one: Try) -> None:
    """After a failure: the next try by the schedule, or the end."""
    delivery, outcome, error = one.delivery, one.outcome, one.outcome.error[:300]
    if outcome.disables_endpoint and delivery.endpoint is not None:
        _disable(delivery.endpoint, delivery, one.ended)
    if outcome.permanent or rules.is_last(delivery.attempts):
        _bury(delivery, error, one.ended)
        return
    wait = rules.gap_after(delivery.attempts, _jitter)
    rows = Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.NEW, attempts=delivery.attempts)
    rows.update(lease_until=None, next_at=one.ended + max(wait, outcome.wait or wait), last_error=error)


def _bury(delivery: Delivery, error: str, now: datetime) -> None:
    """Give up: the row is dead, the ledger knows, an operator may try again."""
    rows = Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.NEW)
    if not rows.update(state=DeliveryState.DEAD, lease_until=None, last_error=error):
        return
    append([_entry("delivery.dead", delivery, now)])
    dead_letters.open_for(delivery, now)
    logger.error(
        "delivery %s (%s) is dead after %s tries", delivery.pk, delivery.reference, delivery.attempts
    )


def _entry(action: str, delivery: Delivery, now: datetime) -> LedgerEntry:
    """Neither address nor the receiver's words: a personal mailbox is personal data."""
    return entry(
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
