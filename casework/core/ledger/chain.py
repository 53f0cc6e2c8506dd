"""The hash chain, pure: what is hashed, how a chain is walked, what an anchor proves. No database.

Whoever holds an export and the anchors can verify with this file alone and the standard library
(the signature of an anchor needs Ed25519).
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

START = "0" * 64  # the hash before the first entry
_ENCODE = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str).encode


def canonical(payload: Mapping[str, Any]) -> str:
    """JSON with sorted keys, no blanks, text as written: the same facts give the same bytes."""
    return _ENCODE(payload)


class Sealed(NamedTuple):
    """The facts of one entry, in the order in which they are read and exported. ``at`` is aware."""

    seq: int
    prev_hash: str
    hash: str
    at: datetime
    action: str
    actor: int | None
    actor_name: str
    department: int | None
    case: str
    clause: str
    object_type: str
    object_id: str
    payload: str


def digest(entry: Sealed, seq: int, prev_hash: str) -> str:
    """SHA-256 over the entry's facts, its place and the hash before it (64 hex characters)."""
    facts = {
        "action": entry.action,
        "actor": entry.actor,
        "actor_name": entry.actor_name,
        "at": entry.at.astimezone(UTC).isoformat(),
        "case": entry.case,
        "clause": entry.clause,
        "department": entry.department,
        "object": f"{entry.object_type}:{entry.object_id}",
        "payload": entry.payload,
        "prev": prev_hash,
        "seq": seq,
    }
    return hashlib.sha256(_ENCODE(facts).encode()).hexdigest()


@dataclass(frozen=True)
class Verdict:
    """Result of a verification: entries checked, and the first bad place (None = the chain holds)."""

    checked: int
    bad_seq: int | None = None
    reason: str = ""
    anchors: int = 0


@dataclass(frozen=True)
class Anchor:
    """A head that was handed outside on a day: whoever rewrites the chain cannot rewrite this."""

    day: str
    seq: int
    hash: str


def walk(entries: Iterable[Sealed], anchors: Iterable[Anchor] = ()) -> Verdict:
    """Follow the chain from its start: place, link and hash of each entry, and each anchor where it stands.

    Names the first bad entry. An anchor beyond the last entry means that the end was cut off.
    """
    waiting = _by_seq(anchors)
    seen, previous, seq = 0, START, 0
    for entry in entries:
        seq += 1
        if entry.seq != seq:
            return Verdict(seq - 1, seq, "缺少记录" if entry.seq > seq else "序号重复", seen)
        if entry.prev_hash != previous or entry.hash != digest(entry, seq, previous):
            return Verdict(seq - 1, seq, "内容与摘要不符", seen)
        for anchor in waiting.pop(seq, ()):
            if anchor.hash != entry.hash:
                return Verdict(seq - 1, seq, f"与{anchor.day}对外留存的链首不符，存证链被整体改写", seen)
            seen += 1
        previous = entry.hash
    for place in sorted(waiting):
        first = waiting[place][0]
        if place > 0 or first.hash != START:
            return Verdict(seq, seq + 1, f"末尾记录缺失：{first.day}对外留存时已有{place}项", seen)
        seen += len(waiting[place])
    return Verdict(seq, anchors=seen)


def _by_seq(anchors: Iterable[Anchor]) -> dict[int, list[Anchor]]:
    found: dict[int, list[Anchor]] = {}
    for anchor in anchors:
        found.setdefault(anchor.seq, []).append(anchor)
    return found


def to_line(entry: Sealed) -> str:
    """One line of an export."""
    return _ENCODE([*entry[:3], entry.at.astimezone(UTC).isoformat(), *entry[4:]])


def from_lines(lines: Iterable[str]) -> Iterator[Sealed]:
    """The entries of an export. Raises ``ValueError`` for a line that is none."""
    for line in lines:
        values = json.loads(line)
        if not isinstance(values, list) or len(values) != len(Sealed._fields):
            raise ValueError("这一行不是存证记录")
        values[3] = datetime.fromisoformat(values[3])
        yield Sealed(*values)
