"""The little that the desk itself writes: reminders read, the ledger verified on request."""

from datetime import datetime

from django.db import transaction

from casework.core.access import Access, Can, NotPermitted
from casework.core.clocks.models import Reminder
from casework.core.ledger.actions import record
from casework.core.ledger.queries import Verdict, verify
from portal.accounts.models import User


def read_reminders(*, up_to: int, by: User, now: datetime) -> int:
    """Mark the person's own reminders up to id ``up_to`` as read; how many were unread.

    A private convenience without legal weight, so the ledger does not hear of it.
    """
    return Reminder.objects.filter(recipient=by, read_at=None, pk__lte=up_to).update(read_at=now)


def verify_ledger(access: Access, *, now: datetime) -> Verdict:
    """Walk the hash chain and put the verdict itself on record. Raises ``NotPermitted``.

    Only the record is written in a transaction: nobody waits for a lock while a long chain is read.
    """
    if not access.can(Can.READ_LEDGER):
        raise NotPermitted("您没有查阅存证的权限。")
    verdict = verify()
    with transaction.atomic():
        record("ledger.verified", by=access.user, now=now, checked=verdict.checked, bad_seq=verdict.bad_seq)
    return verdict
