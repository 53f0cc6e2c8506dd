"""Every act of the joint approval. Here: propose, approve, send back a decision (7.3).

Circulation (7.2) stands in ``circulation.py``, the units' acts in ``opinions.py``; both are exported here.
"""

from datetime import datetime
from typing import Any

from django.db import transaction

from casework.approval import queries, rules
from casework.approval.circulation import (
    BadCirculation,
    UnitRequest,
    circulate,
    default_units,
    receive_case,
)
from casework.approval.events import CaseDecided
from casework.approval.models import Decision
from casework.approval.opinions import (
    BadOpinion,
    SameDrafter,
    draft_opinion,
    note,
    send_back_opinion,
    sign_opinion,
)
from casework.core.access import Can, check, people_behind
from casework.core.cases.actions import lock
from casework.core.cases.models import Case, CaseResult, CaseState
from casework.core.clocks import actions as clocks
from casework.core.clocks.models import Duty
from casework.core.errors import Refusal
from casework.core.events import emit
from casework.core.letters.rules import why_not_said
from casework.core.transitions import StaleState, move
from portal.accounts.models import User

__all__ = [
    "BadCirculation",
    "BadDecision",
    "BadOpinion",
    "SameDrafter",
    "SameProposer",
    "UnitRequest",
    "approve_decision",
    "circulate",
    "default_units",
    "draft_opinion",
    "propose_decision",
    "receive_case",
    "send_back_decision",
    "send_back_opinion",
    "sign_opinion",
]


class BadDecision(Refusal):
    """The decision cannot be proposed or approved as it stands."""


class SameProposer(Refusal):
    """Handler and approver of a decision must be two people (7.3)."""


@transaction.atomic
def propose_decision(
    case: Case,
    *,
    outcome: CaseResult | str,
    reasons: str,
    basis: str,
    licence_name: str = "",
    scope: str = "",
    valid_years: int | None = None,
    by: User,
    now: datetime,
) -> Decision:
    """Propose the decision according to the opinions (7.3). A licence without ``valid_years`` has no end.

    Raises ``BadDecision`` (a grant while a unit is silent or against; nothing is filled in by silence),
    ``StaleState``, ``NotPermitted``.
    """
    check(by, Can.PROPOSE_DECISION, case.approver_id, now)
    lock(case)
    granted = outcome == CaseResult.GRANTED
    texts = {"reasons": reasons.strip(), "basis": basis.strip()}
    # A refusal makes no licence: what was typed into those fields is not kept.
    licence: dict[str, Any] = {
        "licence_name": licence_name.strip() if granted else "",
        "scope": scope.strip() if granted else "",
        "valid_years": valid_years if granted else None,
    }
    if case.state == CaseState.CIRCULATING:
        _refuse_bad_proposal(case, outcome, **texts, **licence)
    move(case, new=CaseState.PROPOSED, moves=rules.MOVES, by=by, now=now)
    decision = Decision.objects.create(
        case=case,
        version=case.decisions.count() + 1,
        outcome=outcome,
        **texts,
        **licence,
        proposed_by=by,
        proposed_for_id=by.acting_for_id,
        proposed_at=now,
    )
    note(
        "approval.decision_proposed",
        case,
        department=case.approver,
        by=by,
        now=now,
        obj=decision,
        outcome=str(outcome),
        version=decision.version,
    )
    return decision


@transaction.atomic
def approve_decision(case: Case, *, by: User, now: datetime, version: int | None = None) -> Decision:
    """Approve the proposed decision (审定, 7.3): the case is decided and goes back to the window.

    Meets the decision duty; opinion duties still open end with the reason. ``version`` is the proposal
    that the reader saw. Raises ``SameProposer``, ``BadDecision`` when the opinions no longer carry a grant,
    ``StaleState``, ``NotPermitted``.
    """
    check(by, Can.APPROVE_DECISION, case.approver_id, now)
    decision = _proposal(case, version)
    if why := rules.refuses_approver(decision.authors, people_behind(by.pk, by.acting_for_id)):
        raise SameProposer(why)
    if decision.outcome == CaseResult.GRANTED:
        opinions = queries.opinions_for_rules(queries.circulations_of(case))
        if why := rules.refuses_grant(opinions):
            raise BadDecision(why)
    move(
        case,
        new=CaseState.DECIDED,
        moves=rules.MOVES,
        by=by,
        now=now,
        decided_at=now,
        result=decision.outcome,
    )
    decision.approved_by, decision.approved_for_id, decision.approved_at = by, by.acting_for_id, now
    decision.save(update_fields=["approved_by", "approved_for", "approved_at"])
    clocks.meet(f"decide:case:{case.pk}", by=by, now=now, evidence=f"decision:{decision.pk}")
    _end_open_opinions(case, by=by, now=now)
    note(
        "approval.decision_approved",
        case,
        department=case.approver,
        by=by,
        now=now,
        obj=decision,
        outcome=decision.outcome,
        version=decision.version,
    )
    emit(CaseDecided(case=case, by=by, now=now))
    return decision


@transaction.atomic
def send_back_decision(
    case: Case, *, reason: str, by: User, now: datetime, version: int | None = None
) -> Decision:
    """Send a proposal back to the handler with a reason (退回修改, 7.3).

    Raises ``SameProposer``, ``BadDecision`` without a reason, ``StaleState``, ``NotPermitted``.
    """
    check(by, Can.APPROVE_DECISION, case.approver_id, now)
    decision = _proposal(case, version)
    if why := rules.refuses_approver(decision.authors, people_behind(by.pk, by.acting_for_id)):
        raise SameProposer(why)
    if not reason.strip():
        raise BadDecision("请写明退回修改的意见。", field="reason")
    move(case, new=CaseState.CIRCULATING, moves=rules.MOVES, by=by, now=now)
    decision.sent_back_reason = reason.strip()
    decision.save(update_fields=["sent_back_reason"])
    note(
        "approval.decision_sent_back",
        case,
        department=case.approver,
        by=by,
        now=now,
        obj=decision,
        version=decision.version,
    )
    return decision


def _refuse_bad_proposal(case: Case, outcome: str, **fields: Any) -> None:
    opinions = queries.opinions_for_rules(queries.circulations_of(case))
    field, why = rules.refuses_proposal(outcome, opinions=opinions, **fields)
    if why:
        raise BadDecision(why, field=field)
    for name in ("reasons", "basis", "scope", "licence_name"):
        # The decision travels to the supervisors and to the applicant: no number of a person in it.
        if why := why_not_said(fields[name]):
            raise BadDecision(why, field=name)


def _proposal(case: Case, version: int | None) -> Decision:
    """The proposal waiting for approval, its case locked; ``StaleState`` when it is not the one seen."""
    lock(case)
    decision = queries.latest_decision(case)
    if case.state != CaseState.PROPOSED or decision is None or version not in (None, decision.version):
        raise StaleState(f"case {case.pk} has no such proposal")
    return decision


def _end_open_opinions(case: Case, *, by: User, now: datetime) -> None:
    keys = [f"opinion:circulation:{pk}" for pk in case.circulations.values_list("pk", flat=True)]
    for key in Duty.objects.open().filter(key__in=keys).values_list("key", flat=True):
        clocks.void(key, by=by, now=now, reason="审批部门已作出决定，不再需要该单位出具意见")
