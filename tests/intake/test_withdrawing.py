"""The applicant takes the application back: everything still owed ends, what was late stays late (7.1)."""

import pytest
from django.urls import reverse

from casework.core.access import NotPermitted
from casework.core.clocks.models import Duty, DutyEvent, DutyState
from casework.core.ledger.models import LedgerEntry
from casework.core.letters.models import Notice
from casework.core.transitions import StaleState
from casework.intake import actions
from casework.intake.withdrawing import ENDED
from casework.models import CaseState
from tests import steps
from tests.cast import NOW, at
from tests.seen import send

pytestmark = pytest.mark.django_db
STEPS = ["received", "accepted", "submitted", "circulating", "proposed"]


@pytest.mark.parametrize("step", STEPS)
def test_until_the_decision_it_can_be_taken_back(cast, version, step) -> None:
    case = getattr(steps, step)(cast, version)
    notice = actions.withdraw(case, reason="经营计划调整", by=cast.clerk, now=at(9, 8))
    case.refresh_from_db()
    assert case.state == CaseState.WITHDRAWN
    assert not Duty.objects.open().filter(case=case).exists()
    ended = Duty.objects.filter(case=case, state=DutyState.VOID)
    assert ended
    assert set(DutyEvent.objects.filter(duty__in=ended, kind="voided").values_list("reason", flat=True)) == {
        ENDED
    }
    assert notice.kind == Notice.Kind.WITHDRAWAL
    assert "经营计划调整" in " ".join(notice.paragraphs)
    entry = LedgerEntry.objects.get(action="intake.withdrawn")
    assert (entry.actor, entry.clause, entry.case_number) == (cast.clerk, "7.1", case.number)
    assert "经营计划调整" not in entry.payload


@pytest.mark.parametrize("step", ["decided", "closed"])
def test_after_the_decision_it_cannot(cast, version, step) -> None:
    case = getattr(steps, step)(cast, version)
    with pytest.raises(StaleState):
        actions.withdraw(case, reason="经营计划调整", by=cast.clerk, now=at(9, 8))


def test_what_was_late_keeps_its_lapse(cast, version) -> None:
    case = steps.accepted(cast, version)
    actions.withdraw(case, reason="经营计划调整", by=cast.clerk, now=at(9, 9))
    lapsed = DutyEvent.objects.filter(duty__key=f"submit:case:{case.pk}", kind="lapsed")
    assert lapsed.count() == 1


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_reason_is_wanted(cast, version, reason) -> None:
    with pytest.raises(actions.ReasonNeeded):
        actions.withdraw(steps.received(cast, version), reason=reason, by=cast.clerk, now=NOW)


@pytest.mark.parametrize("who", ["handler", "chief", "supervisor", "stranger"])
def test_only_the_window_records_it(cast, version, who) -> None:
    with pytest.raises(NotPermitted):
        actions.withdraw(steps.received(cast, version), reason="示例", by=getattr(cast, who), now=NOW)


def test_on_the_page(cast, version, sign_in) -> None:
    case, client = steps.received(cast, version), sign_in(cast.clerk)
    page = reverse("casework:case", args=[case.number])
    action = reverse("casework:intake-withdraw", args=[case.number])
    assert send(client, page, action, {"reason": ""}).status_code == 422
    answer = send(client, page, action, {"reason": "经营计划调整"})
    assert answer.status_code == 302
    assert "经营计划调整" in client.get(answer["Location"]).content.decode()
    shown = client.get(page).content.decode()
    assert "已撤回" in shown
    assert action not in shown


def test_the_citizen_reads_it(cast, version, client) -> None:
    case = steps.received(cast, version)
    actions.withdraw(case, reason="经营计划调整", by=cast.clerk, now=at(9, 8))
    shown = client.post(
        reverse("progress"), {"number": case.number, "code": case.query_code}
    ).content.decode()
    assert "申请人撤回" in shown
