"""Verify the whole chain in the background and keep what was found; nobody waits in a web request."""

from datetime import datetime
from functools import partial

from django.db import transaction

from casework.core.access import Access, Can, NotPermitted
from casework.core.background import long_task
from casework.core.ledger.actions import record
from casework.core.ledger.models import LedgerCheck
from casework.core.ledger.queries import verify

JOB = "portal.jobs.check_ledger"


@transaction.atomic
def ask(access: Access, *, now: datetime) -> LedgerCheck:
    """Let the platform verify the chain for an auditor. Raises ``NotPermitted``."""
    if not access.can(Can.READ_LEDGER):
        raise NotPermitted("您没有查阅存证的权限。")
    check = LedgerCheck.objects.create(asked_at=now, asked_by=access.user)
    record("ledger.check_asked", by=access.user, now=now, obj=check)
    transaction.on_commit(partial(long_task, JOB, check.pk), robust=True)
    return check


def carry_out(check: LedgerCheck, *, now: datetime) -> LedgerCheck:
    """Walk the chain and put the verdict on record; a check that was carried out stays as it is.

    Only the record is written in a transaction: nobody waits for a lock while a long chain is read.
    """
    verdict = verify()
    with transaction.atomic():
        found = {
            "done_at": now,
            "checked": verdict.checked,
            "anchors": verdict.anchors,
            "bad_seq": verdict.bad_seq,
            "reason": verdict.reason,
        }
        if LedgerCheck.objects.filter(pk=check.pk, done_at=None).update(**found):
            record(
                "ledger.verified",
                by=None,
                now=now,
                obj=check,
                checked=verdict.checked,
                anchors=verdict.anchors,
                bad_seq=verdict.bad_seq,
            )
    check.refresh_from_db()
    return check


def open_checks() -> list[int]:
    """Ids of checks that were asked for and not carried out: a lost doorbell loses no check."""
    return list(LedgerCheck.objects.filter(done_at=None).order_by("pk").values_list("pk", flat=True))


def nightly(*, now: datetime) -> LedgerCheck:
    """The platform's own check of the night."""
    return carry_out(LedgerCheck.objects.create(asked_at=now), now=now)
