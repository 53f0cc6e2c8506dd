"""Several writers and sealers at once: one chain, nothing lost, doubled or forked (R-43). The long form is a proof."""

from functools import partial
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction

from casework.core.ledger.actions import record, seal, seal_all
from casework.core.ledger.chain import Verdict
from casework.core.ledger.models import LedgerEntry, LedgerHead
from casework.core.ledger.queries import verify
from tests.cast import NOW
from tests.racing import race

WRITERS, EACH = 4, 25


def write(writer: int) -> None:
    for number in range(EACH):
        with transaction.atomic():
            record("a.noted", by=None, now=NOW, writer=writer, number=number)


def seal_often() -> int:
    return sum(seal(limit=7) for _ in range(20))


@pytest.mark.sqlite
@pytest.mark.django_db
def test_writers_and_sealers_make_one_chain(tmp_path: Path) -> None:
    writers = [partial(write, writer) for writer in range(WRITERS)]

    def finish() -> Verdict:
        seal_all()
        return verify()

    results = race([*writers, seal_often, seal_often], tmp_path, then=finish)
    assert results[:WRITERS] == [None] * WRITERS
    assert results[-1] == Verdict(WRITERS * EACH)


@pytest.mark.django_db
def test_a_sealer_that_read_an_old_head_cannot_fork_the_chain() -> None:
    """The deliberate break: what a sealer without the head's lock would read is refused by the database."""
    for number in range(2):
        record("a.noted", by=None, now=NOW, number=number)
    first = LedgerHead.objects.get_or_create(pk=1)[0]
    assert seal() == 2
    record("a.noted", by=None, now=NOW, number=2)
    LedgerHead.objects.filter(pk=1).update(seq=first.seq, hash=first.hash)
    with pytest.raises(IntegrityError), transaction.atomic():
        seal()
    assert list(LedgerEntry.objects.order_by("id").values_list("seq", flat=True)) == [1, 2, None]
