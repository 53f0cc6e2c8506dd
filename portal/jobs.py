"""Every entry point of the background queue: ids in, one call, no rules.

A job may run twice and may be lost: rows, leases and unique keys in the kernel make both harmless.
``schedules.py`` says what runs when.
"""

from datetime import timedelta

from django.core.management import call_command
from django.utils import timezone
from django_q.models import Failure
from django_q.tasks import async_task

from casework.core.clocks.sweep import sweep
from casework.core.files import actions as files
from casework.core.ledger.actions import seal
from casework.core.outbox import actions as outbox
from casework.core.outbox.queries import due_deliveries
from portal import heartbeat

KEEP_FAILURES = timedelta(days=90)
RING_LIMIT = 200  # doorbells of one sweep; the next minute rings the rest


def deliver(delivery_id: int) -> None:
    """Carry out one delivery of the outbox, if it is still due and nobody else holds it."""
    outbox.deliver(delivery_id, now=timezone.now())


def sweep_outbox() -> int:
    """Ring for every delivery that is due, however old; return how many."""
    due = due_deliveries(timezone.now(), limit=RING_LIMIT)
    for delivery_id in due:
        async_task(outbox.JOB, delivery_id)
    return len(due)


def sweep_duties() -> None:
    """Remind before duties run out and note those that have."""
    sweep(now=timezone.now())


def seal_ledger() -> int:
    """Give place and hash to the ledger entries that have none; return how many."""
    return seal()


def stamp_canary() -> None:
    """Show that scheduler, broker and worker are alive from end to end."""
    heartbeat.stamp(heartbeat.WORKER, timezone.now())


def publish_scheduled() -> None:
    """Publish and expire what editors scheduled."""
    call_command("publish_scheduled")


def clean_up() -> None:
    """Remove ended sessions and old failure reports of the queue (it never prunes those itself)."""
    call_command("clearsessions")
    Failure.objects.filter(stopped__lt=timezone.now() - KEEP_FAILURES).delete()


def remove_orphans() -> int:
    """Remove stored bytes of files whose row never came to be; return how many."""
    return files.remove_orphans(now=timezone.now())


def refresh_search() -> None:
    """Rebuild the search index: bulk imports go around the signals that keep it."""
    call_command("update_index", verbosity=0)
