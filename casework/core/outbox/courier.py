"""Carries out what is due, many at once: threads do the network, this one thread does the database.

Rows are claimed as hands become free, sent outside of any transaction, and noted in small transactions as
the answers come. A receiver that is slow or silent never keeps the others waiting: no address may take
all hands, one that has not answered yet gets a few, one that did not answer in time gets one, and nobody
waits for an answer beyond its time.
A courier takes new rows for a few seconds only, so that a stop is polite; what is left, the next one takes.
"""

import contextlib
import queue
import threading
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from casework.core.outbox import actions, leases, transports
from casework.core.outbox.leases import Try
from casework.core.outbox.models import Channel, Delivery
from casework.core.outbox.queries import free_at, steady_at, suspects_at
from casework.core.outbox.rules import Outcome

MAIL = "mail"  # a lane; all others are addresses
HANDS = 32  # messages on their way at once
HANDS_PER_ADDRESS = 24
HANDS_AT_FIRST = 8  # until an address has answered once
HANDS_FOR_MAIL = 2  # a mail with its files is held in memory
TAKING_SECONDS = 8.0  # a courier takes new rows this long; `up` waits 15 s for a polite end
HTTP_PATIENCE = 5.0  # seconds beyond the time-out; then the answer counts as none
MAIL_PATIENCE = 40.0  # seconds; a large mail over a slow link. The queue ends a job after 60 s


def run(*, now: datetime) -> int:
    """Carry out deliveries that are due; return how many tries were made. Raises ``RuntimeError`` inside a transaction.

    Rows whose worker died at them more than once are carried out last and alone, one per courier: should
    one of them be what kills workers, nothing else dies with it.
    """
    courier = _Courier(now)
    try:
        courier.work()
    finally:
        courier.stop()
    suspect = suspects_at(courier.now()).order_by("next_at", "id").values_list("pk", flat=True).first()
    if suspect is not None and actions.deliver(suspect, now=courier.now()) is not None:
        courier.tries += 1
    left = free_at(courier.now()).values_list("pk", flat=True).first()
    if left is not None and courier.tries:
        actions.ring(left)
    return courier.tries


@dataclass(frozen=True)
class _Out:
    """A message on its way."""

    delivery: Delivery
    began: datetime
    patient_until: float  # monotonic


def _lane(delivery: Delivery) -> str:
    """What messages share that can be slow: the mail server, or the address."""
    return delivery.address if delivery.channel == Channel.HTTP else MAIL


class _Courier:
    def __init__(self, start: datetime) -> None:
        self.start, self.begun = start, time.monotonic()
        self.tries = 0
        self.lines = transports.new_lines()
        self.errands: queue.SimpleQueue[tuple[Delivery, datetime] | None] = queue.SimpleQueue()
        self.ended: queue.SimpleQueue[Try | BaseException] = queue.SimpleQueue()
        self.hands: list[threading.Thread] = []
        self.lost = 0  # hands that were given up
        self.out: dict[int, _Out] = {}  # by delivery
        self.proven: set[str] = set()  # lanes that have answered, whatever they said
        self.slow: set[str] = set()  # lanes that did not answer in time

    def now(self) -> datetime:
        return self.start + timedelta(seconds=time.monotonic() - self.begun)

    def work(self) -> None:
        """Take, send and note until nothing is due, or the time for taking is over and all have answered."""
        more = True
        while True:
            if more and time.monotonic() - self.begun < TAKING_SECONDS:
                more = self.take()
            if not self.out:
                return
            leases.note(self.collect())

    def take(self) -> bool:
        """Give due rows to free hands; whether there may be more to take when hands come back."""
        free = HANDS - len(self.out)
        if free <= 0:
            return True
        busy = Counter(_lane(out.delivery) for out in self.out.values())
        full = [lane for lane in busy if busy[lane] >= self.most(lane)]
        rows = steady_at(self.now()).exclude(channel=Channel.HTTP, address__in=full)
        if MAIL in full:
            rows = rows.filter(channel=Channel.HTTP)
        refused = 0

        def admits(delivery: Delivery) -> bool:
            nonlocal refused
            lane = _lane(delivery)
            busy[lane] += 1
            room = busy[lane] <= self.most(lane)
            refused += not room
            return room

        claimed = leases.claim(rows, limit=free, now=self.now(), admits=admits)
        for delivery in claimed:
            self.send_off(delivery)
        return bool(claimed or full or refused)

    def most(self, lane: str) -> int:
        """Hands that may be busy with one lane."""
        if lane in self.slow:
            return 1
        if lane == MAIL:
            return HANDS_FOR_MAIL
        return HANDS_PER_ADDRESS if lane in self.proven else HANDS_AT_FIRST

    def send_off(self, delivery: Delivery) -> None:
        patience = MAIL_PATIENCE if _lane(delivery) == MAIL else self.lines.timeout + HTTP_PATIENCE
        self.out[delivery.pk] = _Out(delivery, self.now(), time.monotonic() + patience)
        if len(self.hands) - self.lost < len(self.out):
            hand = threading.Thread(target=self.carry, daemon=True)
            self.hands.append(hand)
            hand.start()
        self.errands.put((delivery, self.now()))

    def carry(self) -> None:
        """What a hand does, in its own thread: no database."""
        while (errand := self.errands.get()) is not None:
            try:
                self.ended.put(leases.carry(errand[0], now=errand[1], lines=self.lines))
            except BaseException as error:
                self.ended.put(error)

    def collect(self) -> list[Try]:
        """Wait for a try to end, at most half a second; all that have ended since, given up ones included."""
        found: list[Try] = []
        with contextlib.suppress(queue.Empty):
            wait: float | None = 0.5
            while True:
                ended = self.ended.get(timeout=wait) if wait else self.ended.get_nowait()
                wait = None
                if isinstance(ended, BaseException):
                    raise ended
                out = self.out.get(ended.delivery.pk)
                if out is not None and out.delivery is ended.delivery:  # not one that was given up
                    found.append(ended)
                    del self.out[ended.delivery.pk]
        found += self.give_up()
        self.proven |= {_lane(one.delivery) for one in found if one.outcome.status}
        self.slow |= {_lane(one.delivery) for one in found if one.outcome.slow}
        self.tries += len(found)
        return found

    def give_up(self) -> list[Try]:
        """Tries that nobody waits for any longer: no answer in time, whatever the hand is stuck at."""
        late = [out for out in self.out.values() if time.monotonic() > out.patient_until]
        for out in late:
            del self.out[out.delivery.pk]
        self.lost += len(late)
        outcome = Outcome(ok=False, error=transports.NO_ANSWER, slow=True)
        return [Try(out.delivery, outcome, out.began, self.now()) for out in late]

    def stop(self) -> None:
        """Send the hands home; one that is stuck is cut off from its receiver."""
        for _ in self.hands:
            self.errands.put(None)
        self.lines.close()
        until = time.monotonic() + 1
        for hand in self.hands:
            hand.join(timeout=max(until - time.monotonic(), 0))
