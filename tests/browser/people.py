"""What each person of a journey does, by clicking and typing only. Every function starts at the person's own desk."""

import re
from dataclasses import dataclass

from playwright.sync_api import expect

from tests.browser.stories import Story, pdf
from tests.browser.visitor import Visitor

CHECKS = ("完整性", "真实性", "规范性", "合法性")


@dataclass
class Papers:
    """What the applicant carries home: read off the notice, not out of the database."""

    number: str
    query_code: str


# -- the public ------------------------------------------------------------------------
def find_guide(citizen: Visitor, story: Story) -> None:
    """From the home page, by a word, to the guide; it says who approves, who supervises, how long it takes."""
    citizen.go("/")
    citizen.look("10-home")
    citizen.main.get_by_role("searchbox").fill(story.words)
    citizen.press("搜索")
    citizen.look("11-search")
    citizen.page.get_by_role("link", name=story.item, exact=True).first.click()
    citizen.settled()
    expect(citizen.page.get_by_role("heading", level=1)).to_have_text(story.item)
    for words in (story.keeper[1], story.stranger[1], "市行政审批服务局", "工作日", "申请书"):
        citizen.sees(words)
    assert "暂不接受" not in citizen.main.inner_text()
    citizen.look("12-guide")


def ask_progress(citizen: Visitor, papers: Papers, step: str, *words: str) -> None:
    """Where is my case: number and query code, nothing else."""
    citizen.go("/")
    citizen.follow("办理进度")
    citizen.fill("办件编号", papers.number)
    citizen.fill("查询码", papers.query_code)
    citizen.press("查询", then="办理过程")
    for each in words:
        citizen.sees(each)
    citizen.look(step)


# -- the window ------------------------------------------------------------------------
def receive(clerk: Visitor, story: Story) -> str:
    """Find the item, fill in the application, put the files to their materials; the number of the case."""
    _menu(clerk, "窗口收件")
    clerk.main.get_by_role("searchbox").fill(story.item)
    clerk.press("查找事项", then=story.item)
    clerk.look("20-find")
    name = clerk.page.locator("th").filter(has_text=re.compile(rf"^\s*{re.escape(story.item)}\s*$"))
    row = clerk.page.locator("#guides tr").filter(has=name)
    clerk.follow("登记收件", within=row)
    who = story.applicant
    clerk.choose("申请人类别", who.kind)
    clerk.fill("申请人名称", who.name)
    clerk.choose("证件类型", who.code_kind)
    clerk.fill("证件号码", who.code)
    clerk.fill("经办人姓名", "示例经办人")
    clerk.fill("经办人联系电话", "13800000000")
    clerk.fill("申请内容", f"{story.item}（示例）")
    clerk.fill("生产经营或活动地址", "示例路1号（示例）")
    _attach(clerk)
    clerk.look("21-application")
    clerk.press("确认收件", then="已收件，办件编号")
    found = re.search(r"办件编号(\d{19})", clerk.main.inner_text())
    assert found is not None
    return found.group(1)


def _attach(clerk: Visitor) -> None:
    """A file for every material, two for the first."""
    fields = clerk.page.locator("main input[type=file]")
    assert fields.count() >= 2
    for place in range(fields.count()):
        names = [f"材料{place + 1}.pdf"] + (["材料1续页.pdf"] if place == 0 else [])
        fields.nth(place).set_input_files([pdf(name, f"{name} {clerk.base}") for name in names])


def check_and_accept(clerk: Visitor, number: str) -> Papers:
    """The four checks, acceptance after a second look, and the notice to be handed over."""
    _open_case(clerk, number)
    for kind in CHECKS:
        group = clerk.main.get_by_role("group", name=re.compile(f"^{kind}"))
        group.get_by_label("通过", exact=True).check()
    clerk.look("22-checks")
    clerk.press("保存审查结果", then="四项审查结果已保存")
    clerk.follow("受理", exact=True)
    clerk.look("23-confirm")
    clerk.press("受理", then="已受理")
    expect(clerk.page.get_by_role("heading", level=1)).to_contain_text("受理通知书")
    clerk.look("24-notice")
    document = clerk.page.locator(".document")
    code = document.locator("[data-query-code]").inner_text()
    assert re.fullmatch(r"[0-9A-Z]{8}", code), code
    assert number in document.inner_text()
    return Papers(number=number, query_code=code)


def submit(clerk: Visitor, number: str) -> None:
    _open_case(clerk, number)
    clerk.press("提交审批部门", then="已提交")
    clerk.look("25-submitted")


def issue(clerk: Visitor, number: str) -> None:
    """Issue the result and close the case, after a second look."""
    _from_inbox(clerk, number, "出具并送达结果")
    clerk.follow("出具结果并办结")
    clerk.look("40-close")
    clerk.press("出具结果并办结", then="办理结果已推送监管部门")
    clerk.look("41-decision")


# -- approval --------------------------------------------------------------------------
def circulate(handler: Visitor, story: Story, number: str) -> None:
    """Send it to the units that the item fixes."""
    _from_inbox(handler, number, "流转联合审批单位")
    for _, unit in story.units:
        handler.sees(unit)
    handler.look("30-circulate")
    handler.press("流转", then="已流转")


def give_opinion(reviewer: Visitor, number: str, step: str) -> None:
    _from_inbox(reviewer, number, "出具联合审批意见")
    reviewer.main.get_by_label("同意", exact=True).check()
    reviewer.fill("理由", "经审查，符合条件，同意。（示例）")
    reviewer.fill("法律依据", "《中华人民共和国行政许可法》第三十四条")
    reviewer.look(f"{step}-opinion")
    reviewer.press("提交签发")
    assert not reviewer.can_press("签发"), "the drafter must not sign"


def sign_opinion(leader: Visitor, number: str, step: str) -> None:
    _from_inbox(leader, number, "出具联合审批意见")
    leader.look(f"{step}-sign")
    leader.press("签发", then="意见已签发")


def propose(handler: Visitor, number: str) -> None:
    _from_inbox(handler, number, "作出审批决定")
    handler.main.get_by_label("准予许可", exact=True).check()
    handler.fill("理由", "各联合审批单位均同意，申请符合法定条件。（示例）")
    handler.fill("法律依据", "《中华人民共和国行政许可法》第三十八条")
    handler.fill("证件名称（准予时）", "示例许可证")
    handler.fill("许可范围（准予时）", "示例范围")
    handler.fill("有效期（年，准予时）", "3")
    handler.look("35-propose")
    handler.press("提交审定")
    assert not handler.can_press("审定"), "the handler must not approve"


def approve(leader: Visitor, number: str) -> None:
    _from_inbox(leader, number, "作出审批决定")
    leader.look("36-approve")
    leader.press("审定", then="已审定")


def repush(handler: Visitor, story: Story, number: str) -> None:
    """The returned result goes to another department."""
    _from_inbox(handler, number, "")
    handler.sees("不属于本单位职责")
    handler.look("55-repush")
    handler.choose("改推给", story.right_one[1])
    handler.press("重新推送", then=f"已推送给{story.right_one[1]}")


# -- supervision -----------------------------------------------------------------------
def open_result(supervisor: Visitor, number: str, step: str) -> None:
    """The result stands in the inbox; its content shows once somebody has opened it."""
    _menu(supervisor, "办理结果认领")
    supervisor.follow(number)
    supervisor.press("打开", then="随函材料")
    supervisor.sees("示例许可证")
    supervisor.sees("收件情况")
    supervisor.look(step)


def claim(supervisor: Visitor, step: str) -> None:
    supervisor.press("认领", then="已认领")
    supervisor.look(step)


def register(supervisor: Visitor) -> None:
    """Taking the holder into supervision is an act of its own (9.1)."""
    supervisor.fill("监管事项", "是否按许可范围开展活动（示例）")
    field = supervisor.field("监管责任人")
    field.select_option(index=1)
    supervisor.press("纳入监管范围", then="已纳入监管范围")
    supervisor.look("52-registered")
    supervisor.follow("查看监管台账")
    supervisor.sees("示例许可证")
    supervisor.look("53-register")


def give_back(supervisor: Visitor) -> None:
    supervisor.fill("退回理由", "该事项不属于本单位职责，请推送行政主管部门。（示例）")
    supervisor.press("退回", then="已退回")
    supervisor.look("54-returned")


# -- ways over the desk ------------------------------------------------------------------
def _menu(visitor: Visitor, name: str) -> None:
    """By the menu beside the page; on a phone it is folded."""
    visitor.go("/desk/")
    fold = visitor.page.locator("details.desk__fold > summary")
    if fold.is_visible():
        fold.click()
    link = visitor.page.get_by_role("navigation", name="工作台").get_by_role(
        "link", name=re.compile(f"^{name}")
    )
    link.locator("visible=true").first.click()
    visitor.settled()
    visitor.check()


def _open_case(visitor: Visitor, number: str) -> None:
    _menu(visitor, "办件查询")
    visitor.follow(number)
    visitor.sees(number)


def _from_inbox(visitor: Visitor, number: str, duty: str) -> None:
    """The case as my inbox offers it, under the duty that waits for me."""
    visitor.go("/desk/")
    row = visitor.page.locator("main table tr").filter(has_text=number).filter(has_text=duty)
    visitor.follow(number, within=row.first)
