"""Every entry point of the background queue: ids in, one call, no rules.

A job may run twice and may be lost: rows, leases and unique keys in the kernel make both harmless.
``schedules.py`` says what runs when.
"""

import time
from datetime import timedelta

from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from django_q.models import Failure
from django_q.tasks import async_task

from casework.core import once
from casework.core.background import LONG
from casework.core.clocks.digest import send_digests
from casework.core.clocks.sweep import sweep
from casework.core.files import actions as files
from casework.core.files import kept
from casework.core.ledger import anchors, checks
from casework.core.ledger.actions import seal_all
from casework.core.ledger.models import LedgerCheck
from casework.core.outbox import actions as outbox
from casework.core.outbox import alarms, courier
from casework.core.outbox.queries import due_deliveries
from casework.core.rule_changes import actions as rule_changes
from casework.core.rule_changes import carrying
from portal import heartbeat
from portal.accounts import attempts, groups

KEEP_FAILURES = timedelta(days=90)
SWEEP_SECONDS = 20  # after which no further part of a sweep begins
SWEEP_DUTIES = 200  # of one part: some seconds


def deliver(delivery_id: int) -> None:
    """Answer the doorbell that delivery ``delivery_id`` rang: carry out all that is due, if anything still is."""
    now = timezone.now()
    if due_deliveries(now, limit=1):
        courier.run(now=now)


def sweep_outbox() -> int:
    """Ring when anything is due, however old: once for each worker that can help; return how often."""
    due = due_deliveries(timezone.now(), limit=courier.HANDS + 1)
    for delivery_id in {*due[:1], *due[courier.HANDS :]}:
        outbox.ring(delivery_id)
    return min(len(due), 1) + (len(due) > courier.HANDS)


def sweep_alarms() -> int:
    """Tell the owners of deliveries that nobody accepts while the clock runs; return how many alarms."""
    return alarms.sweep_alarms(now=timezone.now())


def sweep_duties() -> None:
    """Remind before duties run out, note those that have, climb where nothing happens; all that is owed.

    After an outage that is much: what does not fit into ``SWEEP_SECONDS`` is left to the next minute, so that
    pushes keep a worker and the job ends long before the cluster's time-out.
    """
    now, until = timezone.now(), time.monotonic() + SWEEP_SECONDS
    while (made := sweep(now=now, limit=SWEEP_DUTIES)).more and made.duties and time.monotonic() < until:
        continue


def send_daily_digests() -> int:
    """Write the day's mail to everybody for whom something waits; return how many."""
    return send_digests(now=timezone.now())


def carry_calendar() -> int:
    """Bring open duties after a new calendar and tell the people concerned; return how many due times moved."""
    done = carrying.carry(now=timezone.now())
    if done.more:
        async_task(rule_changes.JOB, cluster=LONG)
    return done.moved


def seal_ledger() -> int:
    """Give place and hash to the ledger entries that have none; return how many."""
    return seal_all()


def hand_out_heads() -> int:
    """Sign the ledger's head of every finished day and hand it outside; return how many."""
    return len(anchors.hand_out(now=timezone.now()))


def check_ledger(check_id: int) -> None:
    """Verify the ledger for the auditor who asked, unless that has been done."""
    check = LedgerCheck.objects.filter(pk=check_id, done_at=None).first()
    if check is not None:
        checks.carry_out(check, now=timezone.now())


def check_ledger_nightly() -> None:
    """Carry out what was asked for and missed, and the platform's own check."""
    for check_id in checks.open_checks():
        check_ledger(check_id)
    checks.nightly(now=timezone.now())


def stamp_canary() -> None:
    """Show that scheduler, broker and worker are alive from end to end."""
    heartbeat.stamp(heartbeat.WORKER, timezone.now())


def stamp_long_canary() -> None:
    """The same for the cluster of long work, which runs this."""
    heartbeat.stamp(heartbeat.LONG, timezone.now())


def publish_scheduled() -> None:
    """Publish and expire what editors scheduled."""
    call_command("publish_scheduled")


def clean_up() -> None:
    """Remove ended sessions, tries to sign in and form tokens that count no more, and old failure reports of the queue."""
    call_command("clearsessions")
    attempts.forget(now=timezone.now())
    once.forget(now=timezone.now())
    Failure.objects.filter(stopped__lt=timezone.now() - KEEP_FAILURES).delete()
    refresh_statistics()


def refresh_statistics() -> None:
    """Let SQLite look at a sample of its tables, so that it picks the right index; PostgreSQL does by itself.

    The ledger is sealed first: seen while everything waits, the index of what waits would look useless, and every
    look for what waits would read the whole ledger until the next night.
    """
    if connection.vendor == "sqlite":
        seal_all()
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA analysis_limit = 1000")
            cursor.execute("ANALYZE")


def sync_groups() -> int:
    """Bring the groups of the editors' desk up to date: roles begin and end by date; return how many changed."""
    return groups.sync_groups(today=timezone.localdate())


def remove_orphans() -> int:
    """Let go of what was kept of unfinished forms, remove stored bytes that no row points at; return how many."""
    kept.forget(now=timezone.now())
    return files.remove_orphans(now=timezone.now())


def refresh_search() -> None:
    """Rebuild the search index: bulk imports go around the signals that keep it."""
    call_command("update_index", verbosity=0)
