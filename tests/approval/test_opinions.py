"""Draft, sign and send back a unit's opinion (7.3)."""

import pytest
from django.db import IntegrityError, transaction

from casework.approval import actions, queries
from casework.core.access import NotPermitted
from casework.core.transitions import StaleState
from casework.models import Circulation, CirculationState, Duty, DutyState, LedgerEntry, Opinion
from portal.accounts.models import Membership
from portal.accounts.roles import Role
from tests import steps
from tests.cast import at

OPINION = {"outcome": "agree", "reasons": "符合条件", "basis": "《示例条例》第一条"}


@pytest.fixture
def waiting(cast, version):
    return steps.circulating(cast, version).circulations.get(unit=cast.unit_a)


def test_a_draft_waits_for_the_leader_and_does_not_count(cast, waiting):
    opinion = actions.draft_opinion(waiting, **OPINION, by=cast.reviewer_a, now=at(9, 8))
    assert waiting.state == CirculationState.DRAFTED
    assert (opinion.version, opinion.drafted_by, opinion.signed_by) == (1, cast.reviewer_a, None)
    assert queries.current_opinion(Circulation.objects.get(pk=waiting.pk)) is None
    assert Duty.objects.get(key=f"opinion:circulation:{waiting.pk}").state == DutyState.OPEN
    assert LedgerEntry.objects.get(action="approval.opinion_drafted").department == cast.unit_a


def test_the_signature_makes_it_the_units_opinion_and_meets_the_duty(cast, waiting):
    actions.draft_opinion(waiting, **OPINION, by=cast.reviewer_a, now=at(9, 8))
    opinion = actions.sign_opinion(waiting, by=cast.leader_a, now=at(9, 9))
    assert (opinion.signed_by, opinion.signed_at) == (cast.leader_a, at(9, 9))
    assert queries.current_opinion(Circulation.objects.get(pk=waiting.pk)) == opinion
    duty = Duty.objects.get(key=f"opinion:circulation:{waiting.pk}")
    assert (duty.state, duty.closed_by) == (DutyState.MET, cast.leader_a)
    assert LedgerEntry.objects.get(action="approval.opinion_signed").clause == "7.3"


def test_drafting_requires_the_units_reviewer(cast, waiting):
    for person in (cast.reviewer_b, cast.leader_a, cast.stranger, cast.handler):
        with pytest.raises(NotPermitted):
            actions.draft_opinion(waiting, **OPINION, by=person, now=at(9, 8))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"outcome": ""}, "outcome"),
        ({"reasons": " "}, "reasons"),
        ({"basis": ""}, "basis"),
        ({"reasons": f"经核对身份证{steps.CITIZEN_ID}，符合条件"}, "reasons"),
    ],
)
def test_drafting_rejects_unclear_opinions_and_citizen_numbers(cast, waiting, changes, field):
    with pytest.raises(actions.BadOpinion) as refused:
        actions.draft_opinion(waiting, **(OPINION | changes), by=cast.reviewer_a, now=at(9, 8))
    assert refused.value.field == field
    assert not Opinion.objects.exists()


def test_two_drafts_at_once_are_stale(cast, waiting):
    twin = Circulation.objects.get(pk=waiting.pk)
    actions.draft_opinion(waiting, **OPINION, by=cast.reviewer_a, now=at(9, 8))
    with pytest.raises(StaleState):
        actions.draft_opinion(twin, **OPINION, by=cast.reviewer_a, now=at(9, 8))
    assert Opinion.objects.count() == 1


def test_signing_requires_the_units_leader_and_never_the_drafter(cast, waiting):
    Membership.objects.create(user=cast.leader_a, department=cast.unit_a, role=Role.REVIEWER)
    actions.draft_opinion(waiting, **OPINION, by=cast.leader_a, now=at(9, 8))
    for person in (cast.reviewer_a, cast.leader_b, cast.stranger):
        with pytest.raises(NotPermitted):
            actions.sign_opinion(waiting, by=person, now=at(9, 9))
    with pytest.raises(actions.SameDrafter, match="拟稿人不能签发"):
        actions.sign_opinion(waiting, by=cast.leader_a, now=at(9, 9))
    with pytest.raises(actions.SameDrafter):
        actions.send_back_opinion(waiting, reason="改", by=cast.leader_a, now=at(9, 9))
    assert Opinion.objects.get().signed_at is None


def test_the_database_itself_refuses_one_person_for_both(cast, waiting):
    opinion = actions.draft_opinion(waiting, **OPINION, by=cast.reviewer_a, now=at(9, 8))
    with pytest.raises(IntegrityError), transaction.atomic():
        Opinion.objects.filter(pk=opinion.pk).update(signed_by=cast.reviewer_a, signed_at=at(9, 9))


def test_nobody_signs_a_version_they_have_not_seen(cast, waiting):
    actions.draft_opinion(waiting, **OPINION, by=cast.reviewer_a, now=at(9, 8))
    actions.send_back_opinion(waiting, reason="请补充依据", by=cast.leader_a, now=at(9, 8))
    actions.draft_opinion(waiting, **OPINION, by=cast.reviewer_a, now=at(9, 8))
    with pytest.raises(StaleState):
        actions.sign_opinion(waiting, by=cast.leader_a, now=at(9, 9), version=1)
    assert actions.sign_opinion(waiting, by=cast.leader_a, now=at(9, 9), version=2).version == 2


def test_sent_back_with_a_reason_waits_again(cast, waiting):
    actions.draft_opinion(waiting, **OPINION, by=cast.reviewer_a, now=at(9, 8))
    with pytest.raises(actions.BadOpinion):
        actions.send_back_opinion(waiting, reason=" ", by=cast.leader_a, now=at(9, 8))
    opinion = actions.send_back_opinion(waiting, reason="请补充依据", by=cast.leader_a, now=at(9, 8))
    assert waiting.state == CirculationState.WAITING
    assert Opinion.objects.get(pk=opinion.pk).sent_back_reason == "请补充依据"
    assert LedgerEntry.objects.filter(action="approval.opinion_sent_back").exists()
    with pytest.raises(StaleState):
        actions.sign_opinion(waiting, by=cast.leader_a, now=at(9, 9))


def test_a_new_opinion_replaces_the_signed_one_and_nothing_counts_in_between(cast, version):
    case = steps.circulating(cast, version)
    circulation = steps.signed(cast, case, "a", outcome="disagree")
    actions.draft_opinion(circulation, **OPINION, by=cast.reviewer_a, now=at(9, 9))
    assert queries.current_opinion(Circulation.objects.get(pk=circulation.pk)) is None
    actions.sign_opinion(circulation, by=cast.leader_a, now=at(9, 9))
    current = queries.current_opinion(Circulation.objects.get(pk=circulation.pk))
    assert (current.version, current.outcome) == (2, "agree")
    assert LedgerEntry.objects.filter(action="duty.met", payload__contains="opinion:circulation").count() == 1


def test_an_opinion_is_frozen_once_a_decision_rests_on_it(cast, version):
    case = steps.proposed(cast, version)
    circulation = case.circulations.get(unit=cast.unit_a)
    with pytest.raises(StaleState):
        actions.draft_opinion(circulation, **OPINION, by=cast.reviewer_a, now=at(9, 9))


def test_a_silent_unit_may_still_speak_while_a_refusal_is_proposed(cast, version):
    case = steps.circulating(cast, version)
    actions.propose_decision(case, **steps.REFUSAL, by=cast.handler, now=at(9, 9))
    assert steps.signed(cast, case, "a", now=at(9, 9)).state == CirculationState.ANSWERED
