"""Propose, approve, send back the decision (7.3)."""

import pytest
from django.db import IntegrityError, transaction

from casework.approval import actions
from casework.core.access import NotPermitted
from casework.core.transitions import StaleState
from casework.models import Case, CaseState, Decision, Duty, DutyState, LedgerEntry
from portal.accounts.models import Membership
from portal.accounts.roles import Role
from tests import steps
from tests.cast import at


def test_a_proposal_waits_for_another_person(cast, version):
    case = steps.answered(cast, version)
    decision = actions.propose_decision(case, **steps.GRANT, by=cast.handler, now=at(9, 9))
    case.refresh_from_db()
    assert (case.state, case.result) == (CaseState.PROPOSED, "")
    assert (decision.version, decision.proposed_by, decision.approved_by) == (1, cast.handler, None)
    assert Duty.objects.get(key=f"decide:case:{case.pk}").state == DutyState.OPEN
    assert LedgerEntry.objects.get(action="approval.decision_proposed").clause == "7.3"


@pytest.mark.parametrize(
    ("outcomes", "said"),
    [
        ({}, "消防大队、生态环境局尚未出具"),
        ({"a": "agree"}, "生态环境局尚未出具经签发的意见，未反馈不视为同意"),
        ({"a": "agree", "b": "disagree"}, "生态环境局的意见为不同意"),
    ],
    ids=["nobody spoke", "one is silent", "one is against"],
)
def test_a_grant_is_refused_without_every_units_consent(cast, version, outcomes, said):
    case = steps.circulating(cast, version)
    for which, outcome in outcomes.items():
        steps.signed(cast, case, which, outcome=outcome)
    with pytest.raises(actions.BadDecision, match=said) as refused:
        actions.propose_decision(case, **steps.GRANT, by=cast.handler, now=at(9, 9))
    assert refused.value.field == "outcome"
    assert not Decision.objects.exists()


def test_an_unsigned_draft_is_no_consent_even_long_after_the_limit(cast, version):
    case = steps.circulating(cast, version)
    steps.signed(cast, case, "a")
    steps.drafted(cast, case, "b")
    with pytest.raises(actions.BadDecision, match="生态环境局"):
        actions.propose_decision(case, **steps.GRANT, by=cast.handler, now=at(12, 9))


def test_a_refusal_may_be_proposed_while_a_unit_is_silent_and_ends_its_duty(cast, version):
    case = steps.circulating(cast, version)
    actions.propose_decision(case, **steps.REFUSAL, by=cast.handler, now=at(9, 8))
    actions.approve_decision(case, by=cast.chief, now=at(9, 8))
    states = set(Duty.objects.filter(key__startswith="opinion:").values_list("state", flat=True))
    assert states == {DutyState.VOID}


def test_conditions_must_be_answered(cast, version):
    case = steps.circulating(cast, version)
    steps.signed(cast, case, "a", outcome="conditional")
    steps.signed(cast, case, "b")
    with pytest.raises(actions.BadDecision, match="条件如何落实") as refused:
        actions.propose_decision(case, **(steps.GRANT | {"reasons": " "}), by=cast.handler, now=at(9, 9))
    assert refused.value.field == "reasons"
    actions.propose_decision(case, **steps.GRANT, by=cast.handler, now=at(9, 9))
    assert case.state == CaseState.PROPOSED


@pytest.mark.parametrize("field", ["reasons", "scope"])
def test_no_citizen_number_in_a_decision_that_travels(cast, version, field):
    case = steps.answered(cast, version)
    texts = steps.GRANT | {field: f"负责人{steps.CITIZEN_ID}"}
    with pytest.raises(actions.BadDecision, match="居民身份证号码") as refused:
        actions.propose_decision(case, **texts, by=cast.handler, now=at(9, 9))
    assert refused.value.field == field


def test_a_refusal_keeps_no_licence_fields(cast, version):
    case = steps.answered(cast, version)
    fields = steps.GRANT | {"outcome": "refused"}
    decision = actions.propose_decision(case, **fields, by=cast.handler, now=at(9, 9))
    assert (decision.licence_name, decision.scope, decision.valid_years) == ("", "", None)


def test_proposing_requires_the_approvers_handler_and_an_open_case(cast, version):
    case = steps.answered(cast, version)
    for person in (cast.chief, cast.stranger, cast.reviewer_a):
        with pytest.raises(NotPermitted):
            actions.propose_decision(case, **steps.GRANT, by=person, now=at(9, 9))
    twin = Case.objects.get(pk=case.pk)
    actions.propose_decision(case, **steps.GRANT, by=cast.handler, now=at(9, 9))
    with pytest.raises(StaleState):
        actions.propose_decision(twin, **steps.GRANT, by=cast.handler, now=at(9, 9))
    assert Decision.objects.count() == 1


def test_approval_decides_the_case_and_returns_it_to_the_window(cast, version):
    case = steps.proposed(cast, version)
    decision = actions.approve_decision(case, by=cast.chief, now=at(9, 10))
    case.refresh_from_db()
    assert (case.state, case.result, case.decided_at) == (CaseState.DECIDED, "granted", at(9, 10))
    assert (decision.approved_by, decision.approved_at) == (cast.chief, at(9, 10))
    assert Duty.objects.get(key=f"decide:case:{case.pk}").state == DutyState.MET
    assert Duty.objects.get(key=f"issue:case:{case.pk}").holder == cast.window
    assert LedgerEntry.objects.get(action="approval.decision_approved").actor == cast.chief


def test_the_proposer_cannot_approve_even_as_a_leader(cast, version):
    Membership.objects.create(user=cast.handler, department=cast.approver, role=Role.APPROVAL_LEADER)
    case = steps.proposed(cast, version)
    with pytest.raises(actions.SameProposer, match="拟定决定的人不能审定"):
        actions.approve_decision(case, by=cast.handler, now=at(9, 10))
    with pytest.raises(actions.SameProposer):
        actions.send_back_decision(case, reason="改", by=cast.handler, now=at(9, 10))
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.update(approved_by=cast.handler, approved_at=at(9, 10))
    assert Case.objects.get().state == CaseState.PROPOSED


def test_approval_requires_the_approvers_leader_and_the_version_that_was_seen(cast, version):
    case = steps.proposed(cast, version)
    for person in (cast.stranger, cast.leader_a, cast.clerk):
        with pytest.raises(NotPermitted):
            actions.approve_decision(case, by=person, now=at(9, 10))
    actions.send_back_decision(case, reason="请补充理由", by=cast.chief, now=at(9, 10))
    actions.propose_decision(case, **steps.GRANT, by=cast.handler, now=at(9, 10))
    with pytest.raises(StaleState):
        actions.approve_decision(case, by=cast.chief, now=at(9, 10), version=1)
    assert actions.approve_decision(case, by=cast.chief, now=at(9, 10), version=2).version == 2


def test_approval_looks_at_the_opinions_again(cast, version):
    case = steps.proposed(cast, version)
    case.circulations.filter(unit=cast.unit_a).update(state="drafted")
    with pytest.raises(actions.BadDecision, match="消防大队"):
        actions.approve_decision(case, by=cast.chief, now=at(9, 10))


def test_a_second_approval_is_stale(cast, version):
    case = steps.proposed(cast, version)
    twin = Case.objects.get(pk=case.pk)
    actions.approve_decision(case, by=cast.chief, now=at(9, 10))
    with pytest.raises(StaleState):
        actions.approve_decision(twin, by=cast.chief, now=at(9, 10))
    assert LedgerEntry.objects.filter(action="approval.decision_approved").count() == 1


def test_sent_back_with_a_reason_and_proposed_anew(cast, version):
    case = steps.proposed(cast, version)
    with pytest.raises(actions.BadDecision):
        actions.send_back_decision(case, reason=" ", by=cast.chief, now=at(9, 10))
    actions.send_back_decision(case, reason="请补充理由", by=cast.chief, now=at(9, 10))
    case.refresh_from_db()
    assert case.state == CaseState.CIRCULATING
    assert Decision.objects.get().sent_back_reason == "请补充理由"
    again = actions.propose_decision(case, **steps.GRANT, by=cast.handler, now=at(9, 11))
    assert again.version == 2
