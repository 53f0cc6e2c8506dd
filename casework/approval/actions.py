"""Circulate a case and decide it (7.2, 7.3). The units' acts stand in ``opinions.py``, exported here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from django.db import transaction

from casework.approval import queries, rules
from casework.approval.events import CaseDecided
from casework.approval.models import Circulation, Decision
from casework.approval.opinions import BadOpinion as BadOpinion
from casework.approval.opinions import SameDrafter as SameDrafter
from casework.approval.opinions import draft_opinion as draft_opinion
from casework.approval.opinions import lock, note
from casework.approval.opinions import send_back_opinion as send_back_opinion
from casework.approval.opinions import sign_opinion as sign_opinion
from casework.core.access import Can, check
from casework.core.cases.actions import take_part
from casework.core.cases.models import Case, CaseResult, CaseState, Participation
from casework.core.clocks import actions as clocks
from casework.core.clocks.models import Duty
from casework.core.errors import Refusal
from casework.core.events import emit
from casework.core.letters import actions as letters
from casework.core.letters.models import LetterKind
from casework.core.letters.rules import has_citizen_id
from casework.core.rules_data.models import DutyKind, LimitSource
from casework.core.transitions import StaleState, move
from portal.accounts.models import Department, User


class BadCirculation(Refusal):
    """The case cannot be circulated to these units."""


class BadDecision(Refusal):
    """The decision cannot be proposed or approved as it stands."""


class SameProposer(Refusal):
    """Handler and approver of a decision must be two people (7.3)."""


@dataclass(frozen=True, kw_only=True)
class UnitRequest:
    """A unit to ask, the working days it has, and what for."""

    department: Department
    opinion_days: Decimal
    reason: str = ""


class SubmittedCase(Protocol):
    """What the event of a submitted case says."""

    @property
    def case(self) -> Case: ...
    @property
    def now(self) -> datetime: ...
    @property
    def by(self) -> User | None: ...


def receive_case(event: SubmittedCase) -> None:
    """A case came from the window (7.2): circulating it becomes due."""
    case = event.case
    clocks.start(
        key=f"circulate:case:{case.pk}",
        kind=DutyKind.CIRCULATE,
        holder=case.approver,
        case=case,
        now=event.now,
        by=event.by,
    )


def default_units(case: Case) -> list[UnitRequest]:
    """The units that the joint-approval list fixes for the item, with their limits (7.2)."""
    rows = {row["department_id"]: row for row in queries.fixed_units(case)}
    found = Department.objects.in_bulk(list(rows))
    return [
        UnitRequest(department=found[pk], opinion_days=queries.days_of(row), reason=row.get("reason", ""))
        for pk, row in rows.items()
    ]


@transaction.atomic
def circulate(
    case: Case, *, units: Sequence[UnitRequest] | None = None, by: User, now: datetime
) -> list[Circulation]:
    """Send the case to its joint-approval units (流转, 7.2); None = those that the item fixes.

    Each unit gets a letter with the applicant's files and a clock of its own days. An item without units
    goes straight on to the decision. Raises ``BadCirculation``, ``StaleState``, ``NotPermitted``.
    """
    check(by, Can.CIRCULATE, case.approver_id, now)
    asked = default_units(case) if units is None else list(units)
    active = set(queries.active_departments(now).values_list("pk", flat=True))
    fixed = {row["department_id"]: row["name"] for row in queries.fixed_units(case)}
    why = rules.refuses_circulation(
        [
            rules.Unit(
                department_id=unit.department.pk,
                name=unit.department.label,
                days=unit.opinion_days,
                reason=unit.reason,
                is_active=unit.department.pk in active,
            )
            for unit in asked
        ],
        fixed=fixed,
        approver_id=case.approver_id,
    )
    if why:
        raise BadCirculation(why)
    move(case, new=CaseState.CIRCULATING, moves=rules.MOVES, by=by, now=now)
    made = [_ask(case, unit, added=unit.department.pk not in fixed, by=by, now=now) for unit in asked]
    clocks.meet(f"circulate:case:{case.pk}", by=by, now=now)
    codes = [unit.department.code for unit in asked]
    note("approval.circulated", case, clause="7.2", department=case.approver, by=by, now=now, units=codes)
    return made


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
        proposed_at=now,
    )
    note(
        "approval.proposed",
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
    if why := rules.refuses_approver(decision.proposed_by_id, by.pk):
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
    decision.approved_by, decision.approved_at = by, now
    decision.save(update_fields=["approved_by", "approved_at"])
    clocks.meet(f"decide:case:{case.pk}", by=by, now=now, evidence=f"decision:{decision.pk}")
    _end_open_opinions(case, by=by, now=now)
    note(
        "approval.decided",
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
    if why := rules.refuses_approver(decision.proposed_by_id, by.pk):
        raise SameProposer(why)
    if not reason.strip():
        raise BadDecision("请写明退回修改的意见。", field="reason")
    move(case, new=CaseState.CIRCULATING, moves=rules.MOVES, by=by, now=now)
    decision.sent_back_reason = reason.strip()
    decision.save(update_fields=["sent_back_reason"])
    note(
        "approval.sent_back",
        case,
        department=case.approver,
        by=by,
        now=now,
        obj=decision,
        version=decision.version,
    )
    return decision


def _ask(case: Case, unit: UnitRequest, *, added: bool, by: User, now: datetime) -> Circulation:
    """One unit's letter, circulation and clock; it takes part in the case from now on."""
    facts = {
        "办件编号": case.number,
        "事项名称": case.item.name,
        "申请人": case.applicant.public_name,
        "会办内容": unit.reason,
        "意见时限": f"{unit.opinion_days.normalize():f}个工作日",
    }
    letter = letters.send(
        kind=LetterKind.CIRCULATION,
        case=case,
        sender=case.approver,
        to=[unit.department],
        title=f"关于“{case.item.name}”申请征求联合审批意见的函",
        facts={label: value for label, value in facts.items() if value},
        files=queries.material_files(case),
        by=by,
        now=now,
    )
    circulation = Circulation.objects.create(
        case=case,
        unit=unit.department,
        recipient=letter.recipients.get(),
        reason=unit.reason.strip(),
        opinion_days=unit.opinion_days,
        sent_at=now,
    )
    take_part(case, unit.department, Participation.Capacity.UNIT, now=now)
    clocks.start(
        key=f"opinion:circulation:{circulation.pk}",
        kind=DutyKind.OPINION,
        holder=unit.department,
        case=case,
        now=now,
        by=by,
        amount=unit.opinion_days,
        source=LimitSource.MEASURE if added else LimitSource.ITEM,
    )
    return circulation


def _refuse_bad_proposal(case: Case, outcome: str, **fields: Any) -> None:
    opinions = queries.opinions_for_rules(queries.circulations_of(case))
    field, why = rules.refuses_proposal(outcome, opinions=opinions, **fields)
    if why:
        raise BadDecision(why, field=field)
    for name in ("reasons", "basis", "scope", "licence_name"):
        # The decision travels to the supervisors and to the applicant: no number of a person in it.
        if has_citizen_id(fields[name]):
            raise BadDecision("其中含有居民身份证号码，请删去后再提交。", field=name)


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
