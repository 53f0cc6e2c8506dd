"""Many deliveries at once: kept connections, no receiver in another's way, nothing waits for ever."""

import threading
import time
from datetime import datetime, timedelta

import pytest
from django.conf import settings as configured
from django.db import DatabaseError, connections, transaction
from django.utils import timezone

from casework.core.ledger.models import LedgerEntry
from casework.core.outbox import actions, courier, leases, transports
from casework.core.outbox.models import Channel, Delivery, DeliveryState
from casework.core.outbox.rules import MAX_TRIES, Outcome
from tests.cast import NOW, Cast
from tests.core.outbox.receivers import (
    Mailbox,
    Receiver,
    answer,
    answer_and_leave,
    by_path,
    drip_head,
    silent,
)
from tests.core.rooms import SECRET, endpoint

pytestmark = pytest.mark.django_db


@pytest.fixture
def owe(receiver: Receiver, cast: Cast):
    """``owe(count, path)`` makes deliveries to that path of the receiver, due at ``NOW``."""

    def make(count: int, path: str = "ok", *, name: str = "") -> list[Delivery]:
        address = f"http://{receiver.place}/{path}"
        where = endpoint(cast.competent, Channel.HTTP, address, secret=SECRET)
        return [
            actions.enqueue(
                dedup=f"{name or path}:{number}",
                reference="recipient:1",
                channel=Channel.HTTP,
                endpoint=where,
                address=address,
                subject="x",
                body="{}",
                now=NOW,
            )
            for number in range(count)
        ]

    return make


def states(name: str) -> set[str]:
    return set(Delivery.objects.filter(dedup__startswith=f"{name}:").values_list("state", flat=True))


def interrupted(delivery: Delivery, times: int) -> None:
    """As if ``times`` workers had died at it, the last one long ago."""
    Delivery.objects.filter(pk=delivery.pk).update(
        attempts=times, lease_until=NOW - timedelta(minutes=1), next_at=NOW - timedelta(minutes=1)
    )


def test_all_that_is_due_goes_out_over_kept_connections(owe, receiver: Receiver) -> None:
    receiver.script = [answer(200)]
    owe(60)
    assert courier.run(now=NOW) == 60
    assert sorted(got.headers["webhook-id"] for got in receiver.got) == sorted(f"ok:{n}" for n in range(60))
    assert receiver.connections <= courier.HANDS_PER_ADDRESS
    rows = Delivery.objects.all()
    assert {(row.state, row.attempts, row.lease_until) for row in rows} == {(DeliveryState.SENT, 1, None)}
    assert all(row.tries.get().ok and row.sent_at >= NOW for row in rows)
    assert LedgerEntry.objects.filter(action="delivery.sent").count() == 60
    assert courier.run(now=NOW + timedelta(days=9)) == 0


def test_hands_touch_no_database(owe, receiver: Receiver, monkeypatch) -> None:
    opened: list[bool] = []
    carry = leases.carry

    def watched(*args, **kwargs):
        done = carry(*args, **kwargs)
        opened.append(
            hasattr(connections._connections, "default") or threading.current_thread().name == "MainThread"
        )
        return done

    monkeypatch.setattr(leases, "carry", watched)
    owe(10)
    courier.run(now=NOW)
    assert opened == [False] * 10


def test_it_refuses_to_work_inside_a_transaction(owe, receiver: Receiver) -> None:
    owe(1)
    with transaction.atomic(), pytest.raises(RuntimeError):
        courier.run(now=NOW)
    assert receiver.got == []


def test_a_silent_receiver_does_not_keep_the_others_waiting(owe, receiver: Receiver) -> None:
    receiver.script = [by_path(silent=silent(1.5), ok=answer(204))]
    owe(courier.HANDS_PER_ADDRESS + 10, "silent")
    owe(40)
    arrived = threading.Event()
    began = time.monotonic()

    def watch() -> None:
        while sum(got.path == "/ok" for got in receiver.got) < 40 and time.monotonic() - began < 20:
            time.sleep(0.005)
        arrived.set()

    watcher = threading.Thread(target=watch)
    watcher.start()
    courier.run(now=NOW)
    watcher.join()
    assert states("ok") == {DeliveryState.SENT}
    order = [got.path for got in receiver.got]
    last_ok = max(place for place, path in enumerate(order) if path == "/ok")
    # All good ones were away before a second silent one could be tried after the first time-out.
    assert order[:last_ok].count("/silent") <= courier.HANDS_AT_FIRST
    assert states("silent") == {DeliveryState.NEW}
    assert not Delivery.objects.filter(lease_until__isnull=False).exists()


def test_an_address_that_did_not_answer_gets_one_hand(receiver: Receiver) -> None:
    one = courier._Courier(NOW)
    assert one.most("http://x/") == courier.HANDS_AT_FIRST
    one.proven.add("http://x/")
    assert one.most("http://x/") == courier.HANDS_PER_ADDRESS
    one.slow.add("http://x/")
    assert one.most("http://x/") == 1
    assert one.most(courier.MAIL) == courier.HANDS_FOR_MAIL
    one.stop()


def test_an_answer_that_never_ends_its_first_line_is_given_up(
    owe, receiver: Receiver, settings, monkeypatch
) -> None:
    monkeypatch.setattr(courier, "HTTP_PATIENCE", 0.2)
    receiver.script = [by_path(drip=drip_head, ok=answer(204))]
    (stuck,) = owe(1, "drip")
    owe(3)
    before = threading.active_count()
    assert courier.run(now=NOW) == 4
    stuck.refresh_from_db()
    assert (stuck.state, stuck.attempts, stuck.lease_until) == (DeliveryState.NEW, 1, None)
    assert stuck.last_error == transports.NO_ANSWER
    assert states("ok") == {DeliveryState.SENT}
    hands = [thread for thread in threading.enumerate() if "carry" in thread.name]
    assert hands == [], f"{before} threads before"


def test_a_worker_that_dies_twice_at_a_row_makes_it_travel_alone_and_last(
    owe, receiver: Receiver, monkeypatch
) -> None:
    suspect, once, *_others = owe(6)
    interrupted(suspect, 2)
    interrupted(once, 1)
    out: list[tuple[int, int]] = []
    claim = leases.claim

    def watched(*args, **kwargs):
        rows = claim(*args, **kwargs)
        out.extend((row.pk, len(rows)) for row in rows)
        return rows

    monkeypatch.setattr(leases, "claim", watched)
    assert courier.run(now=NOW) == 6
    assert out[-1] == (suspect.pk, 1)
    assert states("ok") == {DeliveryState.SENT}
    assert [row.ok for row in suspect.tries.all()] == [False, True]


def test_a_row_that_kills_every_worker_is_buried(owe, receiver: Receiver) -> None:
    (row,) = owe(1)
    interrupted(row, MAX_TRIES)
    assert courier.run(now=NOW) == 0
    row.refresh_from_db()
    assert (row.state, row.tries.count(), receiver.got) == (DeliveryState.DEAD, 1, [])


def test_what_is_left_when_the_time_is_over_rings_for_the_next(
    owe, receiver: Receiver, monkeypatch, quiet_queue
) -> None:
    monkeypatch.setattr(courier, "TAKING_SECONDS", 0.05)
    receiver.script = [silent(0.1)]
    rows = owe(courier.HANDS_AT_FIRST + 5)
    assert courier.run(now=NOW) == courier.HANDS_AT_FIRST
    assert quiet_queue == [("portal.jobs.deliver", rows[courier.HANDS_AT_FIRST].pk)]


def test_a_connection_that_was_closed_meanwhile_is_no_failure(owe, receiver: Receiver, monkeypatch) -> None:
    monkeypatch.setattr(courier, "HANDS_PER_ADDRESS", 1)
    monkeypatch.setattr(courier, "HANDS_AT_FIRST", 1)
    receiver.script = [answer_and_leave]
    owe(5)
    assert courier.run(now=NOW) == 5
    assert states("ok") == {DeliveryState.SENT}
    assert len(receiver.got) == 5
    assert set(Delivery.objects.values_list("attempts", flat=True)) == {1}


def test_mails_share_a_connection(mailbox: Mailbox, monkeypatch) -> None:
    monkeypatch.setattr(courier, "HANDS_FOR_MAIL", 1)
    for number in range(6):
        actions.enqueue(
            dedup=f"mail:{number}",
            reference="x",
            channel=Channel.MAIL,
            endpoint=None,
            address="a@example.test",
            subject="x",
            body="x",
            now=NOW,
        )
    assert courier.run(now=NOW) == 6
    assert states("mail") == {DeliveryState.SENT}
    assert (len(mailbox.got), mailbox.connections) == (6, 1)


def test_a_refused_mail_does_not_spoil_the_connection(mailbox: Mailbox, monkeypatch) -> None:
    monkeypatch.setattr(courier, "HANDS_FOR_MAIL", 1)
    mailbox.reject = "452 disk full"
    for number in range(3):
        actions.enqueue(
            dedup=f"mail:{number}",
            reference="x",
            channel=Channel.OA_MAIL,
            endpoint=None,
            address="a@example.test",
            subject="x",
            body="x",
            now=NOW,
        )
    courier.run(now=NOW)
    assert states("mail") == {DeliveryState.NEW}
    mailbox.reject = ""
    courier.run(now=NOW + timedelta(hours=1))
    assert states("mail") == {DeliveryState.SENT}
    assert len(mailbox.got) == 3


def done(row: Delivery, *, ok: bool = True, now: datetime = NOW) -> leases.Try:
    return leases.Try(row, Outcome(ok=ok, status="200" if ok else "500"), now, now)


def test_an_outcome_that_cannot_be_noted_does_not_take_the_others_along(owe, monkeypatch) -> None:
    owe(3)
    rows = leases.claim(courier.steady_at(NOW), limit=10, now=NOW)
    append = leases.append

    def breaks(entries) -> None:
        if any(entry.object_id == str(rows[1].pk) for entry in entries):
            raise DatabaseError("no")
        append(entries)

    monkeypatch.setattr(leases, "append", breaks)
    leases.note([done(row) for row in rows])
    assert [Delivery.objects.get(pk=row.pk).state for row in rows] == ["sent", "new", "sent"]
    assert LedgerEntry.objects.filter(action="delivery.sent").count() == 2
    assert not rows[1].tries.exists()


def test_one_transaction_notes_many_outcomes(owe, django_assert_max_num_queries) -> None:
    owe(20)
    with django_assert_max_num_queries(10):
        rows = leases.claim(courier.steady_at(NOW), limit=20, now=NOW)
    with django_assert_max_num_queries(8):
        leases.note([done(row) for row in rows])
    assert states("ok") == {DeliveryState.SENT}


def test_a_courier_is_home_before_the_queue_or_its_lease_ends_it() -> None:
    longest = courier.TAKING_SECONDS + max(
        courier.MAIL_PATIENCE, transports.LONGEST_TIMEOUT + courier.HTTP_PATIENCE
    )
    assert longest + 5 < configured.Q_CLUSTER["timeout"] < configured.OUTBOX_LEASE_SECONDS


def test_rows_born_while_it_works_are_taken_along(owe, receiver: Receiver, monkeypatch) -> None:
    first = owe(1, name="first")
    note = leases.note

    def more(tries) -> None:
        note(tries)
        if len(receiver.got) == 1:
            Delivery.objects.filter(dedup="later:0").update(next_at=NOW)

    later = owe(1, "ok2", name="later")
    Delivery.objects.filter(pk=later[0].pk).update(next_at=timezone.now() + timedelta(days=99))
    monkeypatch.setattr(leases, "note", more)
    assert courier.run(now=NOW) == 2
    assert first[0].tries.get().ok
    assert later[0].tries.get().ok
