"""A duty that nobody met: late in words and colour, reminded once, on the ledger once (11)."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.city import City
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

LATE_DUTY = """
SELECT d.id, c.number FROM casework_duty d JOIN casework_case c ON c.id = d.case_id
JOIN casework_dutyevent e ON e.duty_id = d.id AND e.kind = 'lapsed'
WHERE d.kind = 'accept' AND d.state = 'open' ORDER BY d.id LIMIT 1
"""
REMINDERS = """
SELECT count(*) AS made FROM casework_reminder r JOIN accounts_user u ON u.id = r.recipient_id
WHERE r.duty_id = ? AND r.milestone = 'lapsed' AND u.username = 'window1'
"""
LAPSES = "SELECT count(*) AS noted FROM casework_dutyevent WHERE duty_id = ? AND kind = 'lapsed'"


def test_a_duty_lapses(city: City, visit: Callable[..., Visitor]) -> None:
    (duty,) = city.rows(LATE_DUTY)
    clerk = visit("window1")
    row = (
        clerk.page.locator("main table tr")
        .filter(has_text=duty["number"])
        .filter(has_text="受理或一次性告知补正")
    )
    badge = row.locator(".badge")
    expect(badge).to_have_text(re.compile(r"已逾期\d+(\.5)?个?工作日"))
    expect(badge.locator("svg")).to_be_visible()
    assert is_red(badge)
    reminder = clerk.page.locator("#reminders li").filter(has_text=duty["number"]).filter(has_text="已逾期")
    expect(reminder).to_have_count(1)
    clerk.look("inbox")

    auditor = visit("auditor1", at="/desk/ledger/")
    auditor.choose("行为", "逾期未完成")
    auditor.fill("办件编号", duty["number"])
    auditor.press("查询")
    lapsed = auditor.page.locator("main tbody tr").filter(has_text="逾期未完成")
    before = lapsed.count()
    assert before >= 1
    auditor.look("ledger")

    for _ in range(2):  # however often the sweep comes by
        city.manage("shell", "--no-imports", "-c", "from portal.jobs import sweep_duties; sweep_duties()")
    assert counts(city, duty["id"]) == (1, 1)
    auditor.page.reload()
    expect(lapsed).to_have_count(before)


def counts(city: City, duty: int) -> tuple[Any, Any]:
    return city.rows(REMINDERS, duty)[0]["made"], city.rows(LAPSES, duty)[0]["noted"]


def is_red(badge: Locator) -> bool:
    """Red as it is drawn, not as a class says."""
    colour = badge.evaluate("node => getComputedStyle(node).backgroundColor")
    red, green, blue = (int(part) for part in re.findall(r"\d+", colour)[:3])
    return red > 120 and green < 60 and blue < 60
