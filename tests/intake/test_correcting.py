"""一次性告知补正: once, in time, everything; then the five days begin anew, or the application goes back (行政许可法 32)."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from casework.core.access import NotPermitted
from casework.core.clocks.models import Duty, DutyState, Reminder
from casework.core.clocks.recomputing import differences
from casework.core.clocks.sweep import sweep
from casework.core.ledger.models import LedgerEntry
from casework.core.letters.models import Notice
from casework.core.transitions import StaleState, Transition
from casework.intake import actions, rules
from casework.intake.correction_models import CorrectionItem, CorrectionRequest
from casework.intake.models import CheckKind
from casework.intake.rules import MaterialRow
from casework.models import Case, CaseState
from tests import steps
from tests.cast import NOW, at
from tests.seen import send

pytestmark = pytest.mark.django_db
PASSED = dict.fromkeys(CheckKind, (True, ""))
LAST = at(9, 28, 17, 30)  # fifteen working days after NOW: 9/20 is a make-up day, 9/25 a day off
ROWS = {
    1: MaterialRow("申请书", "1", provided=False),
    2: MaterialRow("平面图", "1", provided=True),
    3: MaterialRow("说明", "2", provided=False),
}


# -- rules ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "others", "more", "field", "why"),
    [
        ({1}, [], {}, "", ""),
        ({1, 2}, ["盖章"], {}, "", ""),
        (set(), [], {}, "other", "至少一项"),
        ({2}, [], {}, "what_1", "申请书是必要材料"),
        (set(), ["盖章"], {}, "what_1", "全部补正内容"),
        ({1}, ["长" * 301], {}, "other", "不超过300字"),
        ({1, 9}, [], {}, "", "第9项不是"),
        ({1}, [], {"asked_before": True}, "", "不能再次要求补正"),
        ({1}, [], {"deemed": True}, "", "即为受理"),
        ({1}, [], {"deemed": True, "asked_before": True}, "", "即为受理"),
    ],
)
def test_what_the_notice_must_be(asked, others, more, field, why) -> None:
    facts = {"asked_before": False, "deemed": False, **more}
    found = rules.refuses_correction(asked, others, ROWS, **facts)
    assert found[0] == field
    assert why in found[1]
    assert bool(found[1]) == bool(why)


@pytest.mark.parametrize(
    ("left", "due_at", "why"),
    [
        ([], LAST, ""),
        ([], NOW, ""),
        ([], NOW - timedelta(microseconds=1), "已经届满"),
        (["申请书：请提交"], LAST, "还没有补正齐全：申请书：请提交"),
        (["申请书：请提交"], NOW - timedelta(days=1), "已经届满"),
    ],
)
def test_when_it_counts_as_corrected(left, due_at, why) -> None:
    found = rules.refuses_resubmission(left, due_at=due_at, now=NOW)
    assert why in found
    assert bool(found) == bool(why)


# -- actions -------------------------------------------------------------------


def open_duties(case: Case) -> dict[str, Duty]:
    return {duty.kind: duty for duty in Duty.objects.open().filter(case=case)}


def test_the_notice_meets_the_five_days_and_begins_the_applicants_time(cast, version) -> None:
    case = steps.received(cast, version, materials={})
    wants = {1: "请提交原件", 2: "请按比例绘制"}
    notice = actions.request_correction(
        case, wants=wants, other="经办人授权\n\n盖章", by=cast.clerk, now=at(9, 8)
    )
    case.refresh_from_db()
    assert case.state == CaseState.CORRECTING
    assert notice.kind == Notice.Kind.CORRECTION
    text = "\n".join(notice.paragraphs)
    for words in ("请提交原件", "请按比例绘制", "3. 经办人授权", "4. 盖章", "2026年9月29日前"):
        assert words in text
    assert Duty.objects.get(key=f"accept:case:{case.pk}").state == DutyState.MET
    assert set(open_duties(case)) == {"correct"}
    assert [item.label for item in CorrectionItem.objects.all()][2:] == ["经办人授权", "盖章"]
    entry = LedgerEntry.objects.get(action="intake.correction_requested")
    assert (entry.actor, entry.clause, json.loads(entry.payload)["items"]) == (cast.clerk, "7.1", 4)


def test_everything_handed_in_begins_five_new_days(cast, version) -> None:
    case = steps.correcting(cast, version, other="补盖公章")
    first, second = CorrectionItem.objects.all()
    with pytest.raises(actions.NotCorrected, match=r"申请书.*补盖公章"):
        actions.resubmit(case, by=cast.clerk, now=at(9, 10))
    actions.add_materials(case, materials={1: [steps.pdf()]}, by=cast.clerk, now=at(9, 10))
    with pytest.raises(actions.NotCorrected, match="补盖公章"):
        actions.resubmit(case, settled=[first.pk], by=cast.clerk, now=at(9, 10))
    duty = actions.resubmit(case, settled=[second.pk], by=cast.clerk, now=at(9, 11))
    case.refresh_from_db()
    assert case.state == CaseState.RECEIVED
    assert duty.due_at == at(9, 18, 17, 30)
    assert set(open_duties(case)) == {"accept"}
    assert not CorrectionItem.objects.filter(met_at=None).exists()
    assert CorrectionRequest.objects.get().resubmitted_by == cast.clerk
    actions.record_checks(case, results=PASSED, by=cast.clerk, now=at(9, 14))
    notice = actions.accept(case, by=cast.clerk, now=at(9, 14))
    assert "补正材料收齐日期：2026年9月11日；受理日期：2026年9月14日" in "".join(notice.paragraphs)
    assert Duty.objects.get(key=f"decide:case:{case.pk}").started_at == at(9, 14)


def test_after_five_silent_days_it_is_accepted_from_the_day_it_was_complete(cast, version) -> None:
    case = steps.corrected(cast, version)
    actions.resubmit(case, by=cast.clerk, now=at(9, 11))
    sweep(now=at(9, 21))
    decision = Duty.objects.get(key=f"decide:case:{case.pk}")
    assert decision.started_at == at(9, 11)
    notice = actions.accept(Case.objects.get(pk=case.pk), by=cast.clerk, now=at(9, 21))
    assert "自补正材料收齐之日（2026年9月11日）起即为受理" in "".join(notice.paragraphs)
    with pytest.raises(StaleState):
        actions.request_correction(case, wants={1: "再来"}, by=cast.clerk, now=at(9, 21))


def test_it_is_told_once(cast, version) -> None:
    case = steps.corrected(cast, version)
    with pytest.raises(actions.BadCorrection, match="不能再次要求补正"):
        actions.request_correction(case, wants={1: "再来"}, by=cast.clerk, now=NOW)
    actions.resubmit(case, by=cast.clerk, now=NOW)
    with pytest.raises(actions.BadCorrection, match="不能再次要求补正"):
        actions.request_correction(case, wants={1: "再来"}, by=cast.clerk, now=NOW)
    assert Notice.objects.filter(kind=Notice.Kind.CORRECTION).count() == 1


def test_after_the_five_days_it_is_too_late(cast, version) -> None:
    case = steps.received(cast, version, materials={})
    with pytest.raises(actions.BadCorrection, match="即为受理"):
        actions.request_correction(case, wants={1: "请提交", 2: "请提交"}, by=cast.clerk, now=at(9, 15))
    case.refresh_from_db()
    assert case.state == CaseState.RECEIVED
    assert not CorrectionRequest.objects.exists()


@pytest.mark.parametrize(
    "moments", [[at(9, 30)], [at(10, 30)], [LAST + timedelta(microseconds=1), at(10, 12)]]
)
def test_the_platform_returns_what_was_not_corrected_in_time(cast, version, moments) -> None:
    case = steps.correcting(cast, version)
    for moment in moments:
        sweep(now=moment)
    case.refresh_from_db()
    assert case.state == CaseState.RETURNED
    notice = Notice.objects.get(kind=Notice.Kind.RETURN)
    assert (notice.made_by, notice.case) == (None, case)
    assert "补正期限已于2026年9月28日届满" in "".join(notice.paragraphs)
    assert CorrectionRequest.objects.get().returned_at == moments[0]
    duty = Duty.objects.get(key=f"correct:case:{case.pk}")
    assert (duty.state, duty.next_at) == (DutyState.VOID, None)
    assert not open_duties(case)
    entry = LedgerEntry.objects.get(action="intake.returned")
    assert (entry.actor, entry.actor_name) == (None, "平台")
    assert Transition.objects.filter(new="returned").count() == 1
    assert set(Reminder.objects.values_list("milestone", flat=True)) <= {"soon", "due"}
    assert list(differences()) == []
    assert sweep(now=at(10, 30)).lapses == 0


def test_nobody_records_a_correction_after_its_time(cast, version) -> None:
    case = steps.corrected(cast, version)
    with pytest.raises(actions.NotCorrected, match="已经届满"):
        actions.resubmit(case, by=cast.clerk, now=LAST + timedelta(microseconds=1))
    sweep(now=at(9, 30))
    with pytest.raises(StaleState):
        actions.resubmit(case, by=cast.clerk, now=at(9, 30))


def test_the_window_is_reminded_to_remind_the_applicant(cast, version) -> None:
    steps.correcting(cast, version)
    sweep(now=LAST - timedelta(hours=1))
    assert set(Reminder.objects.values_list("recipient__username", "milestone")) == {
        ("clerk", "soon"),
        ("clerk", "due"),
    }


def test_the_applicant_may_withdraw_meanwhile(cast, version) -> None:
    case = steps.correcting(cast, version)
    actions.withdraw(case, reason="不办了", by=cast.clerk, now=at(10, 30))
    case.refresh_from_db()
    assert case.state == CaseState.WITHDRAWN
    assert not Notice.objects.filter(kind=Notice.Kind.RETURN).exists()
    assert not open_duties(case)


@pytest.mark.parametrize("who", ["handler", "reviewer_a", "supervisor", "stranger", "sysadmin"])
def test_only_the_window(cast, version, who) -> None:
    by = getattr(cast, who)
    with pytest.raises(NotPermitted):
        actions.request_correction(steps.received(cast, version), wants={1: "请提交"}, by=by, now=NOW)
    with pytest.raises(NotPermitted):
        actions.resubmit(steps.corrected(cast, version), by=by, now=NOW)


# -- pages, without JavaScript -------------------------------------------------


def test_from_notice_to_new_start_on_the_page(cast, version, sign_in) -> None:
    now = timezone.now()
    case = steps.received(cast, version, materials={}, now=now)
    results = {**PASSED, CheckKind.FORM: (False, "缺少签字")}
    actions.record_checks(
        case,
        results={kind: results[kind] for kind in CheckKind if kind != "completeness"},
        by=cast.clerk,
        now=now,
    )
    client, page = sign_in(cast.clerk), reverse("casework:case", args=[case.number])
    shown = client.get(page).content.decode()
    assert "规范性：缺少签字" in shown  # what failed is proposed
    assert shown.count("请提交该材料。") == 2
    correct = reverse("casework:intake-correct", args=[case.number])
    answer = send(client, page, correct, {"what_1": "请提交原件", "what_2": "", "other": ""})
    assert answer.status_code == 422
    assert "场所平面图是必要材料" in answer.content.decode()
    assert "请提交原件" in answer.content.decode()
    wants = {"what_1": "请提交原件", "what_2": "请提交", "other": "缺少签字"}
    answer = send(client, page, correct, wants)
    assert answer.status_code == 302
    assert case.query_code in client.get(answer["Location"]).content.decode()
    waiting = client.get(page).content.decode()
    for words in ("待补正", "逾期自动退回", "申请书：请提交原件", "未补正", "登记补正齐全"):
        assert words in waiting
    resubmit = reverse("casework:intake-resubmit", args=[case.number])
    refused = send(client, page, resubmit)
    assert refused.status_code == 422
    assert "还没有补正齐全" in refused.content.decode()
    files = {"material_1": steps.pdf(), "material_2": steps.pdf()}
    assert (
        send(client, page, reverse("casework:intake-materials", args=[case.number]), files).status_code == 302
    )
    item = CorrectionItem.objects.get(material=None)
    assert send(client, page, resubmit, {f"item_{item.pk}": "on"}).status_code == 302
    done = client.get(page).content.decode()
    assert "已补正" in done
    assert correct not in done  # it is told once


def test_the_citizen_reads_what_to_do(cast, version, client) -> None:
    case = steps.correcting(cast, version, now=timezone.now())
    pair = {"number": case.number, "code": case.query_code}
    page = client.post(reverse("progress"), pair).content.decode()
    for words in ("需要您补正", "申请书：请提交该材料。", "待补正", "逾期退回"):
        assert words in page
    sweep(now=timezone.now() + timedelta(days=60))
    page = client.post(reverse("progress"), pair).content.decode()
    assert "补正期限已届满" in page
    assert "需要您补正" not in page


def test_the_page_costs_no_more_with_many_items(
    cast, version, sign_in, django_assert_max_num_queries
) -> None:
    case = steps.correcting(cast, version, other="\n".join(f"第{n}项" for n in range(20)), now=timezone.now())
    client, page = sign_in(cast.clerk), reverse("casework:case", args=[case.number])
    client.get(page)
    with django_assert_max_num_queries(45):
        assert client.get(page).status_code == 200
