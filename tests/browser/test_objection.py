"""A supervisor objects to a result, the approver answers, the supervisor reads the answer (疑义, 9.1)."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.city import City
from tests.browser.stories import pdf
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

FREE = """
SELECT p.id, c.number, d.code FROM casework_resultpush p
JOIN casework_case c ON c.id = p.case_id JOIN accounts_department d ON d.id = p.department_id
JOIN casework_recipient r ON r.id = p.recipient_id
WHERE p.state = 'delivered' AND r.objected_at IS NULL ORDER BY p.id DESC
"""
FACTS = """
SELECT r.claimed_at, r.objected_at, a.answered_at, y.state FROM casework_objection o
JOIN casework_recipient r ON r.id = o.recipient_id JOIN casework_recipient a ON a.id = o.asked_id
JOIN casework_duty y ON y.id = a.duty_id JOIN casework_resultpush p ON p.recipient_id = r.id WHERE p.id = ?
"""
DOUBT = "随函材料中的经营场所面积与现场核查不一致，请核实。（示例）"
EXPLANATION = "经核实，以决定书载明的许可范围为准。（示例）"


@pytest.mark.parametrize(
    "options", [{}, {"phone": True}, {"javascript": False}], ids=["desktop", "phone", "without-javascript"]
)
def test_object_and_answer(city: City, visit: Callable[..., Visitor], options: dict[str, bool]) -> None:
    push = city.rows(FREE)[0]
    supervisor = visit(f"supervisor_{push['code']}", at=f"/desk/supervision/{push['id']}/", **options)
    if supervisor.can_press("打开"):
        supervisor.press("打开", then="随函材料")
    supervisor.sees("疑义期限")
    unfold(supervisor, "填写疑义")
    supervisor.press("提出疑义", then="请写明疑义的内容和理由")
    # The answer 422 is what was asked for; the browser tells of it in its console.
    supervisor.findings[:] = [finding for finding in supervisor.findings if "422" not in finding]
    supervisor.fill("疑义内容", DOUBT)
    supervisor.field("疑义附件").set_input_files([pdf("现场照片.pdf", DOUBT)])
    supervisor.look("70-object")
    supervisor.press("提出疑义", then="待审批部门答复")
    supervisor.sees("现场照片.pdf")
    supervisor.look("71-objected")

    handler = visit("handler1", **options)
    asked = (
        f'a[href="/desk/supervision/{push["id"]}/objection/"]'  # another supervisor may doubt the same case
    )
    row = handler.page.locator("main table tr").filter(has=handler.page.locator(asked))
    handler.follow(push["number"], within=row.first)
    handler.press("打开函件", then=DOUBT)
    handler.fill("答复内容", EXPLANATION)
    handler.look("72-answer")
    handler.press("发出答复", then="答复已发出")
    handler.look("73-answered")

    supervisor.go(f"/desk/supervision/{push['id']}/")
    supervisor.sees(EXPLANATION)
    supervisor.look("74-read")
    supervisor.go("/desk/letters/?box=sent")
    supervisor.sees("儋审异")
    supervisor.look("75-letters")
    assert told(city, push["id"]) == {"claimed": False, "objected": True, "answered": True, "duty": "met"}


def unfold(visitor: Visitor, name: str) -> None:
    summary = visitor.page.locator("summary").filter(has_text=name)
    summary.click()


def told(city: City, push: int) -> dict[str, Any]:
    """The facts of the objection as the database has them; nothing was claimed on the way."""
    (row,) = city.rows(FACTS, push)
    facts = {name: row[f"{name}_at"] is not None for name in ("claimed", "objected", "answered")}
    return {**facts, "duty": row["state"]}
