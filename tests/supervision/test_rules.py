"""The pure rules of clause 9.1, by table."""

from datetime import date

import pytest

from casework.core.cases.models import CaseResult
from casework.supervision import rules
from casework.supervision.models import PushState
from portal.accounts.roles import DepartmentKind

ALL = set(PushState.values)


@pytest.mark.parametrize(
    ("old", "allowed"),
    [
        (PushState.DELIVERED, {PushState.CLAIMED, PushState.RETURNED}),
        (PushState.CLAIMED, {PushState.REGISTERED}),
        (PushState.REGISTERED, set()),
        (PushState.RETURNED, {PushState.REPUSHED}),
        (PushState.REPUSHED, set()),
    ],
)
def test_it_allows_only_these_moves(old, allowed):
    assert set(rules.MOVES.get(old, frozenset())) == allowed


def test_every_state_of_the_table_is_a_state():
    assert set(rules.MOVES) <= ALL
    assert set().union(*rules.MOVES.values()) <= ALL


@pytest.mark.parametrize(
    ("rows", "ids"),
    [
        ([], []),
        ([3], [3]),
        ([3, 5, 3], [3, 5]),  # competent and enforcing at once: one push
        ([9, 1], [9, 1]),
    ],
)
def test_it_names_each_supervisor_once_in_order(rows, ids):
    assert rules.supervisor_ids([{"department_id": pk, "kind": "competent"} for pk in rows]) == ids


@pytest.mark.parametrize(
    ("result", "state", "belongs", "activity", "says"),
    [
        (CaseResult.GRANTED, PushState.CLAIMED, True, "食品销售", ""),
        (CaseResult.REFUSED, PushState.CLAIMED, True, "食品销售", "不予许可"),
        (CaseResult.GRANTED, PushState.DELIVERED, True, "食品销售", "先认领"),
        (CaseResult.GRANTED, PushState.CLAIMED, True, "  ", "监管事项"),
        (CaseResult.GRANTED, PushState.CLAIMED, False, "食品销售", "本部门"),
    ],
)
def test_it_says_why_a_holder_cannot_be_registered(result, state, belongs, activity, says):
    why = rules.why_not_register(result=result, state=state, officer_belongs=belongs, activity=activity)
    assert (says in why) if says else why == ""


@pytest.mark.parametrize(
    ("reason", "says"),
    [
        ("不属于本部门监管", ""),
        ("", "退回理由"),
        (" \n", "退回理由"),
        ("长" * 501, "500"),
        ("长" * 500, ""),
        ("请电13800000000", "手机号码"),
    ],
)
def test_it_requires_a_reason_for_a_return(reason, says):
    why = rules.why_not_return(reason)
    assert (says in why) if says else why == ""


@pytest.mark.parametrize(
    ("mine", "claimed", "returned", "permitted", "outcome"),
    [
        (True, True, False, True, rules.Claimed.DONE),
        (False, True, False, True, rules.Claimed.BEATEN),
        (False, False, True, True, rules.Claimed.RETURNED),
        (False, False, False, True, rules.Claimed.FAILED),
        (False, True, False, False, rules.Claimed.NOT_PERMITTED),
    ],
)
def test_it_says_what_became_of_a_ticked_row(mine, claimed, returned, permitted, outcome):
    found = rules.claim_outcome(mine=mine, claimed=claimed, returned=returned, permitted=permitted)
    assert found is outcome


@pytest.mark.parametrize(
    ("kind", "valid", "pushed", "says"),
    [
        (DepartmentKind.COMPETENT, True, False, ""),
        (DepartmentKind.ENFORCEMENT, True, False, ""),
        (DepartmentKind.WINDOW, True, False, "不是行政主管部门"),
        (DepartmentKind.APPROVAL, True, False, "不是行政主管部门"),
        (DepartmentKind.COMPETENT, False, False, "已撤销"),
        (DepartmentKind.COMPETENT, True, True, "已推送"),
    ],
)
def test_it_says_why_a_department_cannot_get_a_returned_result(kind, valid, pushed, says):
    why = rules.why_not_repush(kind=kind, valid=valid, already_pushed=pushed)
    assert (says in why) if says else why == ""


def test_it_words_the_validity():
    assert rules.validity(date(2026, 9, 7), date(2031, 9, 6)) == "2026年9月7日至2031年9月6日"
    assert rules.validity(date(2026, 9, 7), None) == "自2026年9月7日起长期有效"


def test_the_title_fits_the_letter_and_keeps_holder_and_result():
    title = rules.result_title("长" * 500, "示例有限公司", "准予许可")
    assert len(title) == 300
    assert title.endswith("（示例有限公司，准予许可）")
