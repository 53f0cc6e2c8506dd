"""Write the ledger: rows in the action's transaction, sealed afterwards into a chain."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, models, transaction
from django.utils import timezone

from casework.core.ledger.chain import Sealed, canonical, digest
from casework.core.ledger.models import SEALED_FIELDS, LedgerEntry, LedgerHead
from portal.accounts.models import Department, User

PLATFORM = "平台"


# One statement for many rows: the trigger lets each be sealed once, and only once.
_SEAL = "UPDATE casework_ledgerentry SET seq = %s, prev_hash = %s, hash = %s WHERE id = %s"


def record(
    action: str,
    *,
    by: User | None,
    now: datetime,
    clause: str = "",
    department: Department | None = None,
    case_number: str = "",
    obj: models.Model | None = None,
    **payload: Any,
) -> LedgerEntry:
    """Append one fact in the caller's transaction; ``by=None`` is the platform itself.

    ``action`` is "room.verb" (``supervision.claimed``). ``payload`` must hold no personal data. A substitute
    signs 「乙（代甲）」, and the payload says for whom.
    Raises ``RuntimeError`` outside a transaction.
    """
    made = entry(
        action,
        by=by,
        now=now,
        clause=clause,
        department=department,
        case_number=case_number,
        obj=obj,
        **payload,
    )
    append([made])
    return made


def append(entries: Sequence[LedgerEntry]) -> None:
    """Append many facts, made by ``entry``, with one statement. Raises ``RuntimeError`` outside a transaction."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a ledger entry belongs into its action's transaction")
    LedgerEntry.objects.bulk_create(entries)


def entry(
    action: str,
    *,
    by: User | None,
    now: datetime,
    clause: str = "",
    department: Department | None = None,
    case_number: str = "",
    obj: models.Model | None = None,
    **payload: Any,
) -> LedgerEntry:
    """One fact as ``record`` says, not yet appended; it is the successor's when the department has ended."""
    if by is not None and by.acting_for_id is not None:
        payload["acting_for"] = by.acting_for_id
    return LedgerEntry(
        at=now,
        action=action,
        clause=clause,
        actor=by,
        actor_name=by.signature if by else PLATFORM,
        department=department.acting_on(timezone.localdate(now)) if department else None,
        case_number=case_number,
        object_type=(obj._meta.model_name or "") if obj is not None else "",
        object_id=str(obj.pk) if obj is not None else "",
        payload=canonical(payload),
    )


@transaction.atomic
def seal(*, limit: int = 1000) -> int:
    """Give place and hash to up to ``limit`` entries that have none; return how many (rows).

    One head row is locked, so that two sealers never fork the chain. Insertion order is not commit
    order: an entry is sealed when it is seen, not when it was numbered by the database.
    """
    LedgerHead.objects.get_or_create(pk=1)
    head = LedgerHead.objects.select_for_update().get(pk=1)
    rows = LedgerEntry.objects.filter(seq=None).order_by("id").values_list("id", *SEALED_FIELDS)[:limit]
    sealed = []
    for pk, *values in rows:
        head.seq, previous = head.seq + 1, head.hash
        head.hash = digest(Sealed(*values), head.seq, previous)
        sealed.append((head.seq, previous, head.hash, pk))
    with connection.cursor() as cursor:
        cursor.executemany(_SEAL, sealed)
    head.save(update_fields=["seq", "hash"])
    return len(sealed)


def seal_all(*, limit: int = 1000, most: int = 50_000) -> int:
    """``seal`` in short transactions until nothing waits, at most ``most`` entries; return how many."""
    done = 0
    while done < most and (sealed := seal(limit=limit)):
        done += sealed
    return done
