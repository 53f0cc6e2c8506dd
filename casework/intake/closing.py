"""The window's last act: issue the result and close the case (7.4). Exported by ``actions``."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from casework.core.access import Can, check
from casework.core.cases.events import AboutCase
from casework.core.cases.models import Case, CaseResult, CaseState
from casework.core.cases.queries import approved_decision
from casework.core.clocks import actions as clocks
from casework.core.errors import Refusal
from casework.core.events import emit
from casework.core.ledger.actions import record
from casework.core.letters import actions as letters
from casework.core.letters.models import Notice
from casework.core.licences.models import Licence
from casework.core.rules_data.models import DutyKind
from casework.core.transitions import StaleState, move
from casework.intake import papers, rules
from casework.intake.events import CaseClosed
from portal.accounts.models import User

CLAUSE = "7.4"


class NoDecision(Refusal):
    """There is no approved decision to issue."""


def receive_decision(event: AboutCase) -> None:
    """The decision is back at the window (7.3): issuing the result becomes due (7.4; 行政许可法 44)."""
    case = event.case
    clocks.start(
        key=f"issue:case:{case.pk}",
        kind=DutyKind.ISSUE,
        holder=case.window,
        case=case,
        now=event.now,
        by=event.by,
    )


@transaction.atomic
def issue_and_close(case: Case, *, by: User, now: datetime) -> Notice:
    """Issue the result and close the case (出具结果、办结, 7.4); returns the decision paper.

    A grant makes the licence with a number of the approver's own series. The result push starts with the
    event (9.1). Raises ``NoDecision``, ``StaleState``, ``NotPermitted``.
    """
    check(by, Can.ISSUE_CASE, case.window_id, now)
    if case.state != CaseState.DECIDED:
        raise StaleState(f"case {case.pk} is not waiting for its result")
    decision = approved_decision(case)
    if decision is None:
        raise NoDecision("审批部门尚未作出决定，不能出具结果。")
    move(case, new=CaseState.CLOSED, moves=rules.MOVES, by=by, now=now, closed_at=now)
    licence = _make_licence(case, decision, now=now) if case.result == CaseResult.GRANTED else None
    notice = papers.decision(case, decision, licence, by=by, now=now)
    clocks.meet(f"issue:case:{case.pk}", by=by, now=now, evidence=notice.number)
    record(
        "intake.closed",
        by=by,
        now=now,
        clause=CLAUSE,
        department=case.window,
        case_number=case.number,
        obj=case,
        result=case.result,
        notice=notice.number,
        licence=licence.number if licence else "",
    )
    emit(CaseClosed(case=case, by=by, now=now))
    return notice


def _make_licence(case: Case, decision: Any, *, now: datetime) -> Licence:
    first_day = timezone.localdate(case.decided_at or now)
    issuer = case.approver.acting_on(timezone.localdate(now))
    return Licence.objects.create(
        number=letters.next_document_number(rules.licence_series(issuer.label), now),
        name=decision.licence_name,
        case=case,
        item=case.item,
        holder=case.applicant,
        holder_name=case.applicant_name,
        scope=decision.scope,
        issued_by=issuer,
        issued_at=now,
        valid_from=first_day,
        valid_to=rules.validity_end(first_day, decision.valid_years),
    )
