"""What a reader does with a digest."""

from datetime import datetime

from casework.core.rule_changes.models import MoveDigest
from portal.accounts.models import User


def mark_read(*, up_to: int, by: User, now: datetime) -> int:
    """Mark the person's own digests up to id ``up_to`` as read; how many were unread.

    A private convenience without legal weight, so the ledger does not hear of it.
    """
    return MoveDigest.objects.filter(recipient=by, read_at=None, pk__lte=up_to).update(read_at=now)
