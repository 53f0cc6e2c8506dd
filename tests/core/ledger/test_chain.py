"""The ledger's chain: sealed in order, verified while others go on sealing."""

import pytest
from django.db import connection, transaction

from casework.core.ledger import queries
from casework.core.ledger.actions import digest, record, seal
from casework.core.ledger.models import LedgerEntry, LedgerHead
from casework.core.ledger.queries import verify
from tests.cast import NOW

pytestmark = pytest.mark.django_db


def note(*actions: str) -> None:
    with transaction.atomic():
        for action in actions:
            record(action, by=None, now=NOW)


def test_a_sealed_chain_holds_and_unsealed_entries_wait() -> None:
    note("a.one", "a.two")
    assert seal() == 2
    note("a.three")
    assert verify() == queries.Verdict(2)
    assert LedgerEntry.objects.filter(seq=None).count() == 1


def test_sealing_goes_on_where_it_stopped() -> None:
    note("a.one", "a.two", "a.three")
    assert seal(limit=2) == 2
    assert seal(limit=2) == 1
    assert list(LedgerEntry.objects.order_by("id").values_list("seq", flat=True)) == [1, 2, 3]
    assert verify() == queries.Verdict(3)


def test_what_is_sealed_while_the_chain_is_walked_is_no_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    note("a.one")
    seal()

    def meanwhile(entry: LedgerEntry, seq: int, previous: str) -> str:
        monkeypatch.setattr(queries, "digest", digest)
        note("a.two")
        seal()
        return digest(entry, seq, previous)

    monkeypatch.setattr(queries, "digest", meanwhile)
    assert verify() == queries.Verdict(1)
    assert verify() == queries.Verdict(2)


def test_a_head_without_its_entries_is_said() -> None:
    note("a.one")
    seal()
    LedgerHead.objects.update(seq=2, hash="f" * 64)
    assert verify() == queries.Verdict(1, 2, "末尾记录缺失")


def test_verification_on_request_holds_no_transaction_while_it_reads(
    cast, sign_in, monkeypatch: pytest.MonkeyPatch
) -> None:
    depth = len(connection.savepoint_ids)
    seen = []

    def watch() -> queries.Verdict:
        seen.append(len(connection.savepoint_ids))
        return queries.Verdict(0)

    monkeypatch.setattr("casework.desk.actions.verify", watch)
    assert sign_in(cast.auditor).post("/desk/ledger/verify/").status_code == 302
    assert seen == [depth]
