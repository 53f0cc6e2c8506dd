"""Issue the result and close (7.4)."""

from datetime import date

import pytest

from casework.core import events
from casework.core.access import NotPermitted
from casework.core.transitions import StaleState
from casework.intake import actions
from casework.intake.events import CaseClosed
from casework.models import Case, CaseState, Duty, DutyState, LedgerEntry, Licence, Notice, ResultPush
from tests import steps
from tests.cast import at, guide


def test_a_decision_makes_issuing_due(cast, version):
    case = steps.decided(cast, version)
    duty = Duty.objects.get(key=f"issue:case:{case.pk}")
    assert (duty.holder, duty.clause, duty.state) == (cast.window, "7.4", DutyState.OPEN)


def test_a_grant_makes_licence_paper_and_push(cast, version):
    case = steps.decided(cast, version)
    notice = actions.issue_and_close(case, by=cast.clerk, now=at(9, 8))
    case.refresh_from_db()
    assert (case.state, case.result, case.closed_at) == (CaseState.CLOSED, "granted", at(9, 8))
    licence = case.licence
    assert licence.number == "审批局许证〔2026〕1号"
    assert (licence.holder, licence.holder_name) == (case.applicant, "示例餐饮有限公司")
    assert (licence.valid_from, licence.valid_to) == (date(2026, 9, 7), date(2031, 9, 6))
    assert licence.issued_by == cast.approver
    text = "".join(notice.paragraphs)
    assert notice.kind == Notice.Kind.GRANT
    assert licence.number in text
    assert "2026年9月7日至2031年9月6日" in text
    assert Duty.objects.get(key=f"issue:case:{case.pk}").state == DutyState.MET
    pushed = set(ResultPush.objects.values_list("department", flat=True))
    assert pushed == {cast.competent.pk, cast.enforcement.pk}
    assert LedgerEntry.objects.get(action="intake.closed").clause == "7.4"


def test_a_refusal_makes_no_licence_but_a_paper_with_remedies_and_a_push(cast, version):
    case = steps.closed(cast, version, granted=False)
    notice = case.notices.get(kind=Notice.Kind.REFUSAL)
    text = "".join(notice.paragraphs)
    assert "经营场所不符合法定条件" in text
    assert "行政复议" in text
    assert not Licence.objects.exists()
    assert ResultPush.objects.count() == 2


def test_licences_are_numbered_per_approver_and_year(cast, version):
    steps.closed(cast, version)
    other = guide(cast, name="示例公共场所卫生许可", code="460400-000200", joint=False)
    steps.closed(cast, other)
    steps.closed(cast, version, now=at(1, 5, year=2027))
    numbers = list(Licence.objects.order_by("id").values_list("number", flat=True))
    assert numbers == ["审批局许证〔2026〕1号", "审批局许证〔2026〕2号", "审批局许证〔2027〕1号"]


def test_closing_requires_the_window(cast, version):
    case = steps.decided(cast, version)
    for person in (cast.stranger, cast.handler, cast.chief):
        with pytest.raises(NotPermitted):
            actions.issue_and_close(case, by=person, now=at(9, 8))


def test_closing_rejects_an_undecided_case_and_a_second_time(cast, version):
    proposed = steps.proposed(cast, version)
    with pytest.raises(StaleState):
        actions.issue_and_close(proposed, by=cast.clerk, now=at(9, 8))
    case = steps.decided(cast, version)
    twin = Case.objects.get(pk=case.pk)
    actions.issue_and_close(case, by=cast.clerk, now=at(9, 8))
    with pytest.raises(StaleState):
        actions.issue_and_close(twin, by=cast.clerk, now=at(9, 8))
    assert Licence.objects.count() == 1


def test_closing_and_push_are_born_together_or_not_at_all(cast, version, monkeypatch):
    def fails(event):
        raise RuntimeError("the push cannot be made")

    case = steps.decided(cast, version)
    monkeypatch.setitem(events._handoffs, CaseClosed, (fails,))
    with pytest.raises(RuntimeError):
        actions.issue_and_close(case, by=cast.clerk, now=at(9, 8))
    assert Case.objects.get(pk=case.pk).state == CaseState.DECIDED
    assert not Licence.objects.exists()
    assert not LedgerEntry.objects.filter(action="intake.closed").exists()
