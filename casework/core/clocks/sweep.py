"""Remind before time runs out, note when it has, climb while nothing happens: each exactly once.

Whom to tell when is rule data (``EscalationStep``). What is owed is decided by rows and unique constraints,
never by when the sweep ran last: after days without a worker it makes the same reminders and lapses, in the
same order, as it would have made in time.
"""

import heapq
import logging
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from casework.core.clocks.changes import current
from casework.core.clocks.facts import NoOpenDuty, add_event, locked, next_at, note_lapse, tell, told_for
from casework.core.clocks.mails import remind
from casework.core.clocks.models import Duty, DutyEvent, DutyQuerySet, StagePassed
from casework.core.clocks.queries import told
from casework.core.clocks.stages import Planned, next_moment, owed, plan
from casework.core.rules_data.models import Tier
from casework.core.rules_data.queries import steps_for

log = logging.getLogger(__name__)
Kind = DutyEvent.Kind


@dataclass(frozen=True, slots=True)
class SweepResult:
    """What one sweep did. ``more`` says that duties beyond the limit are waiting."""

    duties: int = 0
    reminders: int = 0
    lapses: int = 0
    unreachable: int = 0
    failed: int = 0
    more: bool = False

    def __add__(self, other: "SweepResult") -> "SweepResult":
        return SweepResult(
            self.duties + other.duties,
            self.reminders + other.reminders,
            self.lapses + other.lapses,
            self.unreachable + other.unreachable,
            self.failed + other.failed,
            self.more or other.more,
        )


def waiting(now: datetime) -> DutyQuerySet:
    """Open duties with something to tell or to note at ``now``, the longest waiting first.

    Reads one partial index over open duties; nothing limits how far back it looks.
    """
    return Duty.objects.open().filter(next_at__lte=now).order_by("next_at", "id")


def sweep(*, now: datetime, limit: int = 500) -> SweepResult:
    """Tell and note for up to ``limit`` duties what was owed by ``now``, in the order in which it was owed.

    Each stage is one short transaction. A duty that fails is logged and does not hold up the others; the
    next sweep tries it again. No network: mails go to the outbox in the same transaction.
    """
    queue = list(waiting(now).values_list("next_at", "pk")[: limit + 1])
    more = len(queue) > limit
    horizon = queue.pop() if more else None  # what comes after it waits for those that are not in the queue
    result, touched = SweepResult(more=more), set()
    while queue:
        _, pk = heapq.heappop(queue)  # sorted by the query: a heap already
        try:
            made, following = _tell_of(pk, now)
        except NoOpenDuty:  # closed since the list was read
            continue
        except Exception:
            log.exception("duty %s could not be swept", pk)
            result += SweepResult(failed=1)
            continue
        result += made
        touched |= {pk} if made != SweepResult() else set()
        if following is not None and (horizon is None or (following, pk) < horizon):
            heapq.heappush(queue, (following, pk))
    return result + SweepResult(duties=len(touched))


@transaction.atomic
def _tell_of(pk: int, now: datetime) -> tuple[SweepResult, datetime | None]:
    """What is owed first of one duty; and when something is owed next, if that is not after ``now``."""
    duty, result = locked(pk=pk), SweepResult()
    cal = current(duty, now=now)
    planned = plan(duty, steps_for(duty.kind, timezone.localdate(duty.started_at)), cal)
    passed = told_for(duty)
    lapsed = duty.events.filter(kind=Kind.LAPSED).exists()
    moment = next_moment(duty, planned, passed, lapsed=lapsed)
    if moment is not None and moment <= now:
        if not lapsed and duty.due_at is not None and duty.due_at < moment:
            result += SweepResult(lapses=int(note_lapse(duty, now=now)))
            if not Duty.objects.open().filter(pk=pk).exists():  # what followed from the lapse ended it
                return result, None
        first = next(iter(owed(duty, planned, passed)), None)
        if first is not None and first.at <= moment:
            result += _tell(duty, first, now)
    following = next_at(duty, cal)
    if following != duty.next_at:
        Duty.objects.filter(pk=pk).update(next_at=following)
    return result, following if following is not None and following <= now else None


def _tell(duty: Duty, row: Planned, now: datetime) -> SweepResult:
    """Pass a stage once: remind those whom it names, or who stand above a vacant post."""
    due_at: datetime = duty.due_at  # type: ignore[assignment]  # nothing is planned while the clock stands still
    tier, people = told(duty, row.tier, now)
    _, born = StagePassed.objects.get_or_create(
        duty=duty,
        stage=row.stage,
        due_at=due_at,
        defaults={"tier": row.tier, "reached": tier or "", "at": row.at, "made_at": now},
    )
    if not born:
        return SweepResult()
    unreachable = row.tier == Tier.HANDLERS and tier != Tier.HANDLERS and _note_unreachable(duty, now)
    reminders = sum(remind(duty, row.stage, person, occasion=due_at, now=now) for person in people)
    return SweepResult(reminders=reminders, unreachable=int(unreachable))


def _note_unreachable(duty: Duty, now: datetime) -> bool:
    """Note, once, that nobody in the holding department can meet the duty."""
    if duty.events.filter(kind=Kind.UNREACHABLE).exists():
        return False
    add_event(duty, Kind.UNREACHABLE, at=now, by=None, reason="责任单位没有可以办理此任务的人员")
    tell(duty, "duty.unreachable", by=None, now=now, due_at=duty.due_at)
    return True
