"""The little that the desk itself writes: reminders read."""

from datetime import datetime

from casework.core.clocks.models import Reminder
from portal.accounts.models import User


def read_reminders(*, up_to: int, by: User, now: datetime) -> int:
    """Mark the person's own reminders up to id ``up_to`` as read; how many were unread.

    A private convenience without legal weight, so the ledger does not hear of it.
    """
    return Reminder.objects.filter(recipient=by, read_at=None, pk__lte=up_to).update(read_at=now)
