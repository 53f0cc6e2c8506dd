"""Several people at the same act (R-31), on a database file with a connection each; see tests/bench/contested.py."""

import re
import uuid

import pytest

from casework.core.cases.actions import next_number
from casework.core.letters.actions import next_document_number
from casework.core.once import Sending, once
from casework.core.transitions import StaleState
from casework.models import Case, Decision, Duty, LedgerEntry, Opinion, Recipient, SentForm, Transition
from tests import steps
from tests.cast import NOW
from tests.contested import approvals, claims, only_sqlite, signatures
from tests.racing import race
from tests.supervision.world import pushed

pytestmark = [pytest.mark.django_db, only_sqlite]
PEOPLE = 8


def told(results: list[object]) -> int:
    """How many were told that somebody was faster; any other failure is raised."""
    for result in results:
        if isinstance(result, Exception) and not isinstance(result, StaleState):
            raise result
    return sum(isinstance(result, StaleState) for result in results)


def test_one_of_many_claims_wins_and_nothing_is_doubled(cast, version, tmp_path) -> None:
    push = pushed(cast, version)

    def look() -> tuple[int, ...]:
        return (
            Transition.objects.filter(object_type="resultpush", object_id=str(push.pk)).count(),
            LedgerEntry.objects.filter(action="letter.claimed").count(),
            Recipient.objects.filter(pk=push.recipient_id, claimed_at__isnull=False).count(),
            Duty.objects.filter(key=f"register:push:{push.pk}").count(),
        )

    *results, seen = race(claims(push, cast.supervisor, PEOPLE), tmp_path, then=look)
    assert told(results) == PEOPLE - 1
    assert seen == (1, 1, 1, 1)


def test_one_of_many_approvals_wins(cast, version, tmp_path) -> None:
    case = steps.proposed(cast, version)

    def look() -> tuple[int, int]:
        return (
            Decision.objects.filter(approved_at__isnull=False).count(),
            Duty.objects.filter(key=f"issue:case:{case.pk}").count(),
        )

    *results, seen = race(approvals(case, cast.chief, PEOPLE), tmp_path, then=look)
    assert told(results) == PEOPLE - 1
    assert seen == (1, 1)


def test_one_of_many_signatures_wins(cast, version, tmp_path) -> None:
    circulation = steps.drafted(cast, steps.circulating(cast, version), "a")

    def look() -> tuple[int, int]:
        return (
            Opinion.objects.filter(signed_at__isnull=False).count(),
            LedgerEntry.objects.filter(action="approval.opinion_signed").count(),
        )

    *results, seen = race(signatures(circulation, cast.leader_a, PEOPLE), tmp_path, then=look)
    assert told(results) == PEOPLE - 1
    assert seen == (1, 1)


def test_numbers_come_without_gap_and_without_double(cast, tmp_path) -> None:
    acts = [lambda: next_document_number("示例字", NOW)] * PEOPLE + [lambda: next_number(NOW)] * PEOPLE
    results = [str(result) for result in race(acts, tmp_path)]
    documents = sorted(int(re.search(r"(\d+)号", text).group(1)) for text in results[:PEOPLE])
    assert documents == list(range(1, PEOPLE + 1))
    assert sorted(int(text[-5:]) for text in results[PEOPLE:]) == list(range(1, PEOPLE + 1))


def test_the_same_form_sent_at_once_comes_in_once_with_one_answer(cast, version, tmp_path) -> None:
    sending = Sending(uuid.uuid4(), "the same")

    def send() -> str:
        return once(sending, lambda: steps.received(cast, version).number, by=cast.clerk, now=NOW)

    def look() -> tuple[int, int]:
        return Case.objects.count(), SentForm.objects.count()

    *answers, seen = race([send] * 4, tmp_path, then=look)
    assert len(set(answers)) == 1
    assert seen == (1, 1)
