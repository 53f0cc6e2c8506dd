"""A dead delivery has an owner and stays in somebody's inbox until it is replayed, handed over or closed."""

from datetime import date, timedelta

import pytest

from casework.core.access import NotPermitted
from casework.core.cases.models import Case
from casework.core.ledger.models import LedgerEntry
from casework.core.outbox import actions, dead_letters, transports
from casework.core.outbox.dead_letters import BadSettlement
from casework.core.outbox.models import Channel, DeadLetter, Delivery, DeliveryState
from casework.core.outbox.rules import Outcome
from casework.core.transitions import StaleState
from portal.accounts.models import Membership, Post
from portal.accounts.roles import PostKind, Role
from tests.cast import NOW, Cast, person
from tests.core.outbox.letters import http_endpoint, kill, letter_to
from tests.core.rooms import make_case

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def case(cast: Cast, version) -> Case:
    return make_case(cast, version)


@pytest.fixture
def dead(cast: Cast, case: Case, monkeypatch) -> DeadLetter:
    http_endpoint(cast.competent)
    letter_to(cast, case, cast.competent)
    return kill(Delivery.objects.get(), monkeypatch)


def a_reminder() -> Delivery:
    return actions.enqueue(
        dedup="reminder:7",
        reference="reminder:7",
        channel=Channel.MAIL,
        endpoint=None,
        address="wang@example.test",
        subject="提醒",
        body="x",
        now=NOW,
    )


# -- whose it is ---------------------------------------------------------------


def test_it_belongs_to_the_department_that_sent_the_letter(dead: DeadLetter, cast: Cast) -> None:
    assert (dead.department, dead.person) == (cast.window, None)
    assert NOW <= dead.died_at < LATER
    entry = LedgerEntry.objects.get(action="delivery.owned")
    assert (entry.department, entry.case_number) == (cast.window, "460400202609070000001")


def test_the_liaison_of_that_day_answers_for_it(cast: Cast, case: Case, monkeypatch) -> None:
    liaison = person("liaison", "示例联络员", (cast.window, Role.LIAISON))
    Post.objects.create(department=cast.window, kind=PostKind.LIAISON, user=liaison)
    http_endpoint(cast.competent)
    letter_to(cast, case, cast.competent)
    assert kill(Delivery.objects.get(), monkeypatch).person == liaison


def test_a_substitute_answers_while_the_liaison_is_gone(cast: Cast, case: Case, monkeypatch) -> None:
    gone = person("gone", "示例离职", (cast.window, Role.LIAISON))
    gone.is_active = False
    gone.save()
    Post.objects.create(department=cast.window, kind=PostKind.LIAISON, user=gone, substitute=cast.clerk)
    http_endpoint(cast.competent)
    letter_to(cast, case, cast.competent)
    assert kill(Delivery.objects.get(), monkeypatch).person == cast.clerk


def test_without_sender_or_without_anybody_there_it_belongs_to_the_administrators(
    cast: Cast, case: Case, monkeypatch
) -> None:
    assert kill(a_reminder(), monkeypatch).department is None
    Membership.objects.filter(department=cast.window).update(valid_to=date(2020, 1, 1))
    http_endpoint(cast.competent)
    letter_to(cast, case, cast.competent)
    assert kill(Delivery.objects.latest("pk"), monkeypatch).department is None


def test_the_sweep_adopts_what_has_no_owner_however_old(cast: Cast) -> None:
    old = a_reminder()
    Delivery.objects.update(state=DeliveryState.DEAD, born_at=NOW - timedelta(days=900))
    assert dead_letters.adopt(now=NOW) == 1
    assert dead_letters.adopt(now=LATER) == 0
    assert DeadLetter.objects.get().delivery == old


# -- until when ----------------------------------------------------------------


def test_a_replay_ends_it_and_another_death_begins_anew(dead: DeadLetter, cast: Cast, monkeypatch) -> None:
    actions.retry(dead.delivery, by=cast.clerk, now=LATER)
    dead.refresh_from_db()
    assert (dead.outcome, dead.closed_at, dead.closed_by) == (DeadLetter.Outcome.REPLAYED, LATER, cast.clerk)
    again = kill(dead.delivery, monkeypatch, now=LATER)
    assert again.pk != dead.pk
    assert again.delivery == dead.delivery


def test_a_late_acceptance_ends_it_by_itself(cast: Cast, case: Case, monkeypatch) -> None:
    """A slow try that succeeds after the row was given up: the receiver has it."""
    http_endpoint(cast.competent)
    letter_to(cast, case, cast.competent)
    delivery = Delivery.objects.get()

    def slow(*_args: object, **_kwargs: object) -> Outcome:
        Delivery.objects.update(state=DeliveryState.DEAD)
        dead_letters.open_for(delivery, NOW)
        return Outcome(ok=True, status="200")

    monkeypatch.setattr(transports, "send", slow)
    actions.deliver(delivery.pk, now=NOW)
    dead = DeadLetter.objects.get()
    assert (dead.outcome, dead.closed_by) == (DeadLetter.Outcome.ACCEPTED, None)


def test_closing_needs_a_reason_and_ends_the_tries(dead: DeadLetter, cast: Cast) -> None:
    for reason, words in (("  ", "说明原因"), ("x" * 201, "200字"), ("请联系13800000000", "手机号码")):
        with pytest.raises(BadSettlement, match=words) as refused:
            dead_letters.close(dead, reason=reason, by=cast.clerk, now=LATER)
        assert refused.value.field == "reason"
    dead_letters.close(dead, reason="对方已在站内认领", by=cast.clerk, now=LATER)
    dead.refresh_from_db()
    assert (dead.outcome, dead.close_reason) == (DeadLetter.Outcome.CLOSED, "对方已在站内认领")
    assert Delivery.objects.get().state == DeliveryState.CLOSED
    assert actions.due_deliveries(LATER + timedelta(days=99)) == []
    assert "对方已在站内认领" in LedgerEntry.objects.get(action="delivery.closed").payload
    with pytest.raises(StaleState):
        dead_letters.close(dead, reason="再次", by=cast.clerk, now=LATER)
    with pytest.raises(StaleState):
        actions.retry(dead.delivery, by=cast.sysadmin, now=LATER)


# -- by whom -------------------------------------------------------------------


@pytest.mark.parametrize("who", ["stranger", "supervisor", "chief", "auditor", "evaluator", "editor"])
def test_others_may_neither_close_assign_nor_replay(who: str, dead: DeadLetter, cast: Cast) -> None:
    by = getattr(cast, who)
    with pytest.raises(NotPermitted):
        dead_letters.close(dead, reason="x", by=by, now=LATER)
    with pytest.raises(NotPermitted):
        dead_letters.assign(dead, person=cast.clerk, by=by, now=LATER)
    with pytest.raises(NotPermitted):
        actions.retry(dead.delivery, by=by, now=LATER)
    assert DeadLetter.objects.get().closed_at is None


def test_an_administrator_replays_and_passes_on_but_does_no_business(dead: DeadLetter, cast: Cast) -> None:
    with pytest.raises(NotPermitted):
        dead_letters.close(dead, reason="x", by=cast.sysadmin, now=LATER)
    dead_letters.assign(dead, person=cast.clerk, by=cast.sysadmin, now=LATER)
    actions.retry(dead.delivery, by=cast.sysadmin, now=LATER)


def test_an_administrator_closes_what_has_no_sender(cast: Cast, monkeypatch) -> None:
    dead = kill(a_reminder(), monkeypatch)
    with pytest.raises(NotPermitted):
        dead_letters.close(dead, reason="x", by=cast.clerk, now=LATER)
    dead_letters.close(dead, reason="地址已作废", by=cast.sysadmin, now=LATER)
    assert not DeadLetter.objects.filter(closed_at=None).exists()


def test_it_is_passed_on_only_to_somebody_who_can_settle_it(dead: DeadLetter, cast: Cast) -> None:
    with pytest.raises(BadSettlement) as refused:
        dead_letters.assign(dead, person=cast.supervisor, by=cast.clerk, now=LATER)
    assert refused.value.field == "person"
    colleague = person("colleague", "示例同事", (cast.window, Role.WINDOW_CLERK))
    seen_before = DeadLetter.objects.get()
    dead_letters.assign(dead, person=colleague, by=cast.clerk, now=LATER)
    assert DeadLetter.objects.get().person == colleague
    assert f'"responsible":{colleague.pk}' in LedgerEntry.objects.get(action="delivery.assigned").payload
    with pytest.raises(StaleState):  # who saw it without an owner was overtaken
        dead_letters.assign(seen_before, person=cast.clerk, by=cast.clerk, now=LATER)
