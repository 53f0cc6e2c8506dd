"""Read and verify the ledger."""

from dataclasses import dataclass

from casework.core.ledger.actions import digest
from casework.core.ledger.models import LedgerEntry, LedgerHead


@dataclass(frozen=True)
class Verdict:
    """Result of a verification: entries checked, and the first bad place (None = the chain holds)."""

    checked: int
    bad_seq: int | None = None
    reason: str = ""


def verify() -> Verdict:
    """Walk the chain from its start and compare each hash, each link and the head."""
    seq, previous = 0, "0" * 64
    for entry in LedgerEntry.objects.exclude(seq=None).order_by("seq").iterator(chunk_size=2000):
        seq += 1
        if entry.seq != seq:
            return Verdict(seq - 1, seq, "缺少记录")
        if entry.prev_hash != previous or entry.hash != digest(entry, seq, previous):
            return Verdict(seq - 1, seq, "内容与摘要不符")
        previous = entry.hash
    head = LedgerHead.objects.filter(pk=1).first()
    if head is not None and (head.seq, head.hash) != (seq, previous):
        return Verdict(seq, seq + 1, "末尾记录缺失")
    return Verdict(seq)
