"""Bring the open duties after a new calendar, and tell the people concerned: once each (R-11, R-22).

Rows decide what is left to do, never when this ran last: duties reckoned under an older calendar, moves that
nobody was told of. It can be killed and started again at any point, and two may run at once.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.utils import timezone

from casework.core.clocks.actions import recompute_all
from casework.core.clocks.models import DueMove, Duty
from casework.core.clocks.queries import leaders_of, people_for
from casework.core.outbox import actions as outbox
from casework.core.outbox.models import Channel
from casework.core.rule_changes.models import MoveDigest
from casework.core.worktime.models import CalendarNotice
from casework.core.worktime.queries import current_calendar
from portal.accounts.models import User

LIMIT = 2000  # duties of one run: a push never waits longer than that
LISTED = 20  # moves written out in a mail
Group = tuple[int, str]  # holder and kind of a duty: the same people can meet all of them


@dataclass(frozen=True, slots=True)
class Carried:
    """What one run did. ``more`` says that duties beyond the limit are waiting."""

    moved: int = 0
    told: int = 0
    more: bool = False


def carry(*, now: datetime, limit: int = LIMIT) -> Carried:
    """Recompute up to ``limit`` open duties; once none is left behind, tell everybody concerned.

    A duty that fails is logged, tried again by the next run, and holds up nobody else's message.
    """
    failed: list[int] = []
    moved = recompute_all(current_calendar(), now=now, limit=limit, failed=failed)
    last = DueMove.objects.filter(told_at=None).aggregate(last=Max("id"))["last"]
    # Asked after ``last`` was read: with no duty left behind, every move up to it is committed.
    behind = Duty.objects.reckoned_before(current_calendar().version).exclude(pk__in=failed)
    if behind.exists():
        return Carried(moved, 0, more=True)
    return Carried(moved, 0 if last is None else _tell_all(last, now))


def _tell_all(last: int, now: datetime) -> int:
    """Tell of every untold move up to ``last``; how many digests were made."""
    untold = DueMove.objects.filter(told_at=None, id__lte=last)
    made = 0
    for person, groups in _people(untold, now).items():
        made += _tell(person, groups, last, now)
    untold.update(told_at=now)
    return made


def _people(untold: "QuerySet[DueMove]", now: datetime) -> dict[User, set[Group]]:
    """Who is told of which duties: whoever can meet them today, else the department's leader."""
    found: dict[User, set[Group]] = defaultdict(set)
    groups = (
        untold.filter(duty__closed_at=None).order_by().values_list("duty__holder", "duty__kind").distinct()
    )
    for group in groups:
        holder, kind = group
        move = untold.filter(duty__holder=holder, duty__kind=kind).select_related("duty__holder").first()
        if move is not None:
            for person in people_for(move.duty, now) or leaders_of(move.duty, now):
                found[person].add(group)
    return found


@transaction.atomic
def _tell(person: User, groups: Collection[Group], last: int, now: datetime) -> int:
    """One digest in the inbox and, where the person has an address, one mail; nothing that was told before."""
    list(User.objects.select_for_update().filter(pk=person.pk))
    told = MoveDigest.objects.filter(recipient=person).aggregate(last=Max("up_to"))["last"] or 0
    concerned = Q(pk__in=[])
    for holder, kind in groups:
        concerned |= Q(duty__holder=holder, duty__kind=kind)
    rows = DueMove.objects.filter(concerned, told_at=None, id__gt=told, id__lte=last, duty__closed_at=None)
    moves = list(rows.select_related("duty__holder", "duty__case"))
    if not moves:
        return 0
    digest = MoveDigest.objects.create(
        recipient=person,
        up_to_id=last,
        moved=len(moves),
        shortened=sum(move.is_earlier for move in moves),
        made_at=now,
    )
    if person.email:
        outbox.enqueue(
            dedup=f"due-moves:{digest.pk}",
            reference=f"due-moves:{digest.pk}",
            channel=Channel.MAIL,
            endpoint=None,
            address=person.email,
            subject=f"【审管联动】工作日历调整，{len(moves)}项任务的届满时间有变化",
            body=_body(person, moves, digest),
            now=now,
        )
    return 1


def _body(person: User, moves: list[DueMove], digest: MoveDigest) -> str:
    """The mail's text: numbers and dates only, nothing about an applicant."""
    lines = [
        f"{person}，您好：",
        "",
        f"因{'、'.join(_titles(moves))}，您可以办理的{digest.moved}项任务届满时间有变化，"
        f"其中{digest.shortened}项提前。",
        "",
        *(_line(move) for move in moves[:LISTED]),
    ]
    if len(moves) > LISTED:
        lines.append(f"……共{len(moves)}项，其余请登录平台查看。")
    return "\n".join([*lines, "", "请登录审管联动平台工作台查看并办理。本邮件由平台自动发出，无需回复。"])


def _line(move: DueMove) -> str:
    duty = move.duty
    number = f"办件{duty.case.number} " if duty.case else ""
    mark = "（提前）" if move.is_earlier else ""
    return f"{number}{duty.get_kind_display()}：由{_words(move.due_before)}调整为{_words(move.due_at)}{mark}"


def _titles(moves: list[DueMove]) -> list[str]:
    """The notices that moved them: the calendar of version n bears the n-th notice as its newest."""
    notices = CalendarNotice.objects.order_by("id")
    versions = sorted({move.calendar_version for move in moves})
    titles = [notices[version - 1 : version].first() for version in versions]
    return [f"《{notice.title}》" for notice in titles if notice is not None] or ["工作日历更新"]


def _words(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y年%m月%d日 %H:%M}"
