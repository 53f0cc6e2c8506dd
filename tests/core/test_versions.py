"""Two people at one form (R-30): the second sees both values, nothing is lost, nothing is written over."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from casework.approval import actions as approval
from casework.core.files.models import KeptUpload, StoredFile
from casework.core.ledger.models import LedgerEntry
from casework.core.outbox import endpoints
from casework.intake import actions as intake
from casework.intake.models import CheckKind
from casework.models import CaseState, CirculationState, PushState, RegisterEntry
from casework.supervision import actions as supervision
from tests import steps
from tests.core.outbox.letters import http_endpoint
from tests.seen import hidden, send
from tests.supervision.world import fresh, pushed

pytestmark = pytest.mark.django_db
KINDS = ("completeness", "authenticity", "form", "legality")
PASSED = {f"{kind}_result": "pass" for kind in KINDS}
HTMX = {"HX-Request": "true"}
OPINION = {"outcome": "conditional", "reasons": "我写的理由", "basis": "《示例条例》第二条"}


def page_of(case):
    return reverse("casework:case", args=[case.number])


def text(response):
    return response.content.decode()


@pytest.fixture
def outdated(cast, version, sign_in):
    """The checks form as a clerk opened it; then a colleague recorded the checks."""
    case, clerk = steps.received(cast, version), sign_in(cast.clerk)
    action = reverse("casework:intake-checks", args=[case.number])
    seen = hidden(clerk, page_of(case), action)
    results = dict.fromkeys(CheckKind, (True, "")) | {CheckKind.FORM: (False, "缺少法人签字")}
    intake.record_checks(case, results=results, by=cast.clerk, now=timezone.now())
    return case, clerk, action, seen


def test_both_values_are_shown_with_who_and_when_and_nothing_is_written(outdated, cast):
    case, clerk, action, seen = outdated
    before = LedgerEntry.objects.count()
    answer = clerk.post(action, PASSED | {"form_remark": "我核对过了"} | seen)
    page = text(answer)
    assert answer.status_code == 409
    row = next(row for row in answer.context["rows"] if row["label"] == "规范性说明")
    assert (row["entered"], row["now"].words, row["now"].who) == (
        "我核对过了",
        "缺少法人签字",
        str(cast.clerk),
    )
    assert row["differs"]
    assert row["now"].at is not None
    result = next(row for row in answer.context["rows"] if row["label"] == "规范性")
    assert (result["entered"], result["now"].words) == ("通过", "不通过")
    for words in ("缺少法人签字", 'value="我核对过了"', "再次提交", "没有丢失"):
        assert words in page
    assert case.checks.get(kind="form").remark == "缺少法人签字"
    assert LedgerEntry.objects.count() == before


def test_it_can_be_sent_again_on_purpose(outdated):
    case, clerk, action, seen = outdated
    page = clerk.post(action, PASSED | {"form_remark": "我核对过了"} | seen)
    renewed = re.search(r'name="seen" value="(\w+)"', text(page)).group(1)
    assert renewed != seen["seen"]
    answer = clerk.post(action, PASSED | {"form_remark": "我核对过了", "seen": renewed})
    assert answer.status_code == 302
    check = case.checks.get(kind="form")
    assert (check.passed, check.remark) == (True, "我核对过了")


def test_a_second_change_in_between_conflicts_again(outdated, cast):
    case, clerk, action, seen = outdated
    renewed = re.search(r'name="seen" value="(\w+)"', text(clerk.post(action, PASSED | seen))).group(1)
    intake.record_checks(
        case, results={CheckKind.LEGALITY: (False, "不属于职权")}, by=cast.clerk, now=timezone.now()
    )
    answer = clerk.post(action, PASSED | {"seen": renewed})
    assert answer.status_code == 409
    assert "不属于职权" in text(answer)


@pytest.mark.parametrize("seen", [{}, {"seen": ""}, {"seen": "x" * 64}, {"seen": "版本"}])
def test_a_form_without_its_version_saw_nothing(cast, version, sign_in, seen):
    case = steps.received(cast, version)
    action = reverse("casework:intake-checks", args=[case.number])
    assert sign_in(cast.clerk).post(action, PASSED | seen).status_code == 409
    assert not case.checks.exists()


def test_with_htmx_the_page_takes_the_place_of_the_content(outdated):
    _, clerk, action, seen = outdated
    answer = clerk.post(action, PASSED | seen | {"use_partial": "case"}, headers=HTMX)
    assert answer.status_code == 409
    assert answer.headers["HX-Retarget"] == "#main"
    assert "<html" not in text(answer)
    assert text(answer).count("<h1") == 1
    assert 'id="messages"' in text(answer)


def test_an_act_that_is_over_shows_the_text_to_be_copied_and_no_button(cast, version, sign_in):
    case = steps.circulating(cast, version)
    circulation, reviewer = case.circulations.get(unit=cast.unit_a), sign_in(cast.reviewer_a)
    action = reverse("casework:opinion-draft", args=[circulation.pk])
    seen = hidden(reviewer, page_of(case), action)
    steps.drafted(cast, case, "a")
    answer = reviewer.post(action, OPINION | seen)
    page = text(answer)
    assert answer.status_code == 409
    assert answer.context["over"]
    assert "我写的理由" in page
    assert "经审查，符合条件" in page  # the colleague's draft, which the unit's own people may read
    assert "再次提交" not in page
    assert page_of(case) in page
    assert circulation.opinions.count() == 1


def test_a_form_that_is_wrong_and_over_keeps_its_text_too(cast, version, sign_in):
    case = steps.circulating(cast, version)
    circulation, reviewer = case.circulations.get(unit=cast.unit_a), sign_in(cast.reviewer_a)
    steps.drafted(cast, case, "a")
    answer = reviewer.post(reverse("casework:opinion-draft", args=[circulation.pk]), OPINION | {"basis": ""})
    assert answer.status_code == 409
    assert "我写的理由" in text(answer)


@pytest.mark.parametrize("data", [OPINION, OPINION | {"basis": ""}], ids=["valid", "wrong"])
def test_whoever_may_not_act_is_shown_nothing_of_what_stands(cast, version, sign_in, data):
    """The draft of another unit is no other unit's business, before it is signed."""
    case = steps.circulating(cast, version)
    circulation = steps.drafted(cast, case, "a")
    answer = sign_in(cast.reviewer_b).post(reverse("casework:opinion-draft", args=[circulation.pk]), data)
    assert answer.status_code in {403, 409}
    assert "经审查，符合条件" not in text(answer)
    assert str(cast.reviewer_a) not in text(answer)


def test_the_handler_sees_an_opinion_that_came_in_while_writing(cast, version, sign_in):
    case = steps.circulating(cast, version)
    steps.signed(cast, case, "a")
    handler, action = sign_in(cast.handler), reverse("casework:approval-propose", args=[case.number])
    seen = hidden(handler, page_of(case), action)
    steps.signed(cast, case, "b", outcome="conditional")
    answer = handler.post(action, steps.GRANT | seen)
    assert answer.status_code == 409
    assert not answer.context["over"]
    case.refresh_from_db()
    assert case.state == CaseState.CIRCULATING


def test_a_draft_that_was_replaced_is_not_sent_back_by_mistake(cast, version, sign_in):
    case = steps.circulating(cast, version)
    circulation, leader = steps.drafted(cast, case, "a"), sign_in(cast.leader_a)
    action = reverse("casework:opinion-send-back", args=[circulation.pk])
    seen = hidden(leader, page_of(case), action)
    approval.send_back_opinion(circulation, reason="先退一次", by=cast.leader_a, now=timezone.now())
    steps.drafted(cast, case, "a")
    answer = leader.post(action, {"reason": "请补充依据"} | seen)
    assert answer.status_code == 409
    assert "请补充依据" in text(answer)
    circulation.refresh_from_db()
    assert circulation.state == CirculationState.DRAFTED


def test_a_return_and_a_registration_that_came_too_late(cast, version, sign_in):
    push, desk = pushed(cast, version, now=timezone.now()), sign_in(cast.supervisor)
    page = reverse("casework:push", args=[push.pk])
    seen = hidden(desk, page, f"{page}return/")
    supervision.claim_result(fresh(push), by=cast.supervisor, now=timezone.now())
    answer = desk.post(f"{page}return/", {"reason": "不属于本部门监管"} | seen)
    assert answer.status_code == 409
    assert "不属于本部门监管" in text(answer)
    assert "已认领" in text(answer)
    assert fresh(push).state == PushState.CLAIMED
    form = {"activity": "每季度检查一次", "officer": cast.supervisor.pk}
    seen = hidden(desk, page, f"{page}register/")
    assert desk.post(f"{page}register/", form | seen).status_code == 302
    again = desk.post(f"{page}register/", {**form, "activity": "每月检查一次"} | seen)
    assert again.status_code == 409
    assert values(again) == {
        "监管事项": ("每月检查一次", "每季度检查一次", str(cast.supervisor)),
        "监管责任人": (officer_of(again), officer_of(again), str(cast.supervisor)),
    }
    assert RegisterEntry.objects.count() == 1


def values(answer):
    """What the page after a conflict shows: label → (entered, now, who)."""
    return {
        row["label"]: (row["entered"], row["now"].words, row["now"].who) for row in answer.context["rows"]
    }


def officer_of(answer):
    return next(row["entered"] for row in answer.context["rows"] if row["label"] == "监管责任人")


def test_two_returns_of_one_result(cast, version, sign_in):
    push, desk = pushed(cast, version, now=timezone.now()), sign_in(cast.supervisor)
    page = reverse("casework:push", args=[push.pk])
    seen = hidden(desk, page, f"{page}return/")
    supervision.return_result(fresh(push), reason="应推送文旅局", by=cast.supervisor, now=timezone.now())
    answer = desk.post(f"{page}return/", {"reason": "不属于本部门监管"} | seen)
    assert answer.status_code == 409
    assert values(answer) == {"退回理由": ("不属于本部门监管", "应推送文旅局", str(cast.supervisor))}


def test_an_address_that_a_colleague_changed(cast, sign_in, settings):
    settings.PUSH_ALLOWED_ENDPOINTS = ["127.0.0.1:9"]
    where = http_endpoint(cast.competent, "http://127.0.0.1:9/old")
    desk, page = sign_in(cast.sysadmin), reverse("casework:endpoint", args=[where.pk])
    seen = hidden(desk, page, f"{page}address/")
    endpoints.move(where, address="http://127.0.0.1:9/theirs", by=cast.sysadmin, now=timezone.now())
    answer = desk.post(f"{page}address/", {"address": "http://127.0.0.1:9/mine"} | seen)
    assert answer.status_code == 409
    assert values(answer) == {"新地址": ("http://127.0.0.1:9/mine", "http://127.0.0.1:9/theirs", "")}


# -- files


def test_files_chosen_stay_chosen_after_a_conflict(cast, version, sign_in):
    case, clerk = steps.received(cast, version, materials={1: [steps.pdf()]}), sign_in(cast.clerk)
    action = reverse("casework:intake-materials", args=[case.number])
    answer = clerk.post(action, {"material_2": [steps.pdf("图.pdf")], "seen": "old"})
    kept = KeptUpload.objects.get()
    assert answer.status_code == 409
    assert "图.pdf" in text(answer)
    assert f'value="{kept.pk}" checked' in text(answer)
    assert StoredFile.objects.count() == 1  # the trial left nothing
    done = send_kept(clerk, case, action, kept)
    assert done.status_code == 302
    assert [file.name for file in case.materials.get(position=2).files.all()] == ["图.pdf"]
    assert not KeptUpload.objects.exists()


def send_kept(client, case, action, kept):
    return send(client, page_of(case), action, {"material_2_kept": [str(kept.pk)]})


def test_somebody_elses_kept_file_is_no_file(cast, version, sign_in):
    case = steps.received(cast, version)
    action = reverse("casework:intake-materials", args=[case.number])
    sign_in(cast.clerk).post(action, {"material_3": [steps.pdf("图.pdf")], "seen": "old"})
    kept = KeptUpload.objects.get()
    KeptUpload.objects.update(person=cast.handler)
    answer = send(sign_in(cast.clerk), page_of(case), action, {"material_3_kept": [str(kept.pk)]})
    assert answer.status_code == 422
    assert "请重新选择文件" in text(answer)


@pytest.mark.parametrize("ids", [["x"], ["00000000-0000-4000-8000-000000000000"], ["../../etc/passwd"]])
def test_made_up_kept_files_are_refused(cast, version, sign_in, ids):
    case = steps.received(cast, version)
    action = reverse("casework:intake-materials", args=[case.number])
    answer = send(sign_in(cast.clerk), page_of(case), action, {"material_3_kept": ids})
    assert answer.status_code == 422
