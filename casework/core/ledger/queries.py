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
    """Walk the chain from its start to the present head and compare each hash, each link and the head.

    The head is read first: what is sealed while this walks belongs to the next verification. Call it
    outside a transaction, a long chain takes a while.
    """
    head = LedgerHead.objects.filter(pk=1).first()
    sealed = LedgerEntry.objects.exclude(seq=None).order_by("seq")
    if head is not None:
        sealed = sealed.filter(seq__lte=head.seq)
    seq, previous = 0, "0" * 64
    for entry in sealed.iterator(chunk_size=2000):
        seq += 1
        if entry.seq != seq:
            return Verdict(seq - 1, seq, "缺少记录")
        if entry.prev_hash != previous or entry.hash != digest(entry, seq, previous):
            return Verdict(seq - 1, seq, "内容与摘要不符")
        previous = entry.hash
    if head is not None and (head.seq, head.hash) != (seq, previous):
        return Verdict(seq, seq + 1, "末尾记录缺失")
    return Verdict(seq)
