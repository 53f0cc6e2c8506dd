"""What the kernel writes, each beside its bare form in the same minute: sweep, transitions, sealing."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Max

from casework.core.cases.models import Case
from casework.core.clocks import actions as clocks
from casework.core.clocks.models import Duty, Reminder
from casework.core.clocks.sweep import SweepResult, sweep
from casework.core.ledger.actions import record, seal
from casework.core.ledger.models import LedgerEntry
from casework.core.outbox.actions import enqueue
from casework.core.outbox.models import Channel
from casework.core.rules_data.models import DutyKind
from casework.core.transitions import Transition, move
from portal.accounts.models import User
from tests.bench._kernel_city import NOW

LATER = NOW + timedelta(days=30)  # half of what is open is late then
SWEPT = 40  # duties of one sweep
MOVED = 60  # transitions of one round, at most
SEALED = 1000
MOVES = {"received": frozenset({"accepted"}), "accepted": frozenset({"received"})}


class Proof(Exception):
    """What did not hold."""


def rate(count: int, act: Callable[[], Any]) -> float:
    """``count`` per second of the clock."""
    began = time.perf_counter()
    act()
    return round(count / (time.perf_counter() - began), 1)


def writes() -> dict[str, dict[str, float]]:
    return {"sweep": sweeping(), "transition": moving(), "sealing": sealing()}


def sweeping() -> dict[str, float]:
    """The next duties to be reminded of; afterwards the same moment finds nothing."""
    last = Reminder.objects.aggregate(at=Max("made_at"))["at"] or NOW - timedelta(days=9)
    soon = Duty.objects.open().filter(soon_at__gt=last).order_by("soon_at").values_list("soon_at", "pk")
    some = list(soon[:SWEPT])
    now, ids = some[-1][0], [pk for _, pk in some]
    # The floor: mark a thousand rows by their ids and write a reminder of each, in one transaction.
    reader = User.objects.get(username="reader")
    marked = Duty.objects.open().values_list("pk", flat=True)[:1000]
    floor = rate(1000, lambda: bare_sweep(list(marked), reader))
    began, done = time.perf_counter(), SweepResult()
    while (part := sweep(now=now)).duties:
        done += part
    took = time.perf_counter() - began
    again = sweep(now=now)
    if again != SweepResult() or done.failed or done.duties < len(ids) * 0.9:
        raise Proof(f"swept {done}, then {again}")
    return {
        "ours": round(done.duties / took, 1),
        "bare": floor,
        "reminders": round((done.reminders + done.lapses) / took, 1),
        "nothing": round(1000 / rate(1, lambda: sweep(now=now)), 2),
    }


def bare_sweep(ids: list[int], reader: User) -> None:
    """Undone at once, so that the city stays as it is."""
    with transaction.atomic():
        Duty.objects.filter(pk__in=ids).update(calendar_version=1)
        Reminder.objects.bulk_create(
            Reminder(duty_id=pk, milestone="floor", recipient=reader, occasion=NOW, made_at=NOW) for pk in ids
        )
        transaction.set_rollback(True)


def moving() -> dict[str, float]:
    """A case moves on: state, history, ledger, a duty that begins, a delivery that is owed."""
    by = User.objects.get(username="clerk")
    cases = list(
        Case.objects.filter(state="received").order_by("pk").values_list("pk", flat=True)[: 2 * MOVED]
    )
    mark, half = time.time_ns(), len(cases) // 2
    ours = rate(half, lambda: [transition(pk, by, mark) for pk in cases[:half]])
    bare = rate(half, lambda: [bare_transition(pk, by) for pk in cases[half:]])
    Case.objects.filter(pk__in=cases).update(state="received", accepted_at=None)  # for the next round
    return {"ours": ours, "bare": bare}


@transaction.atomic
def transition(pk: int, by: User, mark: int) -> None:
    case = Case.objects.select_for_update(of=("self",)).select_related("window").get(pk=pk)
    move(case, new="accepted", moves=MOVES, by=by, now=NOW, accepted_at=NOW)
    record("intake.accepted", by=by, now=NOW, clause="7.1", case_number=case.number, obj=case)
    clocks.start(
        key=f"submit:bench{mark}:{pk}", kind=DutyKind.SUBMIT, holder=case.window, case=case, now=NOW, by=by
    )
    enqueue(
        dedup=f"bench{mark}:{pk}", reference=f"case:{pk}", channel=Channel.MAIL, endpoint=None,
        address="a@example.test", subject="示例", body="示例", now=NOW,
    )  # fmt: skip


@transaction.atomic
def bare_transition(pk: int, by: User) -> None:
    """The floor: lock, update, one row of a log."""
    case = Case.objects.select_for_update().get(pk=pk)
    Case.objects.filter(pk=case.pk, state=case.state).update(state="accepted", accepted_at=NOW)
    Transition.objects.create(object_type="case", object_id=str(pk), old="x", new="y", at=NOW, by=by)


def sealing() -> dict[str, float]:
    """Seal; the floor updates as many rows by their ids."""
    leave_unsealed(SEALED)
    ours = rate(SEALED, lambda: seal(limit=SEALED))
    if LedgerEntry.objects.filter(seq=None).count() >= SEALED:
        raise Proof("not as much was sealed as was measured")
    ids = [(pk,) for pk in Duty.objects.order_by("pk").values_list("pk", flat=True)[:SEALED]]
    return {"ours": ours, "bare": rate(SEALED, lambda: bare_update(ids))}


@transaction.atomic
def leave_unsealed(wanted: int) -> None:
    """Seal what is there, then have exactly ``wanted`` entries wait."""
    first = LedgerEntry.objects.filter(seq=None).count() > SEALED
    while LedgerEntry.objects.filter(seq=None).exists():
        seal(limit=SEALED)
    if first:  # the nightly clean-up looks at a ledger that is sealed
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    by, case = User.objects.get(username="clerk"), Case.objects.order_by("pk")[0]
    for _ in range(wanted):
        record("intake.accepted", by=by, now=NOW, clause="7.1", case_number=case.number, obj=case)


@transaction.atomic
def bare_update(ids: list[tuple[int]]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany("UPDATE casework_duty SET calendar_version = calendar_version WHERE id = %s", ids)
