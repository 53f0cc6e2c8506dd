"""What the applicant is told, stage by stage, and the public page (7.1–7.4)."""

import dataclasses

import pytest
from django.urls import reverse

from casework.intake import actions
from casework.intake.progress import ProgressFacts, stages
from casework.intake.public import TRIES, WRONG
from casework.models import CaseState
from tests import steps
from tests.cast import NOW, at

FACTS = ProgressFacts(
    state=CaseState.RECEIVED,
    received_at=NOW,
    accepted_at=None,
    refused_at=None,
    circulated_at=None,
    decided_at=None,
    closed_at=None,
    units=0,
    answered=0,
    result="",
)
TITLES = ["收件", "受理", "审批部门受理流转", "联合审批", "决定", "办结"]


@pytest.mark.parametrize(
    ("state", "units", "answered", "expected"),
    [
        ("received", 0, 0, "DCTTTT"),
        ("accepted", 0, 0, "DDCTTT"),
        ("submitted", 0, 0, "DDCTTT"),
        ("circulating", 2, 1, "DDDCTT"),
        ("circulating", 2, 2, "DDDDCT"),
        ("circulating", 0, 0, "DDDDCT"),
        ("proposed", 2, 2, "DDDDCT"),
        ("decided", 2, 2, "DDDDDC"),
        ("closed", 2, 2, "DDDDDD"),
    ],
)
def test_stages_of_each_state(state, units, answered, expected):
    found = stages(dataclasses.replace(FACTS, state=state, units=units, answered=answered))
    assert [stage.title for stage in found] == TITLES
    assert "".join(stage.state[0].upper() for stage in found) == expected


def test_every_state_of_a_case_has_stages():
    for state in CaseState:
        assert stages(dataclasses.replace(FACTS, state=state))


def test_a_refused_acceptance_ends_the_course():
    found = stages(dataclasses.replace(FACTS, state="not_accepted", refused_at=at(9, 8)))
    assert [stage.title for stage in found] == ["收件", "不予受理"]
    assert found[-1].at == at(9, 8)


def ask(client, number, code):
    return client.post(reverse("progress"), {"number": number, "code": code})


def test_the_page_works_without_a_session_and_is_never_stored(client, db):
    response = client.get("/progress/")
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    assert 'method="post"' in response.content.decode()


def test_number_and_code_show_stage_and_promise_and_no_person(
    cast, version, client, django_assert_max_num_queries
):
    case = steps.accepted(cast, version, applicant=steps.PERSON)
    with django_assert_max_num_queries(12):
        response = ask(client, f" {case.number} ", case.query_code.lower())
    page = response.content.decode()
    assert response.status_code == 200
    assert "2026年9月17日" in page
    assert "示****" in page
    for person in ("示例王小明", "示例经办人", "示例窗口员", steps.PHONE, steps.CITIZEN_ID, case.query_code):
        assert person not in page
    assert "no-store" in response["Cache-Control"]


def test_queries_do_not_grow_with_the_units(cast, version, client, django_assert_max_num_queries):
    case = steps.closed(cast, version)
    with django_assert_max_num_queries(9):
        page = ask(client, case.number, case.query_code).content.decode()
    assert "准予许可" in page
    assert "2个联合审批单位中2个已出具意见" in page


def test_the_result_is_told_only_when_it_is_issued(cast, version, client):
    case = steps.decided(cast, version)
    assert "准予许可" not in ask(client, case.number, case.query_code).content.decode()
    actions.issue_and_close(case, by=cast.clerk, now=NOW)
    assert "准予许可" in ask(client, case.number, case.query_code).content.decode()


def test_every_wrong_pair_gets_the_same_answer(cast, version, client):
    case = steps.received(cast, version)
    answers = []
    for number, code in ((case.number, "AAAAAAAA"), ("4604002026090799999", case.query_code), ("x", "y")):
        response = ask(client, number, code)
        assert response.status_code == 422
        page = response.content.decode()
        assert WRONG in page
        assert case.item.name not in page
        answers.append(page.count(WRONG))
    assert len(set(answers)) == 1


def test_an_empty_form_names_its_fields(client, db):
    response = ask(client, "", "")
    assert response.status_code == 422
    assert "id_number" in response.content.decode()


def test_too_many_tries_from_one_address_are_slowed_down(client, db):
    for _ in range(TRIES):
        assert ask(client, "1", "2").status_code == 422
    response = ask(client, "1", "2")
    assert response.status_code == 429
    assert response["Retry-After"]
    assert "查询过于频繁" in response.content.decode()
    other = client.post(reverse("progress"), {"number": "1", "code": "2"}, REMOTE_ADDR="10.0.0.9")
    assert other.status_code == 422
