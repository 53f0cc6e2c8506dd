"""The window's pages (7.1, 7.4), as a browser without JavaScript uses them."""

import re
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from casework.models import Case, CaseState, KeptUpload, Notice
from cms_pages.catalogue import freezing
from cms_pages.catalogue.models import Material
from portal.accounts.roles import Role
from tests import steps
from tests.cast import NOW, person
from tests.seen import send

FIELDS = {
    "kind": "organisation",
    "name": "示例餐饮有限公司",
    "code_kind": "uscc",
    "code": f" {steps.USCC.lower()} ",
    "agent_name": "示例经办人",
    "agent_phone": "138 0000 0000",
    "handling_kind": "new",
    "summary": "开办餐饮服务场所",
    "address": "示例路1号",
}
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def clerk(cast, sign_in):
    return sign_in(cast.clerk)


def new_url(version):
    return f"{reverse('casework:intake-new')}?item={version.item_id}"


def application(cast, version, **changes):
    files = {
        "material_1": [steps.pdf("申请书.pdf"), steps.pdf("申请书续页.pdf")],
        "material_2": [steps.pdf("图.pdf")],
    }
    own = {"window": cast.window.pk, "version": version.pk, "once": uuid.uuid4()}
    return FIELDS | own | files | changes


def act(client, case, name, data=None, **headers):
    action = reverse(f"casework:intake-{name}", args=[case.number])
    return send(client, reverse("casework:case", args=[case.number]), action, data, **headers)


def test_the_work_page_lists_what_waits_for_the_window(cast, version, clerk, django_assert_max_num_queries):
    for _ in range(3):
        steps.received(cast, version)
    submitted = steps.submitted(cast, version)
    with django_assert_max_num_queries(14):
        page = clerk.get(reverse("casework:intake")).content.decode()
    assert page.count("审查与受理") == 3
    assert submitted.number not in page


def test_the_search_finds_items_and_says_which_are_closed(cast, version, clerk):
    version.item.supervisors.all().delete()
    freezing.freeze(version.item, by=cast.editor, now=NOW)
    page = clerk.get(reverse("casework:intake"), {"q": "食品 经营"}).content.decode()
    assert "暂不收件" in page
    assert "监管部门" in page
    assert "没有找到" in clerk.get(reverse("casework:intake"), {"q": "没有这个"}).content.decode()


def test_the_search_answers_htmx_with_its_fragment_only(version, clerk):
    response = clerk.get(reverse("casework:intake"), {"q": "食品", "use_partial": "guides"}, **HTMX)
    page = response.content.decode()
    assert "<html" not in page
    assert new_url(version).replace("&", "&amp;") in page
    assert "HX-Request" in response["Vary"]
    assert clerk.get(reverse("casework:intake"), {"use_partial": "rows"}, **HTMX).status_code == 400


@pytest.mark.parametrize("who", ["handler", "reviewer_a", "supervisor", "evaluator", "editor"])
def test_only_window_clerks_get_in(cast, version, sign_in, who):
    client = sign_in(getattr(cast, who))
    assert client.get(reverse("casework:intake")).status_code == 403
    assert client.get(new_url(version)).status_code == 403
    assert client.post(new_url(version), application(cast, version)).status_code == 403


def test_a_closed_guide_shows_why(cast, version, clerk):
    version.item.materials.all().delete()
    freezing.freeze(version.item, by=cast.editor, now=NOW)
    response = clerk.get(new_url(version))
    assert "申请材料" in response.content.decode()
    assert clerk.post(new_url(version), application(cast, version)).status_code == 422
    assert not Case.objects.exists()


@pytest.mark.parametrize("item", ["", "0", "abc", "99999999999999999999"])
def test_an_unknown_item_is_not_found(clerk, version, item):
    assert clerk.get(reverse("casework:intake-new"), {"item": item}).status_code == 404


def test_an_application_comes_in_as_one_form_with_several_files(cast, version, clerk):
    response = clerk.post(new_url(version), application(cast, version))
    case = Case.objects.get()
    assert response.status_code == 302
    assert response["Location"] == reverse("casework:case", args=[case.number])
    assert case.applicant.code == steps.USCC
    assert case.materials.get(position=1).files.count() == 2
    assert case.parties.get().phone == steps.PHONE
    assert case.window == cast.window


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": ""}, "申请人名称"),
        ({"code": "91110000802100433X"}, "统一社会信用代码不正确"),
        ({"kind": "person"}, "自然人的证件类型应为"),
        ({"kind": "person", "code_kind": "citizen_id", "code": "110105194912310021"}, "居民身份证号码不正确"),
        ({"agent_phone": "12345"}, "联系电话不正确"),
        ({"agent_name": ""}, "请填写经办人姓名"),
        ({"summary": " "}, "申请内容"),
    ],
)
def test_invalid_input_is_explained_and_kept(cast, version, clerk, changes, said):
    response = clerk.post(new_url(version), application(cast, version, **changes))
    page = response.content.decode()
    assert response.status_code == 422
    assert said in page
    assert "请先修改以下内容" in page
    assert "示例路1号" in page
    assert "<title>错误：" in page
    assert not Case.objects.exists()


def test_a_refused_file_is_named_at_its_material(cast, version, clerk):
    bad = SimpleUploadedFile("平面图.exe", b"MZ")
    response = clerk.post(new_url(version), application(cast, version, material_2=[bad]))
    assert response.status_code == 422
    assert "id_material_2_error" in response.content.decode()
    assert not Case.objects.exists()


def test_a_guide_that_changed_meanwhile_shows_its_new_list(cast, version, clerk):
    Material.objects.create(item=version.item, name="新增的材料", necessity="1")
    newer = freezing.freeze(version.item, by=cast.editor, now=NOW)
    response = clerk.post(new_url(version), application(cast, version))
    page = response.content.decode()
    assert response.status_code == 422
    assert "刚刚更新" in page
    assert "新增的材料" in page
    assert f'value="{newer.pk}"' in page


def test_the_case_page_masks_numbers_and_phones(cast, version, clerk, django_assert_max_num_queries):
    case = steps.received(cast, version, applicant=steps.PERSON)
    with django_assert_max_num_queries(45):
        page = clerk.get(reverse("casework:case", args=[case.number])).content.decode()
    assert "138****0000" in page
    for secret in (steps.PHONE, steps.CITIZEN_ID, "示例经办人", "示例王小明"):
        assert secret not in page
    assert "保存审查结果" in page


def test_the_checks_form_answers_422_with_the_input_kept(cast, version, clerk):
    case = steps.received(cast, version)
    data = {f"{kind}_result": "pass" for kind in ("completeness", "authenticity", "legality")}
    response = act(clerk, case, "checks", data | {"form_result": "fail", "legality_remark": "已核对"})
    page = response.content.decode()
    assert response.status_code == 422
    assert "规范性未通过的，请说明原因" in page
    assert "已核对" in page
    assert not case.checks.exists()


def test_from_checks_to_submission_by_clicking(cast, version, clerk):
    case = steps.received(cast, version)
    kinds = ("completeness", "authenticity", "form", "legality")
    assert act(clerk, case, "checks", {f"{kind}_result": "pass" for kind in kinds}).status_code == 302
    url = reverse("casework:intake-accept", args=[case.number])
    assert "确认受理该申请" in clerk.get(url).content.decode()
    response = clerk.post(url, follow=True)
    page = response.content.decode()
    notice = Notice.objects.get(kind=Notice.Kind.ACCEPTANCE)
    assert response.redirect_chain[-1][0] == reverse("casework:notice", args=[notice.pk])
    case.refresh_from_db()
    for said in (notice.number, case.number, case.query_code):
        assert said in page
    assert "提交审批部门" in clerk.get(reverse("casework:case", args=[case.number])).content.decode()
    assert act(clerk, case, "submit").status_code == 302
    case.refresh_from_db()
    assert case.state == CaseState.SUBMITTED


def test_the_query_code_is_not_kept_in_the_clear(cast, version):
    case = steps.accepted(cast, version)
    assert case.query_code not in "".join(case.notices.get().paragraphs)


def test_acceptance_that_is_not_possible_yet_answers_422(cast, version, clerk):
    case = steps.received(cast, version, now=timezone.now())
    response = act(clerk, case, "accept")
    assert response.status_code == 422
    assert "完整性尚未审查" in response.content.decode()


def test_stale_pages_answer_409_and_htmx_gets_the_body_only(cast, version, clerk):
    case = steps.submitted(cast, version)
    for name in ("accept", "submit", "close"):
        response = act(clerk, case, name)
        assert response.status_code == 409
        assert "<html" in response.content.decode()
    assert clerk.get(reverse("casework:intake-accept", args=[case.number])).status_code == 409
    fragment = act(clerk, case, "submit", **HTMX)
    assert fragment.status_code == 409
    assert "<html" not in fragment.content.decode()
    assert "请刷新页面" in fragment.content.decode()


def test_missing_materials_are_added_on_the_case_page(cast, version, clerk):
    case = steps.received(cast, version, materials={1: [steps.pdf()]})
    assert act(clerk, case, "materials").status_code == 422
    assert act(clerk, case, "materials", {"material_2": [steps.pdf("图.pdf")]}).status_code == 302
    assert case.materials.get(position=2).provided


def test_refused_acceptance_by_clicking(cast, version, clerk):
    case = steps.checked(cast, version)
    response = act(clerk, case, "refuse", {"reasons": ""})
    assert response.status_code == 422
    assert "请写明不予受理的理由" in response.content.decode()
    response = act(clerk, case, "refuse", {"reasons": "不属于本机关职权"}, follow=True)
    assert "不属于本机关职权" in response.content.decode()


def test_a_decided_case_is_closed_after_a_question(cast, version, clerk):
    case = steps.decided(cast, version)
    url = reverse("casework:intake-close", args=[case.number])
    page = clerk.get(reverse("casework:case", args=[case.number])).content.decode()
    assert url in page
    assert "确认出具结果并办结" in clerk.get(url).content.decode()
    response = clerk.post(url, follow=True)
    assert "准予行政许可决定书" in response.content.decode()
    case.refresh_from_db()
    assert case.state == CaseState.CLOSED


def test_somebody_elses_case_does_not_exist(cast, version, sign_in):
    case = steps.checked(cast, version)
    stranger = sign_in(cast.stranger)
    for name in ("materials", "checks", "accept", "refuse", "submit", "close"):
        assert act(stranger, case, name).status_code == 404
    case.refresh_from_db()
    assert case.state == CaseState.RECEIVED


def test_a_supervisor_sees_nothing_of_the_windows_file(cast, version, sign_in):
    case = steps.closed(cast, version)
    page = sign_in(cast.supervisor).get(reverse("casework:case", args=[case.number])).content.decode()
    assert "intake-panel" not in page
    assert "approval-panel" not in page


def test_an_application_sent_twice_comes_in_once_and_gets_the_same_answer(cast, version, clerk):
    token = uuid.uuid4()
    first, second = (clerk.post(new_url(version), application(cast, version, once=token)) for _ in range(2))
    assert (first.status_code, second.status_code) == (302, 302)
    assert first["Location"] == second["Location"]
    case = Case.objects.get()
    assert case.files.count() == 3


def test_an_application_sent_twice_with_other_content_is_not_taken_for_the_first(cast, version, clerk):
    """R-06: nobody is told the number of another application; sending it again says that it is meant."""
    token = uuid.uuid4()
    clerk.post(new_url(version), application(cast, version, once=token))
    answer = clerk.post(
        new_url(version), application(cast, version, once=token, summary="另一项申请（示例）")
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "与上次不同，因此没有办理" in page
    assert "另一项申请（示例）" in page
    assert Case.objects.count() == 1
    renewed = re.search(r'name="once" value="([^"]+)"', page)[1]
    assert renewed != str(token)
    again = application(cast, version, once=renewed, summary="另一项申请（示例）")
    assert clerk.post(new_url(version), again).status_code == 302
    assert Case.objects.count() == 2


def test_a_form_of_somebody_else_counts_for_itself(cast, version, sign_in, clerk):
    token = uuid.uuid4()
    colleague = person("clerk-2", "示例窗口员乙", (cast.window, Role.WINDOW_CLERK))
    clerk.post(new_url(version), application(cast, version, once=token))
    sign_in(colleague).post(new_url(version), application(cast, version, once=token))
    assert Case.objects.count() == 2


def test_an_application_that_was_refused_may_be_sent_again_with_the_files_still_chosen(cast, version, clerk):
    token = uuid.uuid4()
    answer = clerk.post(new_url(version), application(cast, version, once=token, code="1"))
    page = answer.content.decode()
    kept = KeptUpload.objects.order_by("name")
    assert answer.status_code == 422
    assert [row.name for row in kept] == ["图.pdf", "申请书.pdf", "申请书续页.pdf"]
    assert all(f'value="{row.pk}" checked' in page for row in kept)
    again = application(cast, version, once=token) | {
        "material_1": [],
        "material_1_kept": [str(row.pk) for row in kept if row.name.startswith("申请书")],
    }
    assert clerk.post(new_url(version), again).status_code == 302
    files = Case.objects.get().materials.get(position=1).files
    assert sorted(files.values_list("name", flat=True)) == ["申请书.pdf", "申请书续页.pdf"]
    assert KeptUpload.objects.get().name == "图.pdf"  # chosen again as a new file, and swept in a day


def test_an_application_without_its_token_is_shown_again_with_one(cast, version, clerk):
    answer = clerk.post(new_url(version), application(cast, version, once=""))
    assert answer.status_code == 422
    assert "表单已过期" in answer.content.decode()
    assert 'name="once" value=""' not in answer.content.decode()
    assert not Case.objects.exists()
