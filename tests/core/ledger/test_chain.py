"""The ledger's chain: sealed in order, verified while others go on sealing; every manipulation is named."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from casework.core import append_only
from casework.core.ledger import chain, queries
from casework.core.ledger.actions import record, seal, seal_all
from casework.core.ledger.chain import Anchor, Verdict, from_lines, to_line, walk
from casework.core.ledger.models import LedgerEntry, LedgerHead
from casework.core.ledger.queries import kept_anchors, sealed_entries, verify
from tests.cast import NOW

pytestmark = pytest.mark.django_db


def note(*actions: str) -> None:
    with transaction.atomic():
        for action in actions:
            record(action, by=None, now=NOW, what="示例")


@pytest.fixture
def ten() -> None:
    note(*(f"a.{number}" for number in range(1, 11)))
    seal()


def as_owner(*statements: str) -> None:
    """What somebody does who owns the database: off with the triggers, then anything."""
    append_only.remove(connection, append_only.Guard("casework_ledgerentry"))
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def test_a_sealed_chain_holds_and_unsealed_entries_wait() -> None:
    note("a.one", "a.two")
    assert seal() == 2
    note("a.three")
    assert verify() == Verdict(2)
    assert LedgerEntry.objects.filter(seq=None).count() == 1


def test_sealing_goes_on_where_it_stopped() -> None:
    note("a.one", "a.two", "a.three")
    assert seal(limit=2) == 2
    assert seal(limit=2) == 1
    assert list(LedgerEntry.objects.order_by("id").values_list("seq", flat=True)) == [1, 2, 3]
    assert verify() == Verdict(3)


def test_seal_all_leaves_nothing_and_keeps_its_bound() -> None:
    note(*(f"a.{number}" for number in range(7)))
    assert seal_all(limit=2, most=4) == 4
    assert seal_all(limit=2) == 3
    assert verify() == Verdict(7)


def test_sealing_asks_no_more_when_more_wait() -> None:
    def asked(count: int) -> int:
        note(*(f"a.{number}" for number in range(count)))
        with CaptureQueriesContext(connection) as captured:
            assert seal() == count
        return len(captured)

    seal()
    assert asked(2) == asked(40) <= 8


def test_what_is_sealed_while_the_chain_is_walked_is_no_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    note("a.one")
    seal()
    plain = chain.digest

    def meanwhile(entry: chain.Sealed, seq: int, previous: str) -> str:
        monkeypatch.setattr(chain, "digest", plain)
        note("a.two")
        seal()
        return plain(entry, seq, previous)

    monkeypatch.setattr(chain, "digest", meanwhile)
    assert verify() == Verdict(1)
    assert verify() == Verdict(2)


@pytest.mark.parametrize(
    ("statements", "seq", "reason"),
    [
        pytest.param(
            ["UPDATE casework_ledgerentry SET payload = '{}' WHERE seq = 4"], 4, "内容与摘要不符", id="edit"
        ),
        pytest.param(
            ["UPDATE casework_ledgerentry SET actor_name = '别人' WHERE seq = 1"],
            1,
            "内容与摘要不符",
            id="edit first",
        ),
        pytest.param(["DELETE FROM casework_ledgerentry WHERE seq = 4"], 4, "缺少记录", id="delete"),
        pytest.param(["DELETE FROM casework_ledgerentry WHERE seq >= 9"], 9, "末尾记录缺失", id="truncate"),
        pytest.param(["DELETE FROM casework_ledgerentry"], 1, "末尾记录缺失", id="truncate all"),
        pytest.param(
            [
                "UPDATE casework_ledgerentry SET seq = 99 WHERE seq = 4",
                "UPDATE casework_ledgerentry SET seq = 4 WHERE seq = 5",
                "UPDATE casework_ledgerentry SET seq = 5 WHERE seq = 99",
            ],
            4,
            "内容与摘要不符",
            id="reorder",
        ),
        pytest.param(
            [
                "UPDATE casework_ledgerentry SET seq = seq + 100 WHERE seq >= 4",
                "UPDATE casework_ledgerentry SET seq = seq - 99 WHERE seq >= 104",
                "INSERT INTO casework_ledgerentry (at, action, clause, actor_name, case_number, object_type,"
                " object_id, payload, seq, prev_hash, hash) SELECT at, 'a.new', clause, actor_name, case_number,"
                " object_type, object_id, payload, 4, prev_hash, hash FROM casework_ledgerentry WHERE seq = 3",
            ],
            4,
            "内容与摘要不符",
            id="insert",
        ),
        pytest.param(
            [
                "INSERT INTO casework_ledgerentry (at, action, clause, actor_name, case_number, object_type,"
                " object_id, payload, seq, prev_hash, hash) SELECT at, 'a.new', clause, actor_name, case_number,"
                " object_type, object_id, payload, 11, hash, hash FROM casework_ledgerentry WHERE seq = 10"
            ],
            11,
            "链首之后多出记录",
            id="insert beyond the head",
        ),
    ],
)
def test_every_manipulation_is_found_at_its_place(
    ten: None, statements: list[str], seq: int, reason: str
) -> None:
    as_owner(*statements)
    verdict = verify()
    assert (verdict.bad_seq, verdict.reason) == (seq, reason)


def rewrite() -> None:
    """The whole chain anew, with one entry changed: every hash and the head fit again."""
    as_owner(
        "UPDATE casework_ledgerentry SET payload = '{}' WHERE seq = 4",
        "UPDATE casework_ledgerentry SET seq = NULL, prev_hash = '', hash = ''",
        f"UPDATE casework_ledgerhead SET seq = 0, hash = '{chain.START}'",
    )
    seal()


def test_a_whole_rewrite_is_found_by_what_others_hold(ten: None) -> None:
    held = Anchor("2026-09-06", 7, LedgerEntry.objects.get(seq=7).hash)
    assert verify([held]) == Verdict(10, anchors=1)
    rewrite()
    assert verify([]) == Verdict(10), "the chain alone cannot know"
    verdict = verify([held])
    assert verdict.bad_seq == 7
    assert "整体改写" in verdict.reason


def test_a_cut_end_with_its_head_is_found_by_what_others_hold(ten: None) -> None:
    held = Anchor("2026-09-06", 10, LedgerEntry.objects.get(seq=10).hash)
    digest = LedgerEntry.objects.get(seq=8).hash
    as_owner(
        "DELETE FROM casework_ledgerentry WHERE seq > 8",
        f"UPDATE casework_ledgerhead SET seq = 8, hash = '{digest}'",
    )
    assert verify([]) == Verdict(8)
    assert verify([held]).bad_seq == 9


def test_a_skipped_hash_would_make_this_proof_fail(ten: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard itself: without the comparison an edit goes unseen, and the test above would say so."""
    as_owner("UPDATE casework_ledgerentry SET payload = '{}' WHERE seq = 4")
    kept = dict(LedgerEntry.objects.values_list("seq", "hash"))
    monkeypatch.setattr(chain, "digest", lambda entry, seq, previous: kept[seq])
    assert verify().bad_seq is None


def test_a_head_without_its_entries_is_said(ten: None) -> None:
    LedgerHead.objects.update(seq=11, hash="f" * 64)
    assert verify() == Verdict(10, 11, "末尾记录缺失")


def test_a_head_with_another_hash_is_said(ten: None) -> None:
    LedgerHead.objects.update(hash="f" * 64)
    assert verify().reason == "与链首摘要不符"


def test_an_export_is_verified_without_the_database(ten: None) -> None:
    lines = [to_line(entry) for entry in sealed_entries()]
    held = [Anchor("2026-09-06", 10, LedgerEntry.objects.get(seq=10).hash)]
    assert walk(from_lines(lines), held) == Verdict(10, anchors=1)
    lines[3] = lines[3].replace("a.4", "a.5")
    assert walk(from_lines(lines), held).bad_seq == 4
    with pytest.raises(ValueError, match="存证"):
        list(from_lines(["{}"]))


def test_long_chains_are_read_in_chunks(monkeypatch: pytest.MonkeyPatch, ten: None) -> None:
    monkeypatch.setattr(queries, "CHUNK", 3)
    assert [entry.seq for entry in sealed_entries()] == list(range(1, 11))
    assert [entry.seq for entry in sealed_entries(7)] == list(range(1, 8))
    assert verify() == Verdict(10)


@pytest.mark.parametrize("statement", ["REPLACE", "INSERT OR REPLACE"])
@pytest.mark.sqlite
def test_replacing_is_deleting(ten: None, statement: str) -> None:
    """SQLite's REPLACE takes a row away by its unique number, and asks nobody unless it is told to."""
    with pytest.raises(Exception, match="append-only"), connection.cursor() as cursor:
        cursor.execute(
            f"{statement} INTO casework_ledgerentry (at, action, clause, actor_name, case_number, object_type,"
            " object_id, payload, seq, prev_hash, hash) SELECT at, 'a.new', clause, actor_name, case_number,"
            " object_type, object_id, payload, 4, prev_hash, hash FROM casework_ledgerentry WHERE seq = 3"
        )


@pytest.mark.postgresql
def test_truncating_is_refused(ten: None) -> None:
    with connection.cursor() as cursor:  # else it is refused for what the test has just written
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(Exception, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE casework_ledgerentry CASCADE")
    assert verify() == Verdict(10)


def test_no_anchor_is_kept_before_one_was_handed_out(ten: None) -> None:
    assert kept_anchors() == []
