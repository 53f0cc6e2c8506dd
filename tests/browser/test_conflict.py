"""Two people at one form (R-30): the second sees both values, decides, and nothing is lost; desktop and telephone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.city import City
from tests.browser.people import CHECKS
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

RECEIVED = "SELECT number FROM casework_case WHERE state = 'received' ORDER BY id DESC LIMIT 1"
HALF = "SELECT remark FROM casework_materialcheck m JOIN casework_case c ON c.id = m.case_id WHERE c.number = ? AND m.kind = 'form'"


def fill_in(clerk: Visitor, number: str, remark: str, *, passed: bool) -> None:
    """Open the case and fill in the four checks, without sending them."""
    clerk.go(f"/desk/cases/{number}/")
    for kind in CHECKS:
        group = clerk.main.get_by_role("group", name=kind)
        group.get_by_label("通过" if passed or kind != "规范性" else "不通过", exact=True).check()
    clerk.fill("规范性说明", remark)


def test_the_second_sees_both_values_and_decides(city: City, visit: Callable[..., Visitor]) -> None:
    """With JavaScript; the way without it is in ``tests/core/test_versions.py``."""
    (case,) = city.rows(RECEIVED)
    number = case["number"]
    first, second = visit("window1"), visit("window1", phone=True)
    fill_in(first, number, "缺少法定代表人签字", passed=False)
    fill_in(second, number, "已当面核对，签字齐全", passed=True)
    first.press("保存审查结果", then="四项审查结果已保存")
    second.press("保存审查结果", then="内容已被他人修改")
    # The answer 409 is what this is about; the browser tells of it in its console.
    second.findings[:] = [finding for finding in second.findings if "409" not in finding]
    for words in ("缺少法定代表人签字", "已当面核对，签字齐全", "没有丢失"):
        second.sees(words)
    expect(second.field("规范性说明")).to_have_value("已当面核对，签字齐全")
    second.look("conflict")
    assert city.rows(HALF, number)[0]["remark"] == "缺少法定代表人签字"
    second.press("已核对，再次提交", then="四项审查结果已保存")
    assert city.rows(HALF, number)[0]["remark"] == "已当面核对，签字齐全"
