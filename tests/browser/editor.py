"""What the editor does at ``/cms/``, by clicking: complete an item, publish its guide."""

import re

from playwright.sync_api import Locator, expect

from tests.browser.stories import Additions, Row, Story
from tests.browser.visitor import Visitor


def complete_item(editor: Visitor, story: Story) -> None:
    """Find the item in the list, fill in what is missing tab by tab, save."""
    added = story.additions
    editor.follow("事项", within=editor.page.get_by_role("navigation").first)
    _find(editor, story.item)
    editor.look("01-item-before")
    if added.result_name:
        editor.fill("办理结果名称", added.result_name)
    _duties(editor, added)
    _tab(editor, "时限与依据")
    _add_rows(editor, "limits", added.limits)
    _add_rows(editor, "bases", added.bases)
    editor.look("02-item-limits")
    _tab(editor, "申请材料")
    _add_rows(editor, "materials", added.materials)
    if added.units:
        _tab(editor, "联合审批")
        editor.field("联合审批事项").check()
        editor.fill("联合审批原因", added.joint_reason)
        _add_rows(editor, "joint_units", added.units)
        editor.look("03-item-joint")
    editor.press("保存", then="事项已保存")


def publish_guide(editor: Visitor, story: Story) -> None:
    """Publish at the guide's own page; an imported item's draft by the bulk page, after its preview."""
    if story.publishes_in_bulk:
        editor.follow("批量发布指南", within=editor.page.get_by_role("navigation").first)
        editor.fill("事项名称或编码", story.item)
        editor.press("筛选", then="其中 0 份有缺少的内容")
        editor.look("04-publish")
        editor.press("发布选中的指南", then="已发布 1 份办事指南")
        return
    editor.follow("打开办事指南", within=editor.page.locator("body"))
    editor.look("04-guide")
    editor.page.locator("footer").get_by_role("button", name=re.compile("更多|切换|操作")).first.click()
    editor.press("发布", within=editor.page.locator("footer"), then="已经发布")


def _find(editor: Visitor, name: str) -> None:
    editor.page.get_by_role("search").last.get_by_role("textbox").or_(
        editor.page.locator("input#id_q")
    ).first.fill(name)
    link = editor.main.get_by_role("link", name=name, exact=True)
    expect(link).to_have_count(1)
    link.click()
    editor.settled()


def _duties(editor: Visitor, added: Additions) -> None:
    _tab(editor, "审批与监管")
    if added.approver:
        field = editor.page.locator("#panel-child-u5ba1u6279u4e0eu76d1u7ba1-content, main").last
        _choose(editor, field.locator("#id_approval_department-chooser"), added.approver)
    _add_rows(editor, "supervisors", added.supervisors)


def _tab(editor: Visitor, name: str) -> None:
    editor.page.get_by_role("tab", name=name).click()


def _add_rows(editor: Visitor, formset: str, rows: tuple[Row, ...]) -> None:
    for row in rows:
        count = int(editor.page.locator(f"#id_{formset}-TOTAL_FORMS").input_value())
        editor.page.locator(f"#id_{formset}-ADD").click()
        child = editor.page.locator(f"#inline_child_{formset}-{count}")
        for label, value in row.items():
            _enter(editor, child, label, value)


def _enter(editor: Visitor, child: Locator, label: str, value: str) -> None:
    if label in ("监管部门", "联合审批单位"):
        _choose(editor, child.locator(".chooser"), value)
        return
    field = editor.field(label, within=child)
    if field.evaluate("node => node.tagName") == "SELECT":
        field.select_option(label=value)
    else:
        field.fill(value)


def _choose(editor: Visitor, chooser: Locator, name: str) -> None:
    """Pick from the list that opens."""
    chooser.get_by_role("button", name=re.compile("选择")).first.click()
    editor.page.locator(".modal-body").get_by_role("link", name=name, exact=True).click()
    expect(chooser).to_contain_text(name)
