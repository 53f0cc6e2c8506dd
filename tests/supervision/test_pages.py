"""The supervisor's pages: tabs, one push, three POST addresses, the register, the approver's panel."""

import re
from datetime import timedelta

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from casework.core.clocks.models import Duty
from casework.core.ledger.models import LedgerEntry
from casework.models import PushState, RegisterEntry, ResultPush
from casework.supervision import actions
from portal.accounts.roles import DepartmentKind
from tests.cast import department
from tests.seen import send
from tests.supervision.world import fresh, pushed

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
TOKEN = re.compile(r'(?<=csrftoken": ")\w+|(?<=csrfmiddlewaretoken" value=")\w+')


def page_of(push):
    return reverse("casework:push", args=[push.pk])


@pytest.fixture
def push(cast, version):
    return pushed(cast, version, now=timezone.now())


@pytest.fixture
def desk(cast, sign_in):
    return sign_in(cast.supervisor)


def act(client, push, name, data, **how):
    """Send a form of the push's page; pushing again stands on the case page."""
    case_page = reverse("casework:case", args=[push.case.number])
    page = case_page if name == "repush" else page_of(push)
    return send(client, page, f"{page_of(push)}{name}/", data, **how)


def text(response):
    return response.content.decode()


# -- without JavaScript


def test_the_whole_way_without_javascript(cast, push, desk):
    assert push.case.number in text(desk.get("/desk/supervision/"))
    closed = text(desk.get(page_of(push)))
    assert "尚未打开" in closed
    assert "符合规定的条件" not in closed  # the content shows only once it is opened
    answer = desk.post(f"{page_of(push)}open/", follow=True)
    assert answer.redirect_chain == [(page_of(push), 302)]
    assert "符合规定的条件" in text(answer)
    assert "申请书.pdf" in text(answer)
    assert 'name="officer"' not in text(answer)
    answer = desk.post(f"{page_of(push)}claim/", follow=True)
    assert 'name="officer"' in text(answer)
    form = {"activity": "食品销售是否符合许可条件", "officer": cast.supervisor.pk}
    answer = act(desk, push, "register", form, follow=True)
    assert "已纳入监管" in text(answer)
    assert "食品销售是否符合许可条件" in text(desk.get("/desk/supervision/register/"))
    assert fresh(push).state == PushState.REGISTERED


def test_looking_at_a_push_opens_nothing(push, desk):
    desk.get(page_of(push))
    assert fresh(push).recipient.opened_at is None


def test_a_refusal_offers_no_registration(cast, version, desk):
    push = pushed(cast, version, granted=False, now=timezone.now())
    answer = text(desk.post(f"{page_of(push)}claim/", follow=True))
    assert "已认领" in answer
    assert 'name="officer"' not in answer


def test_a_return_without_reason_comes_back_with_the_error(push, desk):
    answer = act(desk, push, "return", {"reason": " "})
    assert answer.status_code == 422
    assert "错误：办理结果" in text(answer)
    assert "请填写退回理由" in text(answer)
    assert fresh(push).state == PushState.DELIVERED


def test_a_registration_without_officer_keeps_what_was_typed(cast, push, desk):
    desk.post(f"{page_of(push)}claim/")
    answer = act(desk, push, "register", {"activity": "每季度检查一次", "officer": cast.enforcer.pk})
    assert answer.status_code == 422
    assert "每季度检查一次" in text(answer)
    assert "监管责任人须为本部门" in text(answer)
    assert not RegisterEntry.objects.exists()


def test_the_second_of_two_clients_gets_409_and_advice(push, desk, cast, sign_in):
    assert desk.post(f"{page_of(push)}claim/").status_code == 302
    answer = sign_in(cast.supervisor).post(f"{page_of(push)}claim/")
    assert answer.status_code == 409
    assert "刷新页面" in text(answer)


# -- scope


@pytest.mark.parametrize("act", ["", "open/", "claim/", "return/", "register/"])
def test_another_departments_push_is_not_found(cast, push, sign_in, act):
    other = sign_in(cast.stranger)  # holds every role, elsewhere
    method = other.post if act else other.get
    mine, missing = method(f"{page_of(push)}{act}"), method(f"/desk/supervision/999999/{act}")
    assert (mine.status_code, missing.status_code) == (404, 404)
    known = TOKEN.sub("", text(mine)).replace(page_of(push), "/desk/supervision/999999/")
    assert known == TOKEN.sub("", text(missing))  # nothing tells one from the other
    assert fresh(push).state == PushState.DELIVERED


@pytest.mark.parametrize("who", ["clerk", "handler", "reviewer_a", "evaluator", "auditor", "editor"])
def test_who_does_not_supervise_is_refused(cast, push, sign_in, who):
    assert sign_in(getattr(cast, who)).get("/desk/supervision/").status_code == 403
    assert sign_in(getattr(cast, who)).post(f"{page_of(push)}claim/").status_code == 403


@pytest.mark.parametrize("act", ["open/", "claim/", "return/", "register/", "repush/"])
def test_acts_refuse_get(push, desk, act):
    assert desk.get(f"{page_of(push)}{act}").status_code == 405


# -- htmx


def test_htmx_gets_the_fragment_and_the_message(push, desk):
    answer = desk.post(f"{page_of(push)}open/", {"use_partial": "body"}, headers=HTMX)
    assert answer.status_code == 200
    assert "<html" not in text(answer)
    assert 'id="push"' in text(answer)
    assert 'hx-swap-oob="innerHTML"' in text(answer)
    assert "已记录打开时间" in text(answer)
    assert answer.headers["HX-Replace-Url"] == page_of(push)


def test_htmx_errors_come_as_fragments(push, desk):
    answer = act(desk, push, "return", {"reason": "", "use_partial": "body"}, headers=HTMX)
    assert answer.status_code == 422
    assert "<html" not in text(answer)
    assert "请填写退回理由" in text(answer)
    desk.post(f"{page_of(push)}claim/")
    answer = desk.post(f"{page_of(push)}claim/", {"use_partial": "body"}, headers=HTMX)
    assert answer.status_code == 409
    assert "<html" not in text(answer)


def test_htmx_cannot_choose_any_fragment(push, desk):
    assert desk.get(f"{page_of(push)}?use_partial=timeline", headers=HTMX).status_code == 400


# -- tabs and many at once


def test_tabs_hold_what_they_say_with_counts(cast, version, desk):
    rows = [pushed(cast, version, number, now=timezone.now()) for number in range(1, 5)]
    actions.claim_result(fresh(rows[0]), by=cast.supervisor, now=timezone.now())
    actions.return_result(fresh(rows[1]), reason="不属于本部门监管", by=cast.supervisor, now=timezone.now())
    expected = {
        "delivered": [rows[2], rows[3]],
        "claimed": [rows[0]],
        "registered": [],
        "returned": [rows[1]],
    }
    for tab, found in expected.items():
        answer = desk.get(f"/desk/supervision/?tab={tab}")
        assert {row["push"].pk for row in answer.context["rows"]} == {row.pk for row in found}
        shown = next(item for item in answer.context["tabs"] if item["current"])
        assert shown["count"] == str(len(found))


def test_many_are_claimed_and_each_failure_is_named(cast, version, desk):
    rows = [pushed(cast, version, number, now=timezone.now()) for number in range(1, 4)]
    actions.claim_result(fresh(rows[1]), by=cast.supervisor, now=timezone.now())
    foreign = ResultPush.objects.filter(department=cast.enforcement).first()
    ticked = {"push": [row.pk for row in rows] + [foreign.pk]}
    answer = desk.post("/desk/supervision/claim/", ticked, follow=True)
    assert [str(row) for row in answer.context["messages"]] == ["已认领2件，未认领2件。"]
    told = [(row["push"] and row["push"].pk, row["label"]) for row in answer.context["rows"]]
    assert told == [
        (rows[0].pk, "已认领"),
        (rows[1].pk, "已有他人认领"),
        (rows[2].pk, "已认领"),
        (None, "无权认领"),
    ]
    assert [fresh(row).state for row in rows] == [PushState.CLAIMED] * 3
    assert fresh(foreign).state == PushState.DELIVERED


def test_the_list_of_results_stays_true_when_it_is_read_again(cast, version, desk, sign_in):
    rows = [pushed(cast, version, number, now=timezone.now()) for number in range(1, 4)]
    actions.return_result(fresh(rows[1]), reason="不属于本部门", by=cast.supervisor, now=timezone.now())
    answer = desk.post("/desk/supervision/claim/", {"push": [row.pk for row in rows[:2]]})
    address = answer["Location"]
    for _ in range(2):
        assert [row["label"] for row in desk.get(address).context["rows"]] == ["已认领", "已被退回"]
    assert desk.get(f"{address}&push={rows[2].pk}&push=x").context["rows"][2]["label"] == "未能认领"
    for at in ("", "nonsense", "2026-13-45T00:00:00Z", "2026-09-07T09:30:00"):
        assert desk.get("/desk/supervision/claimed/", {"push": rows[0].pk, "at": at}).status_code == 200
    assert "认领所选" in text(desk.get("/desk/supervision/claimed/"))


def test_a_defect_in_one_row_takes_none_of_the_others(cast, version, desk, monkeypatch):
    rows = [pushed(cast, version, number, now=timezone.now()) for number in range(1, 4)]
    claim = actions.claim_result

    def breaks(push, **who):
        claim(push, **who)
        if push.pk == rows[1].pk:
            raise RuntimeError("a defect after the work")

    monkeypatch.setattr(actions, "claim_result", transaction.atomic(breaks))
    answer = desk.post("/desk/supervision/claim/", {"push": [row.pk for row in rows]}, follow=True)
    assert [row["label"] for row in answer.context["rows"]] == ["已认领", "未能认领", "已认领"]
    assert any(rows[1].case.number in str(line) for line in answer.context["messages"])
    assert [fresh(row).state for row in rows] == [PushState.CLAIMED, PushState.DELIVERED, PushState.CLAIMED]


def test_htmx_is_led_to_the_list_of_results(desk, push):
    answer = desk.post("/desk/supervision/claim/", {"push": push.pk}, headers=HTMX)
    assert answer.status_code == 204
    assert answer["HX-Redirect"].startswith("/desk/supervision/claimed/?at=")


def test_claiming_none_says_what_to_do(desk, push):
    answer = desk.post("/desk/supervision/claim/")
    assert answer.status_code == 422
    assert "请先勾选" in text(answer)


def test_pages_follow_each_other_without_gap_or_double(cast, version, desk):
    numbers = [pushed(cast, version, number, now=timezone.now()).case.number for number in range(1, 46)]
    address, seen = "?", []
    while address:
        answer = desk.get(f"/desk/supervision/{address}")
        seen += [row["push"].case.number for row in answer.context["rows"]]
        address = answer.context["page"].next_url
    assert seen == sorted(numbers, reverse=True)
    back = desk.get(f"/desk/supervision/{answer.context['page'].prev_url}")
    assert [row["push"].case.number for row in back.context["rows"]] == seen[20:40]


@pytest.mark.parametrize("address", ["/desk/supervision/", "/desk/supervision/register/"])
def test_queries_do_not_grow_with_rows(cast, version, desk, address, django_assert_max_num_queries):
    def measure():
        desk.get(address)
        with django_assert_max_num_queries(16) as asked:
            assert desk.get(f"{address}?size=50").status_code == 200
        return len(asked.captured_queries)

    def add(numbers):
        who = {"by": cast.supervisor, "now": timezone.now()}
        for number in numbers:
            push = pushed(cast, version, number, now=who["now"])
            if "register" in address:
                actions.claim_result(fresh(push), **who)
                actions.register_holder(fresh(push), activity="检查", officer=cast.supervisor, **who)

    add(range(1, 3))
    few = measure()
    add(range(3, 31))
    assert measure() == few


# -- the approver


def test_the_approver_sees_the_return_and_pushes_it_again(cast, push, desk, sign_in):
    right = department("right", "示例市农业农村局", DepartmentKind.COMPETENT)
    act(desk, push, "return", {"reason": "该活动由农业农村部门监管"})
    approver = sign_in(cast.handler)
    case_page = reverse("casework:case", args=[push.case.number])
    inbox = text(approver.get("/desk/"))
    assert "重新推送办理结果" in inbox
    assert f"{case_page}#repush-{push.pk}" in inbox
    shown = text(approver.get(case_page))
    assert "该活动由农业农村部门监管" in shown
    assert f'id="repush-{push.pk}"' in shown
    answer = act(approver, push, "repush", {"department": right.pk}, follow=True)
    assert answer.redirect_chain == [(case_page, 302)]
    assert "示例市农业农村局" in text(answer)
    assert fresh(push).state == PushState.REPUSHED
    assert ResultPush.objects.get(replaces=push).department == right
    assert not Duty.objects.open().filter(kind="repush").exists()


def test_a_wrong_choice_is_refused_with_the_reason(cast, push, desk, sign_in):
    act(desk, push, "return", {"reason": "不属于本部门"})
    answer = act(sign_in(cast.handler), push, "repush", {"department": cast.enforcement.pk})
    assert answer.status_code == 422
    assert fresh(push).state == PushState.RETURNED


def test_only_the_cases_approver_may_push_again(cast, push, desk, sign_in):
    act(desk, push, "return", {"reason": "不属于本部门"})
    assert act(sign_in(cast.stranger), push, "repush", {"department": 1}).status_code == 404
    case_page = reverse("casework:case", args=[push.case.number])
    assert 'id="repush-' not in text(sign_in(cast.clerk).get(case_page))


# -- the clock


def test_a_lapsed_claim_says_so_in_words_and_comes_first(cast, version, desk):
    young = pushed(cast, version, 1, now=timezone.now())
    old = pushed(cast, version, 2, now=timezone.now() - timedelta(days=30))
    assert "已逾期" in text(desk.get("/desk/supervision/"))
    rows = desk.get("/desk/?kind=claim").context["rows"]
    assert [row["duty"].key for row in rows] == [f"claim:push:{old.pk}", f"claim:push:{young.pk}"]
    assert rows[0]["badge"].tone == "late"
    assert not LedgerEntry.objects.filter(action="duty.lapsed").exists()  # late is computed, no sweep ran
