"""Several writers and sealers at once: one chain, nothing lost, doubled or forked (R-43). The long form is a proof."""

from functools import partial
from pathlib import Path

import pytest
from django.db import transaction

from casework.core.ledger.actions import record, seal, seal_all
from casework.core.ledger.chain import Verdict
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
