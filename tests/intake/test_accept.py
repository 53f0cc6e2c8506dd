"""Accept, refuse to accept, submit (7.1)."""

import pytest

from casework.core.access import NotPermitted
from casework.core.clocks.sweep import sweep
from casework.core.transitions import StaleState
from casework.intake import actions
from casework.intake.models import CheckKind
from casework.models import Case, CaseState, Duty, DutyState, LedgerEntry, Notice, Participation, Transition
from tests import steps
from tests.cast import at


def test_acceptance_gives_a_notice_and_starts_the_clocks(cast, version):
    case = steps.checked(cast, version)
    notice = actions.accept(case, by=cast.clerk, now=at(9, 8))
    case.refresh_from_db()
    assert (case.state, case.accepted_at) == (CaseState.ACCEPTED, at(9, 8))
    assert Duty.objects.get(key=f"accept:case:{case.pk}").state == DutyState.MET
    submit = Duty.objects.get(key=f"submit:case:{case.pk}")
    assert (submit.holder, submit.due_at) == (cast.window, at(9, 9, 17, 30))
    decide = Duty.objects.get(key=f"decide:case:{case.pk}")
    assert (decide.holder, decide.amount, decide.limit_source) == (cast.approver, 8, "item")
    assert decide.due_at == at(9, 18, 17, 30)
    assert decide.red_line_at is not None
    assert decide.red_line_at > decide.due_at
    assert case.participations.filter(
        department=cast.approver, capacity=Participation.Capacity.APPROVER
    ).exists()
    text = "".join(notice.paragraphs)
    for said in (case.number, "示例餐饮有限公司", "收件日期：2026年9月7日", "受理日期：2026年9月8日"):
        assert said in text
    assert "承诺办结时限：8个工作日；承诺办结日期：2026年9月18日" in text
    assert "补充说明" not in text
    entry = LedgerEntry.objects.get(action="intake.accepted")
    assert (entry.clause, entry.department) == ("7.1", cast.window)
    assert Transition.objects.filter(object_type="case", old="received", new="accepted").count() == 1


def test_acceptance_rejects_what_was_not_checked_or_not_handed_in(cast, version):
    case = steps.received(cast, version, materials={1: [steps.pdf()]})
    with pytest.raises(actions.ChecksIncomplete, match="完整性尚未审查"):
        actions.accept(case, by=cast.clerk, now=at(9, 8))
    failed = {kind: (kind != CheckKind.COMPLETENESS, "缺平面图") for kind in CheckKind}
    actions.record_checks(case, results=failed, by=cast.clerk, now=at(9, 8))
    with pytest.raises(actions.ChecksIncomplete, match="完整性审查未通过；缺少必要材料：场所平面图"):
        actions.accept(case, by=cast.clerk, now=at(9, 8))
    assert Case.objects.get().state == CaseState.RECEIVED
    assert not Notice.objects.exists()
    assert Duty.objects.count() == 1


def test_acceptance_requires_the_clerk_of_the_window(cast, version):
    case = steps.checked(cast, version)
    for person in (cast.stranger, cast.handler, cast.reviewer_a):
        with pytest.raises(NotPermitted):
            actions.accept(case, by=person, now=at(9, 8))


def test_a_second_acceptance_is_stale(cast, version):
    case = steps.checked(cast, version)
    twin = Case.objects.get(pk=case.pk)
    actions.accept(case, by=cast.clerk, now=at(9, 8))
    with pytest.raises(StaleState):
        actions.accept(twin, by=cast.clerk, now=at(9, 8))
    assert Notice.objects.count() == 1


def test_late_acceptance_counts_from_receipt(cast, version):
    case = steps.checked(cast, version)
    notice = actions.accept(case, by=cast.clerk, now=at(9, 16))
    decide = Duty.objects.get(key=f"decide:case:{case.pk}")
    assert decide.started_at == case.received_at
    assert decide.due_at == at(9, 17, 17, 30)
    assert "自收件之日（2026年9月7日）起即为受理" in "".join(notice.paragraphs)
    assert LedgerEntry.objects.filter(action="duty.lapsed").count() == 1


def test_what_counts_as_accepted_is_not_held_back_by_what_it_lacks(cast, version):
    """The five days have passed: neither refused nor accepted would leave the case nowhere (行政许可法 32)."""
    case = steps.received(cast, version, materials={})
    late = at(9, 15)
    with pytest.raises(actions.DeemedAccepted):
        actions.refuse_acceptance(case, reasons="材料不全", by=cast.clerk, now=late)
    text = "".join(actions.accept(case, by=cast.clerk, now=late).paragraphs)
    assert "起即为受理" in text
    assert "受理日期：2026年9月7日" in text
    assert "材料齐全" not in text
    assert "已收材料：无" in text
    decide = Duty.objects.get(key=f"decide:case:{case.pk}")
    assert decide.started_at == case.received_at


def test_the_decision_clock_runs_although_the_window_stays_silent(cast, version):
    case = steps.received(cast, version)
    sweep(now=at(9, 14, 17, 30))  # the last minute of the fifth day
    assert not Duty.objects.filter(key=f"decide:case:{case.pk}").exists()
    for _ in range(2):
        sweep(now=at(9, 15))
    decide = Duty.objects.get(key=f"decide:case:{case.pk}")
    assert (decide.holder, decide.started_at, decide.due_at) == (
        cast.approver,
        case.received_at,
        at(9, 17, 17, 30),
    )
    case.refresh_from_db()
    assert (case.state, case.accepted_at) == (CaseState.RECEIVED, None)  # nobody gave a notice yet
    assert case.participations.filter(department=cast.approver).exists()
    entry = LedgerEntry.objects.get(action="intake.deemed_accepted")
    assert (entry.clause, entry.actor) == ("7.1", None)
    actions.accept(case, by=cast.clerk, now=at(9, 16))
    assert Duty.objects.get(key=f"decide:case:{case.pk}") == decide


def test_other_lapses_deem_nothing(cast, version):
    case = steps.accepted(cast, version)
    sweep(now=at(9, 25))
    assert LedgerEntry.objects.filter(action="duty.lapsed", case_number=case.number).count() == 2
    assert not LedgerEntry.objects.filter(action="intake.deemed_accepted").exists()


def test_refused_acceptance_names_reasons_and_remedies(cast, version):
    case = steps.received(cast, version)
    notice = actions.refuse_acceptance(case, reasons="不属于本机关职权范围", by=cast.clerk, now=at(9, 8))
    case.refresh_from_db()
    assert case.state == CaseState.NOT_ACCEPTED
    text = "".join(notice.paragraphs)
    assert "不属于本机关职权范围" in text
    assert "行政复议" in text
    assert "六个月" in text
    assert Duty.objects.get().state == DutyState.MET
    assert LedgerEntry.objects.filter(action="intake.not_accepted", clause="7.1").exists()


def test_refused_acceptance_rejects_silence_strangers_and_what_counts_as_accepted(cast, version):
    case = steps.received(cast, version)
    with pytest.raises(actions.ReasonsNeeded):
        actions.refuse_acceptance(case, reasons=" ", by=cast.clerk, now=at(9, 8))
    with pytest.raises(NotPermitted):
        actions.refuse_acceptance(case, reasons="理由", by=cast.stranger, now=at(9, 8))
    with pytest.raises(actions.DeemedAccepted):
        actions.refuse_acceptance(case, reasons="理由", by=cast.clerk, now=at(9, 15))
    done = steps.accepted(cast, version)
    with pytest.raises(StaleState):
        actions.refuse_acceptance(done, reasons="理由", by=cast.clerk, now=at(9, 8))


def test_submission_meets_its_duty_and_makes_circulation_due(cast, version):
    case = steps.accepted(cast, version)
    actions.submit(case, by=cast.clerk, now=at(9, 8))
    case.refresh_from_db()
    assert case.state == CaseState.SUBMITTED
    assert Duty.objects.get(key=f"submit:case:{case.pk}").state == DutyState.MET
    circulate = Duty.objects.get(key=f"circulate:case:{case.pk}")
    assert (circulate.holder, circulate.due_at) == (cast.approver, at(9, 9, 17, 30))
    assert LedgerEntry.objects.filter(action="intake.submitted", clause="7.1").exists()


def test_submission_rejects_strangers_and_repetition(cast, version):
    case = steps.accepted(cast, version)
    with pytest.raises(NotPermitted):
        actions.submit(case, by=cast.handler, now=at(9, 8))
    twin = Case.objects.get(pk=case.pk)
    actions.submit(case, by=cast.clerk, now=at(9, 8))
    with pytest.raises(StaleState):
        actions.submit(twin, by=cast.clerk, now=at(9, 8))
