"""The window's rules by table (7.1, 7.4)."""

from datetime import date

import pytest

from casework.intake import rules
from casework.intake.models import CheckKind
from casework.intake.rules import MaterialRow
from tests.cast import NOW, at

ALL_PASSED = {kind.value: True for kind in CheckKind}
FULL = [
    MaterialRow("申请书", "1", True),
    MaterialRow("补充说明", "2", False),
    MaterialRow("体检证明", "3", False),
]
LACKING = [MaterialRow("申请书", "1", False), MaterialRow("平面图", "1", False)]


@pytest.mark.parametrize(
    ("gaps", "said"),
    [([], ""), (["办理时限"], "办理时限"), (["设定依据", "申请材料"], "设定依据、申请材料")],
)
def test_a_guide_with_gaps_takes_no_applications(gaps, said):
    why = rules.why_closed(gaps)
    assert bool(why) == bool(gaps)
    assert said in why


@pytest.mark.parametrize(
    ("checks", "rows", "reasons"),
    [
        (ALL_PASSED, FULL, []),
        (ALL_PASSED, LACKING, ["缺少必要材料：申请书、平面图"]),
        (ALL_PASSED | {"form": False}, FULL, ["规范性审查未通过"]),
        ({}, FULL, ["完整性尚未审查", "真实性尚未审查", "规范性尚未审查", "合法性尚未审查"]),
        (
            {"completeness": False, "authenticity": True, "form": True},
            LACKING,
            ["完整性审查未通过", "合法性尚未审查", "缺少必要材料：申请书、平面图"],
        ),
    ],
)
def test_acceptance_needs_four_passed_checks_and_the_required_materials(checks, rows, reasons):
    assert rules.refuses_acceptance(checks, rows) == reasons


@pytest.mark.parametrize(
    ("kind", "passed", "remark", "rows", "said"),
    [
        (CheckKind.FORM, True, "", FULL, ""),
        (CheckKind.FORM, False, "缺少签字", FULL, ""),
        (CheckKind.FORM, False, "  ", FULL, "规范性未通过的，请说明原因"),
        (CheckKind.COMPLETENESS, True, "", FULL, ""),
        (CheckKind.COMPLETENESS, True, "", LACKING, "完整性不能认定为通过"),
        (CheckKind.COMPLETENESS, False, "缺申请书", LACKING, ""),
        (CheckKind.LEGALITY, True, "", LACKING, ""),
    ],
)
def test_a_check_says_why_it_failed_and_never_contradicts_the_checklist(kind, passed, remark, rows, said):
    why = rules.refuses_check(kind, passed=passed, remark=remark, rows=rows)
    assert bool(why) == bool(said)
    assert said in why


@pytest.mark.parametrize(
    ("due", "now", "starts"),
    [
        (at(9, 14, 17, 30), at(9, 10), at(9, 10)),
        (at(9, 14, 17, 30), at(9, 14, 17, 30), at(9, 14, 17, 30)),
        (at(9, 14, 17, 30), at(9, 14, 17, 31), NOW),
        (None, at(9, 20), at(9, 20)),
    ],
    ids=["in time", "at the last moment", "late: from receipt", "paused"],
)
def test_the_decision_clock_runs_from_receipt_when_acceptance_was_late(due, now, starts):
    assert rules.decision_clock_starts(NOW, due, now) == starts


@pytest.mark.parametrize(
    ("first", "years", "last"),
    [
        (date(2026, 9, 7), 5, date(2031, 9, 6)),
        (date(2026, 1, 1), 1, date(2026, 12, 31)),
        (date(2024, 2, 29), 1, date(2025, 2, 28)),
        (date(2024, 2, 29), 4, date(2028, 2, 28)),
        (date(2027, 3, 1), 1, date(2028, 2, 29)),
        (date(2026, 9, 7), None, None),
    ],
)
def test_validity_ends_the_day_before(first, years, last):
    assert rules.validity_end(first, years) == last


def test_a_licence_series_fits_its_counter():
    assert len(rules.licence_series("某" * 60)) <= 20
