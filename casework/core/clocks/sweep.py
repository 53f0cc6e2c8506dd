"""Remind before time runs out, note when it has: exactly once, however often and however late this runs.

What is owed to whom is decided by rows and unique constraints, never by when the sweep ran last: after
days without a worker it makes the same reminders and lapses as it would have made in time.
"""

import logging
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from casework.core.clocks.facts import NoOpenDuty, add_event, locked, note_lapse, tell
from casework.core.clocks.models import Duty, DutyEvent, DutyQuerySet, Reminder
from casework.core.clocks.queries import leaders_of, people_for
from casework.core.outbox import actions as outbox
from casework.core.outbox.models import Channel
from portal.accounts.models import User

log = logging.getLogger(__name__)
Kind, Milestone = DutyEvent.Kind, Reminder.Milestone


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
    """Open duties with something to tell at ``now``: warned too little, or late and not noted yet.

    Reads the two partial indexes over open duties; nothing limits how far back it looks.
    """
    told = Reminder.objects.filter(duty=OuterRef("pk"), milestone=Milestone.SOON)
    noted = DutyEvent.objects.filter(duty=OuterRef("pk"))
    nobody = Exists(noted.filter(kind=Kind.UNREACHABLE))
    soon = Q(soon_at__lte=now) & ~Exists(told) & ~nobody
    lapsed = Q(due_at__lt=now) & ~Exists(noted.filter(kind=Kind.LAPSED))
    return Duty.objects.open().filter(soon | lapsed)


def sweep(*, now: datetime, limit: int = 500) -> SweepResult:
    """Remind and note for up to ``limit`` duties, each in its own short transaction.

    A duty that fails is logged and does not hold up the others; the next sweep tries it again. No
    network: mails go to the outbox in the same transaction.
    """
    ids = list(waiting(now).order_by("pk").values_list("pk", flat=True)[: limit + 1])
    result = SweepResult(more=len(ids) > limit)
    for pk in ids[:limit]:
        try:
            result += _tell_of(pk, now)
        except NoOpenDuty:  # closed since the list was read
            continue
        except Exception:
            log.exception("duty %s could not be swept", pk)
            result += SweepResult(failed=1)
    return result


@transaction.atomic
def _tell_of(pk: int, now: datetime) -> SweepResult:
    duty = locked(pk=pk)
    milestones: list[Reminder.Milestone] = []
    if duty.soon_at is not None and duty.soon_at <= now and not _was_told_soon(duty):
        milestones.append(Milestone.SOON)
    lapses = int(note_lapse(duty, now=now))
    if lapses:
        milestones.append(Milestone.LAPSED)
    if not milestones:
        return SweepResult()
    people = people_for(duty, now)
    unreachable = 0
    if not people:
        unreachable = int(_note_unreachable(duty, now))
        people = leaders_of(duty, now)
    reminders = sum(_remind(duty, milestone, person, now) for milestone in milestones for person in people)
    return SweepResult(1, reminders, lapses, unreachable)


def _was_told_soon(duty: Duty) -> bool:
    told = duty.reminders.filter(milestone=Milestone.SOON).exists()
    return told or duty.events.filter(kind=Kind.UNREACHABLE).exists()


def _note_unreachable(duty: Duty, now: datetime) -> bool:
    """Note, once, that nobody in the holding department can meet the duty."""
    if duty.events.filter(kind=Kind.UNREACHABLE).exists():
        return False
    add_event(duty, Kind.UNREACHABLE, at=now, by=None, reason="责任单位没有可以办理此任务的人员")
    tell(duty, "duty.unreachable", by=None, now=now, due_at=duty.due_at)
    return True


def _remind(duty: Duty, milestone: Reminder.Milestone, person: User, now: datetime) -> int:
    """One reminder in the inbox and, where the person has an address, one mail. How many were made (0, 1)."""
    reminder, created = Reminder.objects.get_or_create(
        duty=duty, milestone=milestone, recipient=person, defaults={"made_at": now}
    )
    if created and person.email:
        outbox.enqueue(
            dedup=f"reminder:{reminder.pk}",
            reference=f"reminder:{reminder.pk}",
            channel=Channel.MAIL,
            endpoint=None,
            address=person.email,
            subject=_subject(duty, milestone),
            body=_body(duty, milestone, person),
            now=now,
        )
    return int(created)


def _subject(duty: Duty, milestone: Reminder.Milestone) -> str:
    case = f" {duty.case.number}" if duty.case else ""
    return f"【审管联动】{duty.get_kind_display()}{milestone.label}{case}"


def _body(duty: Duty, milestone: Reminder.Milestone, person: User) -> str:
    """The mail's text: numbers and dates only, nothing about the applicant."""
    due = f"{timezone.localtime(duty.due_at):%Y年%m月%d日 %H:%M}" if duty.due_at else "暂停计时"
    lines = [
        f"{person}，您好：",
        "",
        f"{duty.holder}有一项任务{milestone.label}。",
        f"任务：{duty.get_kind_display()}（《实施办法》{duty.clause}）",
        f"届满时间：{due}{'（暂定）' if duty.provisional else ''}",
    ]
    if duty.case:
        lines.append(f"办件编号：{duty.case.number}")
    return "\n".join([*lines, "", "请登录审管联动平台工作台查看并办理。本邮件由平台自动发出，无需回复。"])
