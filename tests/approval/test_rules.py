"""The rules of joint approval by table (7.2, 7.3)."""

from decimal import Decimal

import pytest

from casework.approval import rules
from casework.approval.rules import Unit, UnitOpinion

FIXED = {1: "消防大队", 2: "生态环境局"}
A = Unit(department_id=1, name="消防大队", days=Decimal(3), reason="")
B = Unit(department_id=2, name="生态环境局", days=Decimal(2), reason="")
C = Unit(department_id=3, name="文旅局", days=Decimal("0.5"), reason="核查文物保护")


def added(**changes):
    return Unit(**{"department_id": 3, "name": "文旅局", "days": Decimal(3), "reason": "核查"} | changes)


@pytest.mark.parametrize(
    ("units", "fixed", "said"),
    [
        ([A, B], FIXED, ""),
        ([A, B, C], FIXED, ""),
        ([], {}, ""),
        ([C], {}, ""),
        ([A], FIXED, "不能减少：生态环境局"),
        ([], FIXED, "不能减少：消防大队、生态环境局"),
        ([A, B, C, C], FIXED, "不能重复"),
        ([A, B, added(reason=" ")], FIXED, "请说明会办内容"),
        ([A, B, added(department_id=9)], FIXED, "审批部门自己"),
        ([A, B, added(is_active=False)], FIXED, "已撤销"),
        ([A, B, added(days=Decimal(0))], FIXED, "0.5至60个工作日"),
        ([A, B, added(days=Decimal("1.3"))], FIXED, "半日的整数倍"),
        ([A, B, added(days=Decimal("60.5"))], FIXED, "0.5至60个工作日"),
    ],
)
def test_fixed_units_stay_and_added_ones_need_a_reason(units, fixed, said):
    why = rules.refuses_circulation(units, fixed=fixed, approver_id=9)
    assert bool(why) == bool(said)
    assert said in why


@pytest.mark.parametrize(
    ("state", "has_signed", "open_"),
    [
        ("circulating", False, True),
        ("circulating", True, True),
        ("proposed", False, True),
        ("proposed", True, False),
        ("submitted", False, False),
        ("decided", False, False),
        ("closed", True, False),
    ],
)
def test_when_a_unit_may_work_on_its_opinion(state, has_signed, open_):
    assert rules.takes_opinion(state, has_signed=has_signed) is open_


@pytest.mark.parametrize(
    ("outcome", "reasons", "basis", "field"),
    [
        ("agree", "符合条件", "第一条", ""),
        ("conditional", "应在开业前安装油烟净化设施", "第一条", ""),
        ("disagree", "不符合", "第一条", ""),
        ("", "理由", "第一条", "outcome"),
        ("consent", "理由", "第一条", "outcome"),
        ("agree", " ", "第一条", "reasons"),
        ("conditional", "", "第一条", "reasons"),
        ("disagree", "理由", "", "basis"),
    ],
)
def test_a_clear_opinion_has_outcome_reasons_and_basis(outcome, reasons, basis, field):
    assert rules.refuses_opinion(outcome, reasons=reasons, basis=basis)[0] == field


@pytest.mark.parametrize(
    ("outcomes", "said"),
    [
        ([], ""),
        (["agree", "agree"], ""),
        (["agree", "conditional"], ""),
        (["agree", ""], "未反馈不视为同意"),
        (["", ""], "甲、乙尚未出具"),
        (["disagree", "agree"], "甲的意见为不同意"),
        (["disagree", ""], "乙尚未出具"),
    ],
)
def test_silence_is_never_consent_and_one_no_blocks_a_grant(outcomes, said):
    opinions = [
        UnitOpinion(unit=name, outcome=outcome) for name, outcome in zip("甲乙", outcomes, strict=False)
    ]
    why = rules.refuses_grant(opinions)
    assert bool(why) == bool(said)
    assert said in why


def test_no_outcome_but_the_two_consents_carries_a_grant():
    """A value that somebody adds later does not silently count as consent."""
    for outcome in ("", "disagree", "abstain", "AGREE"):
        assert rules.refuses_grant([UnitOpinion(unit="甲", outcome=outcome)])


AGREED = [UnitOpinion(unit="甲", outcome="agree")]
GRANT = {
    "reasons": "同意",
    "basis": "第一条",
    "licence_name": "许可证",
    "scope": "餐饮",
    "valid_years": 5,
    "opinions": AGREED,
}


@pytest.mark.parametrize(
    ("outcome", "changes", "field", "said"),
    [
        ("granted", {}, "", ""),
        ("granted", {"valid_years": None}, "", ""),
        ("refused", {"licence_name": "", "scope": "", "valid_years": None}, "", ""),
        ("refused", {"opinions": [UnitOpinion(unit="甲", outcome="")]}, "", ""),
        ("refused", {"opinions": [UnitOpinion(unit="甲", outcome="disagree")]}, "", ""),
        ("", {}, "outcome", "请选择"),
        ("granted", {"opinions": [UnitOpinion(unit="甲", outcome="")]}, "outcome", "未反馈不视为同意"),
        ("granted", {"opinions": [UnitOpinion(unit="甲", outcome="disagree")]}, "outcome", "不同意"),
        (
            "granted",
            {"opinions": [UnitOpinion(unit="甲", outcome="conditional")], "reasons": " "},
            "reasons",
            "条件如何落实",
        ),
        ("refused", {"reasons": ""}, "reasons", "请写明理由"),
        ("granted", {"basis": ""}, "basis", "法律依据"),
        ("granted", {"licence_name": ""}, "licence_name", "证件名称"),
        ("granted", {"scope": ""}, "scope", "许可范围"),
        ("granted", {"valid_years": 0}, "valid_years", "1至99年"),
    ],
)
def test_what_a_proposal_needs(outcome, changes, field, said):
    found = rules.refuses_proposal(outcome, **(GRANT | changes))
    assert found[0] == field
    assert said in found[1]


def test_two_facts_two_persons():
    for refuses in (rules.refuses_signer, rules.refuses_approver):
        assert refuses({1}, {1})
        assert not refuses({1}, {2})
        assert refuses({1, 3}, {2, 3})  # both in the name of the same person
        assert not refuses({1, 3}, {2, 4})
