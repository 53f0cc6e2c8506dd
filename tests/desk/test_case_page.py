"""The case page as a work screen: what is to be done comes first, acts swap the case without a reload."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from casework.core.clocks.models import Duty
from casework.models import CaseState, PushState, ResultPush
from casework.supervision import actions as supervision
from portal.accounts.roles import DepartmentKind
from tests import steps
from tests.cast import department
from tests.seen import send
from tests.supervision.world import pushed

pytestmark = pytest.mark.django_db
KINDS = ("completeness", "authenticity", "form", "legality")
PASSED = {f"{kind}_result": "pass" for kind in KINDS}


def page_of(case):
    return reverse("casework:case", args=[case.number])


def address(name, case):
    return reverse(f"casework:{name}", args=[case.number])


def htmx_at(case):
    return {"HX-Request": "true", "HX-Current-URL": f"http://testserver{page_of(case)}"}


def post(client, url, case, data=None):
    return send(client, page_of(case), url, {"use_partial": "case", **(data or {})}, headers=htmx_at(case))


def text(response):
    return response.content.decode()


def todo(client, case):
    return [act.label for act in client.get(page_of(case)).context["todo"]]


# -- what is to be done now


def test_each_person_is_offered_the_acts_of_the_moment(cast, version, sign_in):
    clerk, handler, chief = sign_in(cast.clerk), sign_in(cast.handler), sign_in(cast.chief)
    now = timezone.now()
    received = steps.received(cast, version, materials={1: [steps.pdf()]}, now=now)
    assert todo(clerk, received) == ["补收缺少的1项必要材料", "完成四项审查"]
    assert todo(clerk, steps.checked(cast, version, now=now)) == ["受理"]
    accepted = steps.accepted(cast, version)
    assert todo(clerk, accepted) == [f"提交{cast.approver.label}审批"]
    assert todo(handler, accepted) == []
    submitted = steps.submitted(cast, version)
    assert (todo(clerk, submitted), todo(handler, submitted)) == ([], ["流转联合审批单位"])
    proposed = steps.proposed(cast, version)
    assert (todo(handler, proposed), todo(chief, proposed)) == ([], ["审定审批决定"])
    assert todo(clerk, steps.decided(cast, version)) == ["出具结果并办结"]


def test_units_are_offered_their_own_opinion_only(cast, version, sign_in):
    case = steps.circulating(cast, version)
    reviewer, leader = sign_in(cast.reviewer_a), sign_in(cast.leader_a)
    assert todo(reviewer, case) == [f"拟定{cast.unit_a.label}的意见"]
    steps.drafted(cast, case)
    assert (todo(reviewer, case), todo(leader, case)) == ([], [f"签发{cast.unit_a.label}的意见"])


def test_supervisor_and_approver_are_led_to_the_result(cast, version, sign_in):
    push = pushed(cast, version, now=timezone.now())
    supervisor, handler = sign_in(cast.supervisor), sign_in(cast.handler)
    assert todo(supervisor, push.case) == ["认领或退回办理结果"]
    supervision.return_result(push, reason="不属于本部门监管", by=cast.supervisor, now=timezone.now())
    assert todo(handler, push.case) == [f"改推{push.department.label}退回的结果"]


def test_every_offered_place_exists_on_the_page_and_comes_first(cast, version, sign_in):
    clerk, handler = sign_in(cast.clerk), sign_in(cast.handler)
    for client, case in (
        (clerk, steps.received(cast, version, materials={1: [steps.pdf()]})),
        (clerk, steps.accepted(cast, version)),
        (handler, steps.submitted(cast, version)),
        (handler, steps.answered(cast, version)),
    ):
        response = client.get(page_of(case))
        page = text(response)
        for act in response.context["todo"]:
            if act.url.startswith("#"):
                assert f'id="{act.url[1:]}"' in page, act
    assert page.index("approval-panel") < page.index("intake-panel")  # the handler acts in the former


def test_whose_turn_it_is_stands_there_when_there_is_nothing_to_do(cast, version, sign_in):
    page = text(sign_in(cast.clerk).get(page_of(steps.submitted(cast, version))))
    assert "目前没有需要您办理的事项" in page
    assert f"正在等待：{cast.approver.label}" in page


def test_the_reckoning_is_written_out(cast, version, sign_in):
    case = steps.received(cast, version)
    page = text(sign_in(cast.clerk).get(page_of(case)))
    words = re.search(r"怎么算的.*?<p>(自[^<]+届满。)</p>", page, re.DOTALL)
    assert words, "the sentence of the reckoning is missing"
    assert "个工作日" in words.group(1)


# -- without a reload


def test_an_act_answers_htmx_with_the_case_and_the_message(cast, version, sign_in):
    case = steps.received(cast, version)
    response = post(sign_in(cast.clerk), address("intake-checks", case), case, PASSED)
    page = text(response)
    assert response.status_code == 200
    assert "<html" not in page
    assert page.lstrip().startswith(f"<title>办件 {case.number}")
    assert 'id="case"' in page
    assert 'id="timeline"' in page
    assert re.search(r'id="messages"[^>]*aria-live="polite"[^>]*hx-swap-oob="innerHTML"', page)
    assert "四项审查结果已保存" in page
    assert "data-focus" in page
    assert "HX-Replace-Url" not in response.headers  # the address is the case's already
    assert "HX-Push-Url" not in response.headers
    assert "HX-Request" in response["Vary"]


def test_a_refused_form_comes_back_in_the_case_with_its_input(cast, version, sign_in):
    case = steps.received(cast, version)
    data = PASSED | {"form_result": "fail", "legality_remark": "已核对"}
    response = post(sign_in(cast.clerk), address("intake-checks", case), case, data)
    page = text(response)
    assert response.status_code == 422
    assert "<html" not in page
    assert page.lstrip().startswith("<title>错误：")
    assert 'class="error-summary"' in page
    assert 'href="#id_form_remark"' in page
    assert 'value="已核对"' in page
    assert not case.checks.exists()


def test_what_was_refused_or_stale_goes_to_the_message_region(cast, version, sign_in):
    case = steps.submitted(cast, version)
    response = post(sign_in(cast.clerk), address("intake-submit", case), case)
    assert response.status_code == 409
    assert response.headers["HX-Retarget"] == "#messages"  # the form below keeps what was typed
    assert response.headers["HX-Reswap"].startswith("innerHTML")
    assert "请刷新页面" in text(response)
    assert "<h1" not in text(response)


def test_files_come_by_htmx_too(cast, version, sign_in):
    case = steps.received(cast, version, materials={1: [steps.pdf()]})
    clerk = sign_in(cast.clerk)
    assert 'hx-encoding="multipart/form-data"' in text(clerk.get(page_of(case)))
    added = post(clerk, address("intake-materials", case), case, {"material_2": [steps.pdf("图.pdf")]})
    assert added.status_code == 200
    assert "已补收材料" in text(added)
    assert case.materials.get(position=2).provided


def test_a_paper_to_be_printed_is_a_page_of_its_own(cast, version, sign_in):
    case = steps.checked(cast, version, now=timezone.now())
    response = post(
        sign_in(cast.clerk), address("intake-refuse", case), case, {"reasons": "不属于本机关职权"}
    )
    assert response.status_code == 204
    assert response.headers["HX-Redirect"] == reverse("casework:notice", args=[case.notices.get().pk])


def test_the_way_through_approval_without_a_reload(cast, version, sign_in):
    case = steps.submitted(cast, version)
    handler, chief = sign_in(cast.handler), sign_in(cast.chief)
    assert "已流转2个" in text(post(handler, address("approval-circulate", case), case))
    for unit, reviewer, leader in (
        (cast.unit_a, cast.reviewer_a, cast.leader_a),
        (cast.unit_b, cast.reviewer_b, cast.leader_b),
    ):
        pk = case.circulations.get(unit=unit).pk
        draft = {"outcome": "agree", "reasons": "符合条件", "basis": "《示例条例》第一条"}
        url = reverse("casework:opinion-draft", args=[pk])
        assert "请写明理由" in text(post(sign_in(reviewer), url, case, draft | {"reasons": ""}))
        assert "已拟定意见" in text(post(sign_in(reviewer), url, case, draft))
        sign = reverse("casework:opinion-sign", args=[pk])
        assert "意见已签发" in text(post(sign_in(leader), sign, case, {"version": 1}))
    assert "已提交审批负责人" in text(post(handler, address("approval-propose", case), case, steps.GRANT))
    back = post(chief, address("approval-send-back", case), case, {"version": 1, "reason": "补充理由"})
    assert "已退回承办人" in text(back)
    assert "已提交审批负责人" in text(post(handler, address("approval-propose", case), case, steps.GRANT))
    assert "已审定" in text(post(chief, address("approval-approve", case), case, {"version": 2}))
    case.refresh_from_db()
    assert case.state == CaseState.DECIDED


def test_a_returned_result_is_pushed_again_without_a_reload(cast, version, sign_in):
    push = pushed(cast, version, now=timezone.now())
    supervision.return_result(push, reason="不属于本部门监管", by=cast.supervisor, now=timezone.now())
    right = department("cg", "示例市城管局", DepartmentKind.COMPETENT)
    handler, url = sign_in(cast.handler), reverse("casework:push-repush", args=[push.pk])
    empty = post(handler, url, push.case, {"department": ""})
    assert empty.status_code == 422
    assert "请选择要推送的监管部门" in text(empty)
    assert f'id="id_repush{push.pk}_department"' in text(empty)
    done = post(handler, url, push.case, {"department": right.pk})
    assert done.status_code == 200
    assert f"已推送给{right}" in text(done)
    assert ResultPush.objects.filter(case=push.case, department=right, state=PushState.DELIVERED).exists()


@pytest.mark.parametrize("act", ["intake-checks", "intake-submit", "approval-circulate", "approval-propose"])
def test_an_ended_session_leads_to_the_sign_in_page_and_back_to_the_case(cast, version, client, act):
    case = steps.received(cast, version)
    response = post(client, address(act, case), case)
    assert response.status_code == 204
    assert response.headers["HX-Redirect"].endswith(f"next={page_of(case)}")


def test_another_site_cannot_choose_where_the_sign_in_leads(cast, version, client):
    case = steps.received(cast, version)
    headers = {"HX-Request": "true", "HX-Current-URL": "https://example.invalid/desk/"}
    response = client.post(address("intake-submit", case), headers=headers)
    assert response.headers["HX-Redirect"].endswith("next=/desk/")


def test_only_listed_fragments_are_given(cast, version, sign_in):
    case = steps.received(cast, version)
    client = sign_in(cast.clerk)
    whole = client.get(f"{page_of(case)}?use_partial=case", headers=htmx_at(case))
    assert "<html" not in text(whole)
    assert client.get(f"{page_of(case)}?use_partial=todo", headers=htmx_at(case)).status_code == 400


def test_every_form_of_the_case_page_works_both_ways(cast, version, sign_in):
    """Each posts plainly and by htmx to one and the same address, and locks its button in flight."""
    pages = [
        text(sign_in(person).get(page_of(case)))
        for person, case in (
            (cast.clerk, steps.received(cast, version)),
            (cast.clerk, steps.accepted(cast, version)),
            (cast.handler, steps.submitted(cast, version)),
            (cast.reviewer_a, steps.circulating(cast, version)),
            (cast.handler, steps.answered(cast, version)),
            (cast.chief, steps.proposed(cast, version)),
        )
    ]
    forms = [
        form
        for page in pages
        for form in re.findall(r'<form[^>]*action="/desk/(?:intake|approval)[^>]*>', page)
    ]
    assert len(forms) == 11
    for form in forms:
        plain, swapped = re.search(r' action="([^"]+)"', form), re.search(r'hx-post="([^"]+)"', form)
        assert plain.group(1) == swapped.group(1)
        for needed in ('method="post"', 'hx-target="#case"', 'hx-swap="outerHTML"', "hx-disabled-elt"):
            assert needed in form, form
    assert Duty.objects.exists()


def test_a_supervisor_reads_the_milestones_and_its_own_acts_only(cast, version, sign_in):
    case = steps.closed(cast, version)
    seen = text(sign_in(cast.supervisor).get(page_of(case)))
    assert "作出审批决定" in seen
    assert "签发联合审批意见" not in seen
    assert cast.reviewer_a.name not in seen
    assert "签发联合审批意见" in text(sign_in(cast.handler).get(page_of(case)))


def test_the_evaluator_reads_names_of_files_without_a_dead_link(cast, version, sign_in):
    case = steps.closed(cast, version)
    seen = text(sign_in(cast.evaluator).get(page_of(case)))
    assert "申请书" in seen
    assert "/desk/files/" not in seen


def test_the_timeline_has_no_pointers_for_machines(cast, version, sign_in):
    seen = text(sign_in(cast.handler).get(page_of(steps.closed(cast, version))))
    assert "decision:" not in seen
    assert "opinion:" not in seen
