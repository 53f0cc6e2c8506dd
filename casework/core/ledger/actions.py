"""Write the ledger: rows in the action's transaction, sealed afterwards into a chain."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from django.db import models, transaction

from casework.core.ledger.models import LedgerEntry, LedgerHead
from portal.accounts.models import Department, User

PLATFORM = "平台"


def canonical(payload: dict[str, Any]) -> str:
    """JSON with sorted keys, no blanks, text as written: the same facts give the same bytes."""
    return json.dumps(payload, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)


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

    ``action`` is "room.verb" (``supervision.claimed``). ``payload`` must hold no personal data.
    Raises ``RuntimeError`` outside a transaction.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a ledger entry belongs into its action's transaction")
    return LedgerEntry.objects.create(
        at=now,
        action=action,
        clause=clause,
        actor=by,
        actor_name=str(by) if by else PLATFORM,
        department=department,
        case_number=case_number,
        object_type=(obj._meta.model_name or "") if obj is not None else "",
        object_id=str(obj.pk) if obj is not None else "",
        payload=canonical(payload),
    )


def digest(entry: LedgerEntry, seq: int, prev_hash: str) -> str:
    """SHA-256 over the entry's facts, its place and the hash before it (64 hex characters)."""
    facts = {
        "action": entry.action,
        "actor": entry.actor_id,
        "actor_name": entry.actor_name,
        "at": entry.at.astimezone(UTC).isoformat(),
        "case": entry.case_number,
        "clause": entry.clause,
        "department": entry.department_id,
        "object": f"{entry.object_type}:{entry.object_id}",
        "payload": entry.payload,
        "prev": prev_hash,
        "seq": seq,
    }
    return hashlib.sha256(canonical(facts).encode()).hexdigest()


def seal(*, limit: int = 1000) -> int:
    """Give place and hash to up to ``limit`` entries that have none; return how many (rows).

    One head row is locked, so that two sealers never fork the chain. Insertion order is not commit
    order: an entry is sealed when it is seen, not when it was numbered by the database.
    """
    with transaction.atomic():
        LedgerHead.objects.get_or_create(pk=1)
        head = LedgerHead.objects.select_for_update().get(pk=1)
        entries = list(LedgerEntry.objects.filter(seq=None).order_by("id")[:limit])
        for entry in entries:
            seq, previous = head.seq + 1, head.hash
            entry.seq, entry.prev_hash, entry.hash = seq, previous, digest(entry, seq, previous)
            head.seq, head.hash = seq, entry.hash
        LedgerEntry.objects.bulk_update(entries, ["seq", "prev_hash", "hash"], batch_size=200)
        head.save(update_fields=["seq", "hash"])
    return len(entries)
