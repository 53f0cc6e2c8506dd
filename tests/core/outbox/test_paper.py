"""A letter handed over on paper: with proof, it ends the retrying and moves no delivered moment."""

from datetime import timedelta

import pytest

from casework.core.access import NotPermitted
from casework.core.files.actions import FileRefused
from casework.core.files.models import StoredFile
from casework.core.ledger.models import LedgerEntry
from casework.core.letters.models import Recipient
from casework.core.outbox import actions, paper
from casework.core.outbox.models import DeadLetter, Delivery, DeliveryState, PaperDelivery
from casework.core.outbox.paper import BadPaper
from casework.core.transitions import StaleState
from tests.cast import NOW, Cast
from tests.core.outbox.letters import http_endpoint, kill, letter_to
from tests.core.rooms import make_case, upload

pytestmark = pytest.mark.django_db
HANDED = NOW + timedelta(hours=2)
LATER = NOW + timedelta(hours=5)


@pytest.fixture
def recipient(cast: Cast, version) -> Recipient:
    http_endpoint(cast.competent)
    return letter_to(cast, make_case(cast, version), cast.competent)


def hand_over(recipient: Recipient, cast: Cast, **changes: object) -> PaperDelivery:
    facts = {
        "receiver": " 示例签收人 ",
        "handed_at": HANDED,
        "receipt": upload("回执.pdf"),
        "by": cast.clerk,
        "now": LATER,
    }
    return paper.hand_over(recipient, **{**facts, **changes})


def test_it_is_a_fact_with_actor_time_and_proof(recipient: Recipient, cast: Cast) -> None:
    made = hand_over(recipient, cast)
    assert (made.receiver, made.handed_at) == ("示例签收人", HANDED)
    assert (made.recorded_by, made.recorded_at) == (cast.clerk, LATER)
    assert made.receipt.purpose == paper.PURPOSE
    entry = LedgerEntry.objects.get(action="delivery.handed_over")
    assert (entry.clause, entry.case_number) == ("9.1", recipient.letter.case.number)
    assert made.receipt.sha256 in entry.payload
    assert "示例签收人" not in entry.payload  # the ledger holds no personal data


def test_it_ends_the_retrying(recipient: Recipient, cast: Cast) -> None:
    hand_over(recipient, cast)
    assert Delivery.objects.get().state == DeliveryState.PAPER
    assert actions.due_deliveries(LATER + timedelta(days=99)) == []
    assert actions.deliver(Delivery.objects.get().pk, now=LATER + timedelta(days=99)) is None


def test_it_settles_a_dead_delivery(recipient: Recipient, cast: Cast, monkeypatch) -> None:
    dead = kill(Delivery.objects.get(), monkeypatch)
    hand_over(recipient, cast)
    dead.refresh_from_db()
    assert (dead.outcome, dead.closed_by) == (DeadLetter.Outcome.PAPER, cast.clerk)
    with pytest.raises(StaleState):
        actions.retry(dead.delivery, by=cast.sysadmin, now=LATER)


def test_it_never_moves_a_delivered_moment(recipient: Recipient, cast: Cast) -> None:
    Delivery.objects.update(state=DeliveryState.SENT, sent_at=NOW)
    hand_over(recipient, cast)
    assert Recipient.objects.get().delivered_at == NOW
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.sent_at) == (DeliveryState.SENT, NOW)


def test_it_is_recorded_once(recipient: Recipient, cast: Cast) -> None:
    hand_over(recipient, cast)
    with pytest.raises(StaleState):
        hand_over(recipient, cast)
    assert PaperDelivery.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"receiver": "  "}, "receiver", "签收人"),
        ({"receiver": "甲" * 61}, "receiver", "60字"),
        ({"receiver": "示例 13800000000"}, "receiver", "手机号码"),
        ({"handed_at": LATER + timedelta(minutes=1)}, "handed_at", "晚于现在"),
        ({"handed_at": NOW - timedelta(minutes=1)}, "handed_at", "早于函件发出时间"),
    ],
)
def test_it_rejects_what_cannot_be(
    recipient: Recipient, cast: Cast, changes: dict[str, object], field: str, words: str
) -> None:
    with pytest.raises(BadPaper, match=words) as refused:
        hand_over(recipient, cast, **changes)
    assert refused.value.field == field
    assert not PaperDelivery.objects.exists()
    assert not StoredFile.objects.exists()


def test_the_receipt_passes_the_checks_of_every_file(recipient: Recipient, cast: Cast) -> None:
    with pytest.raises(FileRefused):
        hand_over(recipient, cast, receipt=upload("回执.pdf", b"no pdf at all"))
    assert Delivery.objects.get().state == DeliveryState.NEW


@pytest.mark.parametrize("who", ["stranger", "handler", "supervisor", "sysadmin", "auditor"])
def test_it_requires_the_sending_department(who: str, recipient: Recipient, cast: Cast) -> None:
    with pytest.raises(NotPermitted):
        hand_over(recipient, cast, by=getattr(cast, who))
