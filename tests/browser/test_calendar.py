"""A closure by clicking: proposed by one, previewed and approved by another, felt by those who owe something (14)."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.city import City
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

TITLE = "关于防御台风“海燕示例”期间停止办公的通告（示例）"
NEXT_DUE = """
SELECT d.id, d.due_at, c.number FROM casework_duty d JOIN casework_case c ON c.id = d.case_id
WHERE d.state = 'open' AND d.kind = 'accept' AND d.due_at > ? ORDER BY d.due_at LIMIT 1
"""
DUE = "SELECT due_at FROM casework_duty WHERE id = ?"


def test_propose_preview_approve(city: City, visit: Callable[..., Visitor]) -> None:
    today = datetime.now().astimezone().date()
    (duty,) = city.rows(NEXT_DUE, (today + timedelta(days=1)).isoformat())
    day = date.fromisoformat(duty["due_at"][:10])

    admin = visit("sysadmin1")
    admin.sees("工作日历")
    admin.go("/cms/calendar/")
    admin.follow("提出本地停止办公")
    admin.fill("通知标题", TITLE)
    admin.fill("发布日期", today.isoformat())
    admin.fill("起始日期", day.isoformat())
    admin.fill("终止日期", day.isoformat())
    admin.fill("事由", "台风停止办公（示例）")
    admin.look("propose")
    admin.press("提出", then="批准后将调整的未结任务")
    assert not admin.can_press("批准并生效")
    assert admin.can_press("撤回")

    approver = visit("secadmin1")
    approver.follow("打开变更审定")
    approver.follow(TITLE, then="批准后将调整的未结任务")
    row = approver.page.locator("main tr").filter(has_text=duty["number"]).filter(has_text="受理")
    expect(row).to_contain_text("推后")
    approver.look("preview")
    approver.press("批准并生效", then="已批准，现已生效。")

    city.manage("shell", "--no-imports", "-c", "from portal.jobs import carry_calendar; carry_calendar()")
    assert moment(city.rows(DUE, duty["id"])) > moment([duty])
    clerk = visit("window1")
    expect(clerk.main.locator("section").filter(has_text="工作日历调整")).to_contain_text(
        re.compile(r"\d+ 项任务的届满时间有变化")
    )
    clerk.follow("查看变化", then=duty["number"])
    clerk.look("moves")
    clerk.go("/desk/")
    clerk.press("知道了", then="已标为已读。")
    expect(clerk.main.locator("section").filter(has_text="工作日历调整")).to_have_count(0)


def moment(rows: list[dict[str, Any]]) -> str:
    return str(rows[0]["due_at"])
