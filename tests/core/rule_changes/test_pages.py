"""The pages under ``/cms/``: who sees them, what they say, how much they ask; the desk's part (14, R-21)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from casework.core.rule_changes import actions, queries
from casework.core.rule_changes.carrying import carry
from casework.core.rule_changes.models import ChangeState, RuleChange
from casework.core.rules_data.models import DutyKind, LimitRule
from casework.core.worktime.coverage import Gap
from casework.core.worktime.models import CalendarNotice
from casework.core.worktime.queries import calendar_version
from portal.accounts.groups import sync_groups
from portal.accounts.models import Department, Membership, User
from portal.accounts.roles import Role
from tests.cast import NOW, at
from tests.core.rule_changes.conftest import closure
from tests.core.rule_changes.test_actions import CORRECTION, LIMIT
from tests.core.rule_changes.test_importing import ROWS, csv
from tests.rule_acts import CLOSURE, HOURS, VERSION
from tests.seen import hidden, send

pytestmark = pytest.mark.django_db
MISSING = 999_999
GETS = {
    "calendar_notices": {},
    "calendar_notice": {"notice_id": MISSING},
    "rule_changes": {},
    "rule_change": {"change_id": MISSING},
    "limit_rules": {},
    "limit_rule": {"kind": "claim"},
}
PROPOSES = {
    "propose_holidays": {},
    "propose_closure": {},
    "propose_hours": {},
    "propose_limit": {"kind": "claim"},
    "rule_change_withdraw": {"change_id": MISSING},
}
DECIDES = {"rule_change_approve": {"change_id": MISSING}, "rule_change_reject": {"change_id": MISSING}}
BOTH = {Role.SYSADMIN, Role.SECURITY_ADMIN}
WHO = [
    *((name, parts, "get", BOTH) for name, parts in GETS.items()),
    *((name, parts, "post", {Role.SYSADMIN}) for name, parts in PROPOSES.items()),
    *((name, parts, "post", {Role.SECURITY_ADMIN}) for name, parts in DECIDES.items()),
]


@pytest.fixture
def desk(site, admins, sign_in):
    """``desk("approver")``: that administrator at the editors' desk, with the groups of the roles."""
    sync_groups(today=timezone.localdate())
    return lambda who: sign_in(User.objects.get(pk=getattr(admins, who).pk))


@pytest.fixture
def waiting(admins) -> RuleChange:
    return actions.propose(content=closure(), by=admins.proposer, now=NOW)


def page(client: Client, name: str, *args: object) -> str:
    answer = client.get(reverse(name, args=args))
    assert answer.status_code == 200
    return answer.content.decode()


# -- who ------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "parts", "method", "who"), WHO, ids=[row[0] for row in WHO])
def test_every_role_at_every_address(name, parts, method, who, site, db) -> None:
    where = Department.objects.create(code="one", name="示例单位")
    url = reverse(name, kwargs=parts)
    for role in Role:
        user = User.objects.create(username=role.value, name=str(role.label))
        Membership.objects.create(user=user, department=where, role=role)
    sync_groups(today=timezone.localdate())
    for role in Role:
        client = Client()
        client.force_login(
            User.objects.get(username=role.value), backend="django.contrib.auth.backends.ModelBackend"
        )
        answer = getattr(client, method)(url)
        if role in who:
            assert answer.status_code in {200, 404, 422}, (role, answer.status_code)
        else:  # Wagtail sends away: to its first page, or to the sign-in page
            assert answer.status_code == 302, role
            assert answer.url in {reverse("wagtailadmin_home"), f"/cms/login/?next={url}"} or (
                answer.url.startswith("/accounts/login/")
            ), (role, answer.url)
    assert Client().get(url).status_code == 302


@pytest.mark.parametrize("name", [*PROPOSES, *DECIDES])
def test_no_act_without_its_token(name, site, admins) -> None:
    sync_groups(today=timezone.localdate())
    person = admins.proposer if name in PROPOSES else admins.approver
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.get(pk=person.pk), backend="django.contrib.auth.backends.ModelBackend")
    assert client.post(reverse(name, kwargs={**PROPOSES, **DECIDES}[name])).status_code == 403


@pytest.mark.parametrize("name", [*DECIDES, "rule_change_withdraw"])
def test_acts_are_posts(name, desk) -> None:
    for who in ("proposer", "approver"):
        assert desk(who).get(reverse(name, kwargs={"change_id": 1})).status_code in {302, 405}


def test_menus_lead_there_and_only_for_them(desk, cast, sign_in) -> None:
    for who in ("proposer", "approver"):
        text = page(desk(who), "wagtailadmin_home")
        for name in ("calendar_notices", "limit_rules", "rule_changes"):
            assert reverse(name) in text
    text = page(sign_in(User.objects.get(pk=cast.editor.pk)), "wagtailadmin_home")
    assert reverse("calendar_notices") not in text


# -- proposing ------------------------------------------------------------------------


def upload(content: bytes, **more: str) -> dict[str, object]:
    return {"file": SimpleUploadedFile("通知.csv", content), "published_on": "2026-11-05", **more}


def propose(client: Client, name: str, data: dict[str, object], *args: str):
    """Fill in the form and send it."""
    url = reverse(name, args=args)
    return send(client, url, url, data)


def test_a_file_becomes_a_proposal(desk) -> None:
    answer = propose(desk("proposer"), "propose_holidays", upload(csv()))
    change = RuleChange.objects.get()
    assert (answer.status_code, answer.url) == (302, reverse("rule_change", args=[change.pk]))
    assert change.state == ChangeState.PROPOSED


def test_a_check_writes_nothing(desk) -> None:
    answer = propose(desk("proposer"), "propose_holidays", upload(csv(), check="1"))
    assert "2027年：写明 4 个日期" in answer.content.decode()
    assert not RuleChange.objects.exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (csv([*ROWS, ("2027-02-30", "放假", "春节")]), "A6"),
        (csv(header=("一", "二", "三")), "表头缺少"),
        (b"\xff\xfe\x00", "文字编码无法识别"),
        (csv([("2026-10-01", "放假", "国庆节")]), "日历里都已有"),
    ],
)
def test_a_wrong_file_is_refused_at_its_field(desk, content, words) -> None:
    answer = propose(desk("proposer"), "propose_holidays", upload(content))
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not RuleChange.objects.exists()


def test_a_closure_over_new_year(desk) -> None:
    assert propose(desk("proposer"), "propose_closure", CLOSURE).status_code == 302
    content = RuleChange.objects.get().content
    assert content["year"] == 2027
    assert [row[0] for row in content["days"]] == ["2026-12-31", "2027-01-01", "2027-01-02"]


def test_office_hours_and_a_limit(desk) -> None:
    client = desk("proposer")
    assert propose(client, "propose_hours", HOURS).status_code == 302
    assert propose(client, "propose_limit", VERSION, "claim").status_code == 302
    assert set(RuleChange.objects.values_list("kind", flat=True)) == {"hours", "limit"}
    assert "等待审定" in page(client, "limit_rule", "claim")


@pytest.mark.parametrize(
    ("name", "data", "field", "words"),
    [
        ("propose_closure", {**CLOSURE, "last": "2026-12-30"}, "last", "终止日期不能早于起始日期"),
        ("propose_closure", {**CLOSURE, "last": "2027-03-30"}, "last", "最多31天"),
        ("propose_closure", {**CLOSURE, "first": "x"}, "first", "日期"),
        ("propose_hours", {**HOURS, "morning_end": "07:00"}, "morning_start", "须依次为"),
        ("propose_hours", {**HOURS, "valid_to": "2026-05-01"}, "valid_to", "不能早于"),
        ("propose_limit", {**VERSION, "amount": "0.3"}, "amount", "以0.5为单位"),
        ("propose_limit", {**VERSION, "amount": "-1"}, "amount", "须大于零"),
        ("propose_limit", {**VERSION, "valid_from": "2020-01-01"}, "valid_from", "不能早于今天"),
        ("propose_limit", {**VERSION, "basis": ""}, "basis", "请填写此项"),
        ("propose_limit", {**VERSION, "source": "item"}, "source", "选"),
    ],
)
def test_bad_input_is_refused_at_its_field_and_kept(desk, name, data, field, words) -> None:
    args = ["claim"] if name == "propose_limit" else []
    answer = propose(desk("proposer"), name, data, *args)
    assert answer.status_code == 422
    assert any(words in error for error in answer.context["form"].errors[field]), answer.context[
        "form"
    ].errors
    assert not RuleChange.objects.exists()
    kept = "title" if "title" in data else "start_event"
    assert data[kept] in answer.content.decode()


def test_the_same_closure_twice_is_refused(desk) -> None:
    client = desk("proposer")
    propose(client, "propose_closure", CLOSURE)
    answer = propose(client, "propose_closure", CLOSURE)
    assert answer.status_code == 422
    assert "已经提出" in answer.content.decode()
    assert RuleChange.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "args", "data"),
    [
        ("propose_holidays", [], lambda: upload(csv())),
        ("propose_closure", [], lambda: CLOSURE),
        ("propose_hours", [], lambda: HOURS),
        ("propose_limit", ["claim"], lambda: VERSION),
    ],
)
def test_a_form_that_is_sent_twice_proposes_once(desk, name, args, data) -> None:
    client, url = desk("proposer"), reverse(name, args=args)
    once = hidden(client, url, url)
    first, again = (client.post(url, {**once, **data()}) for _ in range(2))
    assert (first.status_code, again.status_code) == (302, 302)
    assert first.url == again.url
    assert RuleChange.objects.count() == 1


def test_the_same_form_with_other_content_is_refused_and_kept(desk) -> None:
    client, url = desk("proposer"), reverse("propose_closure")
    once = hidden(client, url, url)
    client.post(url, {**once, **CLOSURE})
    answer = client.post(url, {**once, **CLOSURE, "title": "另一通告（示例）"})
    assert answer.status_code == 422
    assert "本次填写的内容与上次不同" in answer.content.decode()
    assert "另一通告（示例）" in answer.content.decode()
    assert RuleChange.objects.count() == 1


def test_a_form_without_its_token_proposes_nothing(desk) -> None:
    answer = desk("proposer").post(reverse("propose_closure"), CLOSURE)
    assert answer.status_code == 422
    assert "表单已过期" in answer.content.decode()
    assert CLOSURE["title"] in answer.content.decode()
    assert not RuleChange.objects.exists()


# -- deciding -------------------------------------------------------------------------


def test_the_preview_lists_from_and_to(desk, waiting, claim) -> None:
    claim()
    text = page(desk("approver"), "rule_change", waiting.pk)
    assert "共 1 项未结任务的届满时间将变化" in text
    assert "2026年9月8日 17:30" in text
    assert "2026年9月9日 17:30" in text
    assert "批准并生效" in text
    assert "批准并生效" not in page(desk("proposer"), "rule_change", waiting.pk)
    assert "撤回" in page(desk("proposer"), "rule_change", waiting.pk)


def test_approve_in_the_page(desk, waiting, claim) -> None:
    claim()
    data = {"version": calendar_version(), "shortened": 0}
    client = desk("approver")
    assert client.post(reverse("rule_change_approve", args=[waiting.pk]), data).status_code == 302
    carry(now=NOW)
    text = page(client, "rule_change", waiting.pk)
    assert "已生效" in text
    assert "2026年9月9日 17:30" in text
    notice = RuleChange.objects.get().notice
    assert "查看提出和审定的经过" in page(client, "calendar_notice", notice.pk)


def test_shortening_wants_the_tick(desk, admins, claim) -> None:
    claim(now=at(9, 11))
    change = actions.propose(content=CORRECTION, by=admins.proposer, now=NOW)
    client, url = desk("approver"), reverse("rule_change_approve", args=[change.pk])
    text = page(client, "rule_change", change.pk)
    assert "<strong>1 项提前</strong>" in text
    data = {"version": calendar_version(), "shortened": 1}
    refused = client.post(url, data)
    assert refused.status_code == 422
    assert "请核对下方清单" in refused.content.decode()
    assert client.post(url, {**data, "confirmed": "on"}).status_code == 302
    assert RuleChange.objects.get().shortened == 1


@pytest.mark.parametrize(
    "data", [{}, {"version": "x", "shortened": "0"}, {"version": "-1", "shortened": "0"}]
)
def test_an_incomplete_approval_is_refused(desk, waiting, data) -> None:
    answer = desk("approver").post(reverse("rule_change_approve", args=[waiting.pk]), data)
    assert answer.status_code == 422
    assert RuleChange.objects.get().state == ChangeState.PROPOSED


def test_the_second_approver_is_told_that_it_is_done(desk, waiting) -> None:
    data = {"version": calendar_version(), "shortened": 0}
    url = reverse("rule_change_approve", args=[waiting.pk])
    desk("approver").post(url, data)
    answer = desk("other").post(url, data)
    assert answer.status_code == 409
    assert "已由他人处理" in answer.content.decode()
    assert CalendarNotice.objects.filter(kind="local").count() == 1


def test_reject_with_a_reason_and_withdraw(desk, admins, waiting) -> None:
    url = reverse("rule_change_reject", args=[waiting.pk])
    assert desk("approver").post(url, {"reason": ""}).status_code == 422
    assert desk("approver").post(url, {"reason": "文号有误"}).status_code == 302
    assert "驳回理由：文号有误" in page(desk("proposer"), "rule_change", waiting.pk)
    again = actions.propose(content=closure(), by=admins.proposer, now=NOW)
    assert desk("proposer").post(reverse("rule_change_withdraw", args=[again.pk])).status_code == 302
    again.refresh_from_db()
    assert again.state == ChangeState.WITHDRAWN


def test_a_limit_shows_old_and_new(desk, admins) -> None:
    change = actions.propose(content=LIMIT, by=admins.proposer, now=NOW)
    text = page(desk("approver"), "rule_change", change.pk)
    assert "<td>1个工作日</td>" in text
    assert "<strong>2个工作日</strong>" in text


def test_the_second_limit_is_compared_anew_before_it_is_approved(desk, admins) -> None:
    """Both waited; the second was compared with a limit that the first replaced."""
    wanted = replace(LIMIT, valid_from=date(2099, 1, 1))
    first = actions.propose(content=wanted, by=admins.proposer, now=NOW)
    second = actions.propose(content=replace(wanted, amount=Decimal(3)), by=admins.proposer, now=NOW)
    client, there = desk("approver"), reverse("rule_change", args=[second.pk])
    url = reverse("rule_change_approve", args=[second.pk])
    seen = hidden(client, there, url)
    actions.approve(
        first, version=queries.standing_version(first), confirmed=0, by=admins.other, now=timezone.now()
    )
    answer = client.post(url, seen)
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "现行时限已有新的版本生效" in text
    assert "<td>2个工作日</td>" in text
    assert "<strong>3个工作日</strong>" in text
    assert send(client, there, url).status_code == 302


def test_what_holds_today_and_what_is_to_come(db) -> None:
    old = LimitRule.objects.get(duty_kind=DutyKind.CLAIM)
    LimitRule.objects.create(
        duty_kind=old.duty_kind,
        amount=Decimal(2),
        unit=old.unit,
        end_rule=old.end_rule,
        start_event="推送送达",
        clause="9.1",
        source="measure",
        basis="示例",
        valid_from=date(2026, 10, 1),
        created_at=NOW,
    )
    row = next(row for row in queries.limits(date(2026, 9, 30)) if row.kind == DutyKind.CLAIM)
    assert (row.current, [rule.amount for rule in row.coming]) == (old, [2])
    row = next(row for row in queries.limits(date(2026, 10, 1)) if row.kind == DutyKind.CLAIM)
    assert (row.current.amount, row.coming) == (2, ())


# -- the size of it -------------------------------------------------------------------


PAGES = {"rule_changes": 25, "calendar_notices": 25, "limit_rules": 25, "limit_rule": 25, "rule_change": 32}


def test_pages_ask_the_same_however_much_there_is(desk, admins, claim, django_assert_max_num_queries) -> None:
    client = desk("approver")
    change = actions.propose(content=closure(), by=admins.proposer, now=NOW)
    args = {"limit_rule": ["claim"], "rule_change": [change.pk]}

    def asked() -> dict[str, int]:
        counts = {}
        for name, most in PAGES.items():
            page(client, name, *args.get(name, []))  # what Wagtail remembers of a first visit
            with django_assert_max_num_queries(most) as found:
                page(client, name, *args.get(name, []))
            counts[name] = len(found)
        return counts

    claim("d")
    few = asked()
    for n in range(30):
        claim(f"d{n}")
        actions.propose(content=closure(title=f"通告{n}（示例）"), by=admins.proposer, now=NOW)
    assert asked() == few


# -- the desk -------------------------------------------------------------------------


def test_the_alarm_reaches_both_administrators_and_nobody_else(admins, cast, sign_in, monkeypatch) -> None:
    monkeypatch.setattr(queries, "gap_ahead", lambda cal, today: Gap(2027, date(2026, 12, 31), 36))
    for person in (admins.proposer, admins.approver):
        assert "工作日历须补充" in page(sign_in(person), "casework:desk")
    for person in (cast.clerk, cast.auditor):
        assert "工作日历须补充" not in page(sign_in(person), "casework:desk")


def test_the_alarm_stands_on_the_dashboard_of_the_editors_desk(
    desk, cast, sign_in, waiting, monkeypatch
) -> None:
    monkeypatch.setattr(queries, "gap_ahead", lambda cal, today: Gap(2027, date(2026, 12, 31), 36))
    for who in ("proposer", "approver"):
        text = page(desk(who), "wagtailadmin_home")
        assert "工作日历须补充" in text
        assert "有 1 项日历或时限变更等待审定" in text
    assert "工作日历须补充" not in page(sign_in(User.objects.get(pk=cast.editor.pk)), "wagtailadmin_home")


def test_the_alarm_says_when_the_notice_only_waits_for_approval(desk, cal) -> None:
    client = desk("proposer")
    assert "正在等待审定" not in queries.calendar_alarm(cal, date(2026, 11, 5))
    propose(client, "propose_holidays", upload(csv()))
    assert "2027年的放假通知尚未载入" in queries.calendar_alarm(cal, date(2026, 11, 5))
    assert "该通知已经提出，正在等待审定" in queries.calendar_alarm(cal, date(2026, 11, 5))
    assert queries.calendar_alarm(cal, date(2026, 10, 31)) == ""


def test_people_see_what_moved_and_put_it_away(claim, case, cast, waiting, admins, sign_in) -> None:
    claim(case=case)
    actions.approve(waiting, version=calendar_version(), confirmed=0, by=admins.approver, now=NOW)
    carry(now=NOW)
    client = sign_in(cast.supervisor)
    text = page(client, "casework:desk")
    assert "1 项任务的届满时间有变化" in text
    moves = page(client, "casework:due-moves")
    assert case.number in moves
    assert "2026年9月9日 17:30" in moves
    assert case.number not in page(sign_in(cast.reviewer_a), "casework:due-moves")
    digest = cast.supervisor.move_digests.get()
    answer = client.post(reverse("casework:due-moves-read"), {"up_to": digest.pk})
    assert answer.status_code == 302
    assert "届满时间有变化" not in page(client, "casework:desk")
    assert client.post(reverse("casework:due-moves-read"), {"up_to": "x"}).status_code == 400
