"""The long proofs of ``tests/bench`` in their short form, and once without the guard that each is about.

Real processes on a database of their own: SQLite here, both engines under ``make prove``. Nothing depends on how long a
thing takes.
"""

from pathlib import Path

import pytest

from tests.bench import kills, poison, throughput, two_clusters
from tests.bench._kill_points_names import NAMES
from tests.bench._outbox import Product, Proof, Receiver, fresh

pytestmark = [pytest.mark.slow, pytest.mark.sqlite]


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'proof.sqlite3'}"


@pytest.fixture
def five(monkeypatch) -> None:
    """Five of the points: one kill each."""
    monkeypatch.setattr(kills, "USED", [NAMES[place] for place in (0, 3, 4, 7, 8)])


def test_five_kills_lose_nothing_and_double_nothing(url: str, tmp_path: Path, five: None) -> None:
    found = kills.prove(url, tmp_path, each_point=1, clusters=0, workers=5)
    assert (sum(found["kills"].values()), sum(found["workers"].values())) == (5, 5)
    assert found["effects"] == found["rows"]


@pytest.mark.parametrize(("guard", "seen"), [("lease", "not accounted for"), ("identity", "lost")])
def test_the_kills_notice_a_missing_guard(
    guard: str, seen: str, url: str, tmp_path: Path, five: None
) -> None:
    with pytest.raises(Proof, match=seen):
        kills.prove(url, tmp_path, each_point=1, clusters=0, weak=guard)


def test_two_clusters_send_each_message_once(url: str, tmp_path: Path) -> None:
    assert two_clusters.prove(url, tmp_path, tasks=40, longest=300)["messages"] == 40


def test_two_clusters_without_a_lease_do_not(url: str, tmp_path: Path) -> None:
    with pytest.raises(Proof, match="messages"):
        two_clusters.prove(url, tmp_path, tasks=40, longest=300, weak="lease")


def test_poison_does_not_push_the_others_back(url: str, tmp_path: Path) -> None:
    clean, poisoned = poison.measure(url, tmp_path, rounds=1, each=120, one_in=20)
    assert poison.ratios(clean, poisoned)[1] <= poison.LIMIT
    assert poisoned[0].flood <= poison.FLOOD


def test_poison_without_back_off_floods(url: str, tmp_path: Path) -> None:
    _, poisoned = poison.measure(url, tmp_path, rounds=1, each=300, one_in=10, weak="back-off")
    assert poisoned[0].flood > poison.FLOOD


def test_what_is_fast_still_has_its_try_receipt_and_entry(url: str, tmp_path: Path) -> None:
    """``measure`` raises when a message lacks one of them."""
    bare, ours = throughput.measure(url, tmp_path, rounds=1, each=100)
    assert bare[0] > 0 < ours[0]


def test_a_cluster_that_is_stopped_politely_leaves_nothing_half_done(url: str, tmp_path: Path) -> None:
    fresh(tmp_path, url)
    with Receiver(tmp_path) as receiver:
        product = Product(tmp_path, url, receiver)
        with product.hand() as hand:
            cluster = product.cluster()
            hand.ask("pile", prefix="row", addresses=[receiver.url("wait/200")] * 300)
            kills.wait_for_messages(receiver, 20)
            cluster.terminate()
            assert cluster.wait(timeout=60) == 0
            facts = hand.ask("facts")
    assert facts["held"] == 0
    assert facts["tries"] == facts["counted"] == facts["ok"] == len(receiver.messages())
