"""Read and verify the ledger."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Max

from casework.core.ledger.chain import Anchor, Sealed, Verdict, walk
from casework.core.ledger.models import SEALED_FIELDS, LedgerAnchor, LedgerEntry, LedgerHead

UNSEALED_ALARM = timedelta(minutes=5)
CHUNK = 5000  # rows read at a time


def sealed_entries(up_to: int | None = None) -> Iterator[Sealed]:
    """Every sealed entry in its order, up to a place; read in chunks by place, whatever the length."""
    last = 0
    while True:
        rows = LedgerEntry.objects.filter(seq__gt=last).order_by("seq").values_list(*SEALED_FIELDS)
        if up_to is not None:
            rows = rows.filter(seq__lte=up_to)
        found = list(rows[:CHUNK])
        for values in found:
            yield Sealed(*values)
        if len(found) < CHUNK:
            return
        last = found[-1][0]


def kept_anchors() -> list[Anchor]:
    """The anchors that the platform itself remembers; the proof are those outside (``verify_ledger --anchors``)."""
    rows = LedgerAnchor.objects.order_by("day").values_list("day", "seq", "hash")
    return [Anchor(day.isoformat(), seq, digest) for day, seq, digest in rows]


def verify(anchors: list[Anchor] | None = None) -> Verdict:
    """Walk the chain from its start to the present head; compare each hash, each link, the head, each anchor.

    The head is read first: what is sealed while this walks belongs to the next verification. Call it
    outside a transaction, a long chain takes a while. ``anchors`` None means those kept here.
    """
    head = LedgerHead.objects.filter(pk=1).first() or LedgerHead()
    verdict = walk(sealed_entries(head.seq), kept_anchors() if anchors is None else anchors)
    if verdict.bad_seq is not None:
        return verdict
    if verdict.checked != head.seq:
        return Verdict(verdict.checked, verdict.checked + 1, "末尾记录缺失", verdict.anchors)
    if head.seq and head.hash != LedgerEntry.objects.values_list("hash", flat=True).get(seq=head.seq):
        return Verdict(head.seq - 1, head.seq, "与链首摘要不符", verdict.anchors)
    return _beyond(verdict)


def _beyond(verdict: Verdict) -> Verdict:
    """Nothing may stand beyond the head; both are read in this order, because they grow together."""
    last = LedgerEntry.objects.aggregate(last=Max("seq"))["last"] or 0
    head = LedgerHead.objects.filter(pk=1).values_list("seq", flat=True).first() or 0
    return (
        verdict if last <= head else Verdict(verdict.checked, head + 1, "链首之后多出记录", verdict.anchors)
    )


def oldest_unsealed(now: datetime) -> datetime | None:
    """When the oldest entry was made that waits for its seal for more than five minutes; None if none does.

    One look at the first row of the index of unsealed ones, however many there are.
    """
    first = LedgerEntry.objects.filter(seq=None).order_by("id").values_list("at", flat=True).first()
    return first if first is not None and first < now - UNSEALED_ALARM else None


def unsealed_alarm(now: datetime) -> str:
    """What auditors and system administrators must know about the sealing, in Chinese; "" while all is well."""
    oldest = oldest_unsealed(now)
    if oldest is None:
        return ""
    minutes = int((now - oldest).total_seconds() // 60)
    return f"存证已有{minutes}分钟没有封存。记录没有丢失，但在封存之前不能证明未被改动；请检查后台任务。"
