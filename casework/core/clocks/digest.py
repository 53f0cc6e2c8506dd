"""The mail of a working day: what waits for each person, in numbers."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from casework.core.access import access_of
from casework.core.clocks.mails import CLOSING, send
from casework.core.clocks.models import Digest, Reminder
from casework.core.clocks.queries import open_duties_for
from casework.core.worktime.calendar import at
from casework.core.worktime.queries import current_calendar
from portal.accounts.models import Membership, User


@dataclass(frozen=True, slots=True)
class Waiting:
    """Counts for one person: duties that one may help to meet, and reminders not read yet."""

    waiting: int
    due_today: int
    late: int
    unread: int

    @property
    def any(self) -> bool:
        return bool(self.waiting or self.unread)


def send_digests(*, now: datetime) -> int:
    """Write today's mail to everybody for whom something waits; how many were written.

    One per person and day, however often it runs; none on a day off. A day that nobody worked through is
    not made up for: the next mail says what waits then. No network: the mails go to the outbox.
    """
    day = timezone.localdate(now)
    if not current_calendar().is_workday(day):
        return 0
    written = Digest.objects.filter(day=day).values("recipient_id")
    holders = Membership.objects.valid_on(day).values("user_id")
    people = User.objects.filter(is_active=True, pk__in=holders).exclude(email="").exclude(pk__in=written)
    return sum(_write(person, now) for person in people.order_by("pk"))


def waiting_for(person: User, now: datetime) -> Waiting:
    """What waits for ``person`` at ``now`` (three queries)."""
    midnight = at(timezone.localdate(now) + timedelta(days=1), time.min)
    duties = open_duties_for(access_of(person, now)).order_by()
    counts = duties.aggregate(
        waiting=Count("pk"),
        due_today=Count("pk", filter=Q(due_at__gte=now, due_at__lt=midnight)),
        late=Count("pk", filter=Q(due_at__lt=now)),
    )
    return Waiting(**counts, unread=Reminder.objects.filter(recipient=person, read_at=None).count())


@transaction.atomic
def _write(person: User, now: datetime) -> int:
    found, day = waiting_for(person, now), timezone.localdate(now)
    if not found.any:
        return 0
    counts = {
        "waiting": found.waiting,
        "due_today": found.due_today,
        "late": found.late,
        "unread": found.unread,
    }
    _, born = Digest.objects.get_or_create(recipient=person, day=day, defaults={**counts, "made_at": now})
    if born:
        subject = f"【审管联动】{day.month}月{day.day}日待办提要：待办{found.waiting}项，逾期{found.late}项"
        send(person, f"digest:{person.pk}:{day:%Y%m%d}", subject, _body(person, found), now)
    return int(born)


def _body(person: User, found: Waiting) -> str:
    lines = [
        f"{person}，您好：",
        "",
        f"由您办理的任务共{found.waiting}项，其中今日到期{found.due_today}项，已逾期{found.late}项。",
        f"未读提醒{found.unread}条。",
    ]
    return "\n".join([*lines, "", CLOSING])
