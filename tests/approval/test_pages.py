"""Circulation, opinions and decision on the case page (7.2, 7.3), without JavaScript."""

import pytest
from django.urls import reverse

from casework.models import CaseState, Circulation, CirculationState, Decision, Opinion
from portal.accounts.models import Membership
from portal.accounts.roles import Role
from tests import steps
from tests.seen import send

HTMX = {"HTTP_HX_REQUEST": "true"}
OPINION = {"outcome": "agree", "reasons": "经审查，符合条件", "basis": "《示例条例》第一条"}
GRANT = steps.GRANT | {"outcome": "granted"}


def case_url(case):
    return reverse("casework:case", args=[case.number])


def page_of(client, case):
    return client.get(case_url(case)).content.decode()


def act(client, case, name, data=None, **headers):
    action = reverse(f"casework:approval-{name}", args=[case.number])
    return send(client, case_url(case), action, data, **headers)


def opinion(client, circulation, name, data=None):
    action = reverse(f"casework:opinion-{name}", args=[circulation.pk])
    return send(client, case_url(circulation.case), action, data)


def test_the_approver_sees_the_fixed_units_and_adds_one(cast, version, sign_in):
    case = steps.submitted(cast, version)
    handler = sign_in(cast.handler)
    page = page_of(handler, case)
    assert "示例市消防救援大队" in page
    assert "3个工作日" in page
    data = {"unit_1": cast.elsewhere.pk, "days_1": "1.5", "reason_1": "核查文物保护"}
    assert act(handler, case, "circulate", data).status_code == 302
    assert case.circulations.count() == 3
    assert str(case.circulations.get(unit=cast.elsewhere).opinion_days) == "1.5"


def test_an_added_unit_without_reason_answers_422_and_keeps_the_input(cast, version, sign_in):
    case = steps.submitted(cast, version)
    response = act(sign_in(cast.handler), case, "circulate", {"unit_1": cast.elsewhere.pk, "days_1": "4"})
    page = response.content.decode()
    assert response.status_code == 422
    assert "请说明会办内容" in page
    assert 'value="4"' in page
    assert not Circulation.objects.exists()


def test_opinion_from_draft_to_signature_by_clicking(cast, version, sign_in):
    case = steps.circulating(cast, version)
    circulation = case.circulations.get(unit=cast.unit_a)
    reviewer, leader = sign_in(cast.reviewer_a), sign_in(cast.leader_a)
    assert "拟定意见：消防大队" in page_of(reviewer, case)
    assert "拟定意见：生态环境局" not in page_of(reviewer, case)
    assert opinion(reviewer, circulation, "draft", OPINION).status_code == 302
    page = page_of(leader, case)
    assert "签发意见：消防大队" in page
    assert opinion(leader, circulation, "sign", {"version": 1}).status_code == 302
    circulation.refresh_from_db()
    assert circulation.state == CirculationState.ANSWERED
    assert "经审查，符合条件" in page_of(sign_in(cast.handler), case)


def test_an_opinion_without_basis_answers_422_and_keeps_the_input(cast, version, sign_in):
    case = steps.circulating(cast, version)
    circulation = case.circulations.get(unit=cast.unit_a)
    response = opinion(sign_in(cast.reviewer_a), circulation, "draft", OPINION | {"basis": ""})
    page = response.content.decode()
    assert response.status_code == 422
    assert "请写明法律依据" in page
    assert "经审查，符合条件" in page
    assert f"id_opinion{circulation.pk}_basis_error" in page
    assert not Opinion.objects.exists()


def test_a_draft_sent_back_shows_the_reason_to_the_reviewer(cast, version, sign_in):
    case = steps.circulating(cast, version)
    circulation = steps.drafted(cast, case, "a")
    leader = sign_in(cast.leader_a)
    assert opinion(leader, circulation, "send-back", {"version": 1, "reason": ""}).status_code == 422
    assert (
        opinion(leader, circulation, "send-back", {"version": 1, "reason": "请补充依据"}).status_code == 302
    )
    assert "请补充依据" in page_of(sign_in(cast.reviewer_a), case)


def test_the_drafter_is_told_why_not_to_sign(cast, version, sign_in):
    Membership.objects.create(user=cast.reviewer_a, department=cast.unit_a, role=Role.UNIT_LEADER)
    case = steps.circulating(cast, version)
    circulation = steps.drafted(cast, case, "a")
    client = sign_in(cast.reviewer_a)
    assert "拟稿人不能签发" in page_of(client, case)
    response = opinion(client, circulation, "sign", {"version": 1})
    assert response.status_code == 422
    assert "拟稿人不能签发" in response.content.decode()


def test_a_unit_of_another_case_and_a_stranger_find_nothing(cast, version, sign_in):
    case = steps.circulating(cast, version)
    circulation = case.circulations.get(unit=cast.unit_a)
    assert opinion(sign_in(cast.stranger), circulation, "draft", OPINION).status_code == 404
    assert opinion(sign_in(cast.reviewer_b), circulation, "draft", OPINION).status_code == 403
    assert act(sign_in(cast.stranger), case, "propose", GRANT).status_code == 404
    assert not Opinion.objects.exists()


def test_a_grant_without_all_consents_is_refused_on_the_page(cast, version, sign_in):
    case = steps.circulating(cast, version)
    steps.signed(cast, case, "a")
    handler = sign_in(cast.handler)
    assert "目前不能准予许可" in page_of(handler, case)
    response = act(handler, case, "propose", GRANT)
    page = response.content.decode()
    assert response.status_code == 422
    assert "未反馈不视为同意" in page
    assert "各联合审批单位均同意" in page
    assert not Decision.objects.exists()


def test_decision_from_proposal_to_approval_by_clicking(cast, version, sign_in):
    case = steps.answered(cast, version)
    handler, chief = sign_in(cast.handler), sign_in(cast.chief)
    assert act(handler, case, "propose", GRANT).status_code == 302
    assert "各联合审批单位均同意" in page_of(chief, case)
    assert act(chief, case, "send-back", {"version": 1, "reason": "请补充理由"}).status_code == 302
    page = page_of(handler, case)
    assert "请补充理由" in page
    assert 'value="示例食品经营许可证"' in page
    assert act(handler, case, "propose", GRANT).status_code == 302
    assert act(chief, case, "approve", {"version": 1}).status_code == 409
    assert act(chief, case, "approve", {"version": 2}).status_code == 302
    case.refresh_from_db()
    assert case.state == CaseState.DECIDED


def test_the_proposer_is_told_why_not_to_approve(cast, version, sign_in):
    Membership.objects.create(user=cast.handler, department=cast.approver, role=Role.APPROVAL_LEADER)
    case = steps.proposed(cast, version)
    client = sign_in(cast.handler)
    assert "拟定决定的人不能审定" in page_of(client, case)
    response = act(client, case, "approve", {"version": 1})
    assert response.status_code == 422
    assert "拟定决定的人不能审定" in response.content.decode()


def test_approving_without_the_version_that_was_seen_is_refused(cast, version, sign_in):
    case = steps.proposed(cast, version)
    chief, action = sign_in(cast.chief), reverse("casework:approval-approve", args=[case.number])
    assert chief.post(action).status_code == 422
    assert chief.post(action, {"version": "x"}).status_code == 422


def test_stale_pages_answer_409_and_htmx_gets_the_body_only(cast, version, sign_in):
    case = steps.circulating(cast, version)
    response = act(sign_in(cast.handler), case, "circulate")
    assert response.status_code == 409
    fragment = act(sign_in(cast.handler), case, "circulate", **HTMX)
    assert fragment.status_code == 409
    assert "<html" not in fragment.content.decode()


@pytest.mark.parametrize("who", ["clerk", "handler", "chief", "reviewer_a", "leader_a", "evaluator"])
def test_the_case_page_is_bounded_for_everybody(cast, version, sign_in, django_assert_max_num_queries, who):
    case = steps.proposed(cast, version)
    client = sign_in(getattr(cast, who))
    with django_assert_max_num_queries(50):
        assert client.get(case_url(case)).status_code == 200


def test_the_clock_says_who_is_late(cast, version, sign_in):
    case = steps.circulating(cast, version)  # in September 2026; the page is read now, months later
    assert page_of(sign_in(cast.handler), case).count("逾期") >= 2
