"""Owes deliveries and reports on them, told by lines of JSON on its standard input."""

import json
import os
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django.setup()

from django.db import transaction  # noqa: E402
from django.db.models import Count, F, Max, Q, Sum  # noqa: E402
from django.utils import timezone  # noqa: E402

from casework.core.ledger.models import LedgerEntry  # noqa: E402
from casework.core.outbox import actions, courier  # noqa: E402
from casework.core.outbox.models import Attempt, Channel, Delivery, Endpoint  # noqa: E402
from portal import jobs  # noqa: E402
from portal.accounts.models import Department  # noqa: E402
from tests.bench._kill_points import arm, weaken  # noqa: E402
from tests.bench._outbox_body import TEXT  # noqa: E402

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def endpoint(address: str) -> Endpoint:
    department, _ = Department.objects.get_or_create(code="peer", defaults={"name": "示例接收单位"})
    found = Endpoint.objects.filter(address=address).first()
    return found or Endpoint.objects.create(
        department=department, channel=Channel.HTTP, address=address, secret=SECRET
    )


def owe(prefix: str, addresses: list[str], each: int = 100) -> int:
    """One delivery per address, ``each`` in a transaction, by the product's own action: every row rings."""
    places = {address: endpoint(address) for address in set(addresses)}
    now = timezone.now()
    for first in range(0, len(addresses), each):
        with transaction.atomic():
            for number, address in enumerate(addresses[first : first + each], first):
                actions.enqueue(
                    dedup=f"{prefix}:{number}",
                    reference="bench:1",
                    channel=Channel.HTTP,
                    endpoint=places[address],
                    address=address,
                    subject="x",
                    body=TEXT,
                    now=now,
                )
    return len(addresses)


def pile(prefix: str, addresses: list[str], *, kinds: list[str] | None = None, sweep: bool = True) -> int:
    """The same rows in one statement, and the doorbell of one sweep: what it finds after an outage."""
    places = {address: endpoint(address) for address in set(addresses)}
    now = timezone.now()
    Delivery.objects.bulk_create(
        Delivery(
            dedup=f"{prefix}:{number}{kinds[number] if kinds else ''}",
            reference="bench:1",
            channel=Channel.HTTP,
            endpoint=places[address],
            address=address,
            subject="x",
            body=TEXT,
            born_at=now,
            next_at=now,
        )
        for number, address in enumerate(addresses)
    )
    return jobs.sweep_outbox() if sweep else 0


def states() -> dict[str, int]:
    return dict(Delivery.objects.order_by().values_list("state").annotate(Count("pk")))


def facts() -> dict[str, Any]:
    """Sums that must agree: sent rows, their ledger entries, successful tries, all tries and counted tries."""
    sent = Delivery.objects.filter(state="sent")
    return {
        "sent": sent.count(),
        "entries": LedgerEntry.objects.filter(action="delivery.sent").count(),
        "entries_for": LedgerEntry.objects.filter(action="delivery.sent")
        .values("object_id")
        .distinct()
        .count(),
        "ok": Attempt.objects.filter(ok=True).count(),
        "tries": Attempt.objects.count(),
        "counted": Delivery.objects.aggregate(all=Sum("attempts"))["all"] or 0,
        "most": Delivery.objects.aggregate(most=Max("attempts"))["most"] or 0,
        "held": Delivery.objects.filter(lease_until__isnull=False).count(),
        "late": sent.filter(sent_at__lt=F("born_at")).count(),
    }


def delays(prefix: str) -> list[float]:
    """Seconds from birth to receipt of every sent row whose name begins so."""
    rows = Delivery.objects.filter(dedup__startswith=prefix, state="sent").values_list("born_at", "sent_at")
    return [(sent - born).total_seconds() for born, sent in rows]


def sweep() -> int:
    return jobs.sweep_outbox()


def put_off(prefix: str) -> int:
    """What is left of a round is none of the next one's business."""
    later = timezone.now() + timedelta(days=9)
    return Delivery.objects.filter(state="new", dedup__startswith=f"{prefix}:").update(next_at=later)


def pass_time() -> int:
    """As if leases had run out and waits were over, for rows that nobody holds any longer; how many."""
    now = timezone.now()
    Delivery.objects.filter(state="new", lease_until__gt=now).update(lease_until=now)
    return Delivery.objects.filter(state="new").update(next_at=now)


def pass_time_and_sweep() -> int:
    """The same for rows whose lease has run out, which is what a running cluster leaves alone, and a sweep."""
    now = timezone.now()
    free = Delivery.objects.filter(state="new").filter(Q(lease_until=None) | Q(lease_until__lt=now))
    free.update(next_at=now)
    return jobs.sweep_outbox()


def carry_out() -> int:
    """One courier in this process."""
    return courier.run(now=timezone.now())


def owe_and_carry_out(prefix: str, addresses: list[str]) -> int:
    owe(prefix, addresses)
    return carry_out()


def owe_and_sweep(prefix: str, addresses: list[str]) -> int:
    pile(prefix, addresses, sweep=False)
    return jobs.sweep_outbox()


ACTS: dict[str, Callable[..., Any]] = {
    act.__name__: act
    for act in (
        owe,
        pile,
        sweep,
        put_off,
        states,
        facts,
        delays,
        pass_time,
        pass_time_and_sweep,
        carry_out,
        owe_and_carry_out,
        owe_and_sweep,
    )
}


def in_child(told: dict[str, Any]) -> dict[str, Any]:
    """Carry out one act in a fork of this process, armed or weakened as told; how the fork ended."""
    child = os.fork()
    if not child:
        failed = 1
        try:
            kill_at, nth, weak = (told.pop(name, "") for name in ("kill_at", "nth", "weak"))
            if weak:
                weaken(weak)
            if kill_at:
                arm(kill_at, nth or 1)
            ACTS[told.pop("act")](**told)
            failed = 0
        finally:
            os._exit(failed)
    _, status = os.waitpid(child, 0)
    return {"signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0, "failed": os.WEXITSTATUS(status)}


def carry_on(forking: bool) -> None:
    for line in sys.stdin:
        told = json.loads(line)
        found = in_child(told) if forking else ACTS[told.pop("act")](**told)
        print(json.dumps(found), flush=True)  # noqa: T201


if __name__ == "__main__":
    carry_on("--fork" in sys.argv)
