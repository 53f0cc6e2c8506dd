"""What runs when: one table, synced by name at every start (``manage.py sync_schedules``)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_q.models import Schedule

from casework.core.background import LONG


@dataclass(frozen=True)
class Planned:
    """One periodic job: every ``minutes``, or once a day at ``daily_at`` (local time)."""

    name: str
    job: str
    minutes: int | None = None
    daily_at: time | None = None
    cluster: str | None = None  # None = the one for pushes; LONG = the one for long work


def planned() -> Sequence[Planned]:
    """The table. Intervals come from settings, so that an installation may slow them down."""
    canary = max(settings.CANARY_INTERVAL_SECONDS // 60, 1)
    sweep = settings.SWEEP_INTERVAL_MINUTES
    return (
        Planned("canary", "portal.jobs.stamp_canary", minutes=canary),
        Planned("long-canary", "portal.jobs.stamp_long_canary", minutes=canary, cluster=LONG),
        Planned("sweep-outbox", "portal.jobs.sweep_outbox", minutes=sweep),
        Planned("sweep-alarms", "portal.jobs.sweep_alarms", minutes=sweep),
        Planned("sweep-duties", "portal.jobs.sweep_duties", minutes=sweep),
        Planned("carry-calendar", "portal.jobs.carry_calendar", minutes=sweep, cluster=LONG),
        Planned("daily-digests", "portal.jobs.send_daily_digests", daily_at=time(8, 10)),
        Planned("seal-ledger", "portal.jobs.seal_ledger", minutes=sweep),
        Planned("hand-out-heads", "portal.jobs.hand_out_heads", minutes=60),
        Planned("publish-scheduled", "portal.jobs.publish_scheduled", minutes=1),
        Planned("clean-up", "portal.jobs.clean_up", daily_at=time(2, 30), cluster=LONG),
        Planned("check-ledger", "portal.jobs.check_ledger_nightly", daily_at=time(1, 30), cluster=LONG),
        Planned("sync-groups", "portal.jobs.sync_groups", daily_at=time(0, 1)),
        Planned("remove-orphans", "portal.jobs.remove_orphans", daily_at=time(2, 45), cluster=LONG),
        Planned("refresh-search", "portal.jobs.refresh_search", daily_at=time(3, 0), cluster=LONG),
    )


@transaction.atomic
def sync(now: datetime) -> tuple[int, int]:
    """Make the queue's schedules equal the table; return (kept or made, removed).

    A row keeps its next run unless its timing changed, so that a restart neither skips nor doubles one.
    """
    names = []
    for row in planned():
        names.append(row.name)
        timing = _timing(row)
        found = Schedule.objects.filter(name=row.name).first()
        same = found is not None and all(getattr(found, key) == value for key, value in timing.items())
        if not same:
            timing["next_run"] = _first_run(row, now)
        Schedule.objects.update_or_create(
            name=row.name, defaults={**timing, "func": row.job, "repeats": -1, "cluster": row.cluster}
        )
    removed, _ = Schedule.objects.exclude(name__in=names).delete()
    return len(names), removed


def _timing(row: Planned) -> dict[str, object]:
    kind = Schedule.MINUTES if row.minutes else Schedule.DAILY
    return {"schedule_type": kind, "minutes": row.minutes}


def _first_run(row: Planned, now: datetime) -> datetime:
    if row.daily_at is None:
        return now
    local = timezone.localtime(now)
    first = local.replace(hour=row.daily_at.hour, minute=row.daily_at.minute, second=0, microsecond=0)
    return first if first > local else first + timedelta(days=1)
