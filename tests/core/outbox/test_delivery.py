"""A delivery's life: born once, tried by one worker at a time, given up aloud, tried again by a person."""

from datetime import timedelta

import pytest
from django.db import transaction

from casework.core.access import NotPermitted
from casework.core.ledger.models import LedgerEntry
from casework.core.outbox import actions, transports
from casework.core.outbox.models import Channel, Delivery, DeliveryState
from casework.core.outbox.rules import MAX_TRIES, Outcome
from casework.core.transitions import StaleState
from tests.cast import NOW, Cast
from tests.core.rooms import SECRET, endpoint

pytestmark = pytest.mark.django_db
LEASE = timedelta(seconds=120)


def owe(cast: Cast | None = None, *, dedup: str = "letter:1", body: str = "{}") -> Delivery:
    where = endpoint(cast.competent, Channel.HTTP, f"http://x/{dedup}", secret=SECRET) if cast else None
    return actions.enqueue(
        dedup=dedup,
        reference="recipient:1",
        channel=Channel.HTTP,
        endpoint=where,
        address="http://x/",
        subject="x",
        body=body,
        now=NOW,
    )


@pytest.fixture
def transport(monkeypatch: pytest.MonkeyPatch):
    """The outside world: answers with ``world.outcome`` and remembers what it got."""

    class World:
        outcome: Outcome | BaseException = Outcome(ok=True, status="200")
        got: list[int]

        def send(self, delivery: Delivery, *, now: object, lines: object) -> Outcome:
            self.got.append(delivery.pk)
            if isinstance(self.outcome, BaseException):
                raise self.outcome
            return self.outcome

    world = World()
    world.got = []
    monkeypatch.setattr(transports, "send", world.send)
    return world


FAILED = Outcome(ok=False, status="500", error="接收方答复500")


def test_a_delivery_exists_once(quiet_queue, django_capture_on_commit_callbacks) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        first = owe(body="one")
        second = owe(body="two")
    assert first.pk == second.pk
    assert Delivery.objects.get().body == "one"
    assert quiet_queue == [("portal.jobs.deliver", first.pk)]


def test_a_broken_queue_does_not_break_the_request(
    monkeypatch, django_capture_on_commit_callbacks, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*args: object) -> None:
        raise ConnectionError("queue is down")

    monkeypatch.setattr(actions, "async_task", broken)
    with django_capture_on_commit_callbacks(execute=True):
        delivery = owe()
    assert actions.due_deliveries(NOW) == [delivery.pk]


def test_a_rolled_back_act_owes_nothing_and_rings_nobody(quiet_queue) -> None:
    with transaction.atomic():
        owe()
        transaction.set_rollback(True)
    assert not Delivery.objects.exists()
    assert quiet_queue == []


def test_sending_inside_a_transaction_is_refused(transport) -> None:
    delivery = owe()
    with transaction.atomic(), pytest.raises(RuntimeError):
        actions.deliver(delivery.pk, now=NOW)
    assert transport.got == []


def test_a_sent_delivery_is_not_sent_again(transport) -> None:
    delivery = owe()
    assert actions.deliver(delivery.pk, now=NOW) == transport.outcome
    assert actions.deliver(delivery.pk, now=NOW + timedelta(days=9)) is None
    assert transport.got == [delivery.pk]
    assert actions.deliver(999_999, now=NOW) is None


def test_what_became_of_a_letter_stands_on_its_case(transport) -> None:
    owe()
    Delivery.objects.update(headers={"X-Case-Number": "4604002026090700001"})
    actions.deliver(Delivery.objects.get().pk, now=NOW)
    assert LedgerEntry.objects.get(action="delivery.sent").case_number == "4604002026090700001"


def test_a_lease_keeps_others_away_and_runs_out(transport) -> None:
    delivery = owe()
    Delivery.objects.update(lease_until=NOW + LEASE)
    assert actions.due_deliveries(NOW) == []
    assert actions.deliver(delivery.pk, now=NOW) is None
    late = NOW + LEASE + timedelta(seconds=1)
    assert actions.due_deliveries(late) == [delivery.pk]
    assert actions.deliver(delivery.pk, now=late) is not None
    interrupted, done = delivery.tries.all()
    assert (interrupted.ok, done.ok) == (False, True)
    assert "中断" in interrupted.error


def test_a_try_counts_before_the_work(transport) -> None:
    """A message that kills its worker is tried at most MAX_TRIES times."""
    delivery, now = owe(), NOW
    transport.outcome = KeyboardInterrupt()  # what no handler of ours catches, like SIGKILL
    for number in range(1, MAX_TRIES + 1):
        with pytest.raises(KeyboardInterrupt):
            actions.deliver(delivery.pk, now=now)
        delivery.refresh_from_db()
        assert (delivery.attempts, delivery.state) == (number, DeliveryState.NEW)
        assert actions.deliver(delivery.pk, now=now) is None
        now = max(delivery.next_at, delivery.lease_until) + timedelta(seconds=1)
    assert actions.due_deliveries(now) == [delivery.pk]
    assert actions.deliver(delivery.pk, now=now) is None
    delivery.refresh_from_db()
    assert (delivery.state, len(transport.got), delivery.tries.count()) == (
        DeliveryState.DEAD,
        MAX_TRIES,
        MAX_TRIES,
    )
    assert actions.due_deliveries(now + timedelta(days=99)) == []
    assert LedgerEntry.objects.filter(action="delivery.dead").count() == 1


def test_a_receiver_that_is_down_for_days(transport, cast: Cast) -> None:
    delivery, now = owe(cast), NOW
    transport.outcome = FAILED
    while delivery.state == DeliveryState.NEW:
        assert actions.deliver(delivery.pk, now=now - timedelta(seconds=1)) is None or now == NOW
        if delivery.attempts < len(transport.got):
            delivery.refresh_from_db()
        actions.deliver(delivery.pk, now=now)
        delivery.refresh_from_db()
        now = max(delivery.next_at, now)
    assert len(transport.got) == delivery.attempts == MAX_TRIES >= 10
    last = delivery.tries.last()
    assert last.at - NOW >= timedelta(hours=72)
    entry = LedgerEntry.objects.get(action="delivery.dead")
    assert entry.department == cast.competent
    assert "http://x" not in entry.payload


def test_a_defect_of_ours_backs_off_like_a_failure(transport) -> None:
    delivery = owe()
    transport.outcome = ZeroDivisionError()
    outcome = actions.deliver(delivery.pk, now=NOW)
    delivery.refresh_from_db()
    assert outcome is not None
    assert not outcome.ok
    assert delivery.state == DeliveryState.NEW
    assert "ZeroDivisionError" in delivery.last_error
    assert delivery.next_at > NOW


def test_a_late_failure_does_not_disturb_the_worker_that_took_over(transport, monkeypatch) -> None:
    delivery = owe()

    def slow(row: Delivery, *, now: object, lines: object) -> Outcome:
        Delivery.objects.filter(pk=row.pk).update(attempts=2, lease_until=NOW + 2 * LEASE)
        return FAILED

    monkeypatch.setattr(transports, "send", slow)
    actions.deliver(delivery.pk, now=NOW)
    delivery.refresh_from_db()
    assert (delivery.attempts, delivery.lease_until) == (2, NOW + 2 * LEASE)
    assert delivery.tries.count() == 1


def test_a_late_success_counts_even_after_the_burial(monkeypatch) -> None:
    delivery = owe()

    def slow(row: Delivery, *, now: object, lines: object) -> Outcome:
        Delivery.objects.filter(pk=row.pk).update(state=DeliveryState.DEAD)
        return Outcome(ok=True, status="200")

    monkeypatch.setattr(transports, "send", slow)
    actions.deliver(delivery.pk, now=NOW)
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.SENT


def test_the_sweep_finds_what_is_due_however_old_longest_due_first() -> None:
    old, new, future = owe(dedup="a"), owe(dedup="b"), owe(dedup="c")
    Delivery.objects.filter(pk=new.pk).update(next_at=NOW - timedelta(hours=1))
    Delivery.objects.filter(pk=old.pk).update(next_at=NOW - timedelta(days=400))
    Delivery.objects.filter(pk=future.pk).update(next_at=NOW + timedelta(seconds=1))
    assert actions.due_deliveries(NOW) == [old.pk, new.pk]
    assert actions.due_deliveries(NOW, 1) == [old.pk]


def dead(cast: Cast, transport) -> Delivery:
    delivery = owe(cast)
    transport.outcome = Outcome(ok=False, status="400", error="x", permanent=True)
    actions.deliver(delivery.pk, now=NOW)
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.DEAD
    transport.outcome = Outcome(ok=True, status="200")
    return delivery


def test_a_person_tries_a_dead_delivery_again(
    transport, cast: Cast, quiet_queue, django_capture_on_commit_callbacks
) -> None:
    delivery = dead(cast, transport)
    later = NOW + timedelta(days=5)
    with django_capture_on_commit_callbacks(execute=True):
        actions.retry(delivery, by=cast.sysadmin, now=later)
    assert ("portal.jobs.deliver", delivery.pk) in quiet_queue
    assert actions.due_deliveries(later) == [delivery.pk]
    assert LedgerEntry.objects.get(action="delivery.retried").actor == cast.sysadmin
    actions.deliver(delivery.pk, now=later)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, delivery.tries.count()) == (DeliveryState.SENT, 1, 2)


def test_who_may_not_and_what_cannot_be_retried(transport, cast: Cast) -> None:
    delivery = dead(cast, transport)
    for person in (cast.clerk, cast.auditor, cast.supervisor, cast.stranger, cast.editor):
        with pytest.raises(NotPermitted):
            actions.retry(delivery, by=person, now=NOW)
    actions.retry(delivery, by=cast.sysadmin, now=NOW)
    with pytest.raises(StaleState):
        actions.retry(delivery, by=cast.sysadmin, now=NOW)
    other = owe(cast, dedup="letter:2")
    other.endpoint.active = False
    other.endpoint.save()
    with pytest.raises(actions.EndpointDisabled):
        actions.retry(other, by=cast.sysadmin, now=NOW)
