"""Every act of the window. Here: receive, check, accept or refuse, submit (7.1).

The checklist's files stand in ``materials.py``, corrections in ``correcting.py``, the issue of the result (7.4)
in ``closing.py``; all are exported here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from casework.core.access import Can, check
from casework.core.cases.actions import lock, new_query_code, next_number, take_part
from casework.core.cases.models import Case, CaseState, Participation, Party
from casework.core.clocks import actions as clocks
from casework.core.clocks.events import DutyLapsed
from casework.core.clocks.models import Duty
from casework.core.errors import Refusal
from casework.core.events import emit
from casework.core.letters.models import Notice
from casework.core.rules_data.models import DutyKind, LimitSource
from casework.core.subjects import actions as subjects
from casework.core.transitions import move
from casework.intake import papers, queries, rules
from casework.intake.closing import NoDecision, issue_and_close, receive_decision
from casework.intake.correcting import (
    BadCorrection,
    NotCorrected,
    request_correction,
    resubmit,
    return_uncorrected,
)
from casework.intake.events import CaseAccepted, CaseReceived, CaseSubmitted
from casework.intake.materials import BadMaterial, Uploads, add_materials, note, still_received, store
from casework.intake.models import CheckKind, HandlingKind, IntakeRecord, MaterialCheck, SubmittedMaterial
from casework.intake.withdrawing import ReasonNeeded, withdraw
from cms_pages.models import GuideVersion
from portal.accounts.models import Department, User

__all__ = [
    "Agent",
    "Applicant",
    "BadCheck",
    "BadCorrection",
    "BadMaterial",
    "ChecksIncomplete",
    "DeemedAccepted",
    "GuideClosed",
    "NoDecision",
    "NotCorrected",
    "ReasonNeeded",
    "ReasonsNeeded",
    "accept",
    "add_materials",
    "deem_accepted",
    "issue_and_close",
    "receive",
    "receive_decision",
    "record_checks",
    "refuse_acceptance",
    "request_correction",
    "resubmit",
    "return_uncorrected",
    "submit",
    "withdraw",
]


class GuideClosed(Refusal):
    """The item's guide takes no applications."""


class ChecksIncomplete(Refusal):
    """The case cannot be accepted yet."""


class BadCheck(Refusal):
    """A check cannot be recorded as given."""


class ReasonsNeeded(Refusal):
    """A refusal to accept needs written reasons."""


class DeemedAccepted(Refusal):
    """The five days have passed: the case counts as accepted and cannot be refused acceptance."""


@dataclass(frozen=True, kw_only=True)
class Applicant:
    """Who applies, with the number of the document that identifies them (kept encrypted)."""

    kind: str
    name: str
    code_kind: str
    code: str


@dataclass(frozen=True, kw_only=True)
class Agent:
    """Who brought the application; the phone is kept encrypted."""

    name: str
    phone: str = ""


@transaction.atomic
def receive(
    *,
    guide_version: GuideVersion,
    applicant: Applicant,
    handling_kind: HandlingKind | str,
    summary: str,
    address: str = "",
    agent: Agent | None = None,
    materials: Uploads,
    window: Department,
    by: User,
    now: datetime,
) -> Case:
    """Receive an application at the window (收件, 7.1): the five days for acceptance begin.

    Missing materials do not prevent receipt (行政许可法 32). Raises ``GuideClosed``, ``FileRefused``,
    ``NotPermitted`` and what ``subjects.find_or_create`` raises for a wrong number.
    """
    day = timezone.localdate(now)
    window = window.acting_on(day)
    check(by, Can.RECEIVE_CASE, window, now)
    _refuse_closed(guide_version)
    subject = subjects.find_or_create(
        kind=applicant.kind,
        name=applicant.name,
        code_kind=applicant.code_kind,
        code=applicant.code,
        now=now,
        by=by,
    )
    case = Case.objects.create(
        number=next_number(now),
        query_code=new_query_code(),
        item=guide_version.item,
        guide_version=guide_version,
        applicant=subject,
        applicant_name=applicant.name.strip(),
        window=window,
        approver=queries.approver_of(guide_version, day),
        received_at=now,
        created_by=by,
    )
    IntakeRecord.objects.create(
        case=case, handling_kind=handling_kind, summary=summary.strip(), address=address.strip()
    )
    if agent is not None and agent.name.strip():
        Party.objects.create(case=case, role=Party.Role.AGENT, name=agent.name.strip(), phone=agent.phone)
    take_part(case, window, Participation.Capacity.WINDOW, now=now)
    for row in guide_version.rows("materials"):
        SubmittedMaterial.objects.create(
            case=case, position=row["position"], name=row["name"], necessity=row["necessity"]
        )
    count = store(case, materials, by=by, now=now)
    clocks.start(key=f"accept:case:{case.pk}", kind=DutyKind.ACCEPT, holder=window, case=case, now=now, by=by)
    note("intake.received", case, by=by, now=now, guide_version=guide_version.version, files=count)
    emit(CaseReceived(case=case, by=by, now=now))
    return case


@transaction.atomic
def record_checks(
    case: Case, *, results: Mapping[CheckKind, tuple[bool, str]], by: User, now: datetime
) -> None:
    """Record the four checks, all or some of them (完整性、真实性、规范性、合法性, 7.1).

    A check that is made again replaces the former one; the ledger keeps both. Raises ``BadCheck`` for a
    failed check without a remark and for a completeness that the checklist contradicts, ``StaleState``
    after acceptance, ``NotPermitted``.
    """
    check(by, Can.ACCEPT_CASE, case.window_id, now)
    still_received(case)
    rows = queries.checklist(case)
    for kind, (passed, remark) in results.items():
        why = rules.refuses_check(CheckKind(kind), passed=passed, remark=remark, rows=rows)
        if why:
            raise BadCheck(why, field=f"{CheckKind(kind).value}_remark")
        made = {"by": by, "made_for_id": by.acting_for_id, "at": now}
        MaterialCheck.objects.update_or_create(
            case=case, kind=kind, defaults={"passed": passed, "remark": remark.strip(), **made}
        )
    passed_kinds = {CheckKind(kind).value: passed for kind, (passed, _) in results.items()}
    note("intake.checked", case, by=by, now=now, results=passed_kinds)


@transaction.atomic
def accept(case: Case, *, by: User, now: datetime) -> Notice:
    """Accept a case (受理, 7.1; 行政许可法 32); returns the 受理通知书.

    Meets the acceptance duty; submission (window) and decision (approver) become due. When acceptance is
    late the case counts as accepted whatever it lacks, and the decision clock runs from receipt.
    Raises ``ChecksIncomplete``, ``StaleState``, ``NotPermitted``.
    """
    check(by, Can.ACCEPT_CASE, case.window_id, now)
    lock(case)
    duty = queries.acceptance_duty(case)
    if case.state == CaseState.RECEIVED:
        deemed = rules.deemed_accepted(duty.due_at, now)
        reasons = rules.refuses_acceptance(queries.checks_of(case), queries.checklist(case), deemed=deemed)
        if reasons:
            raise ChecksIncomplete(f"还不能受理：{'；'.join(reasons)}。")
    move(case, new=CaseState.ACCEPTED, moves=rules.MOVES, by=by, now=now, accepted_at=now)
    starts = rules.decision_clock_starts(duty.started_at, duty.due_at, now)
    take_part(case, case.approver, Participation.Capacity.APPROVER, now=now)
    clocks.start(
        key=f"submit:case:{case.pk}", kind=DutyKind.SUBMIT, holder=case.window, case=case, now=now, by=by
    )
    decision = _start_decision(case, started_at=starts, by=by, now=now)
    notice = papers.acceptance(
        case, decision, complete_at=duty.started_at, deemed=starts != now, by=by, now=now
    )
    clocks.meet(duty.key, by=by, now=now, evidence=notice.number)
    note("intake.accepted", case, by=by, now=now, notice=notice.number, deemed=starts != now)
    emit(CaseAccepted(case=case, by=by, now=now))
    return notice


@transaction.atomic
def deem_accepted(event: DutyLapsed) -> None:
    """The five days passed without word: accepted from receipt, or from when it was corrected (行政许可法 32).

    The decision clock therefore runs, whether or not the window ever gives out its notice. The case's row is
    held without waiting: where somebody works on the case at this moment, the sweep comes again.
    """
    duty = event.duty
    if duty.kind != DutyKind.ACCEPT or duty.case_id is None:
        return
    case = Case.objects.select_for_update(nowait=True).get(pk=duty.case_id)
    if case.state != CaseState.RECEIVED:
        return
    take_part(case, case.approver, Participation.Capacity.APPROVER, now=event.now)
    _start_decision(case, started_at=duty.started_at, by=event.by, now=event.now)
    note("intake.deemed_accepted", case, by=event.by, now=event.now)


@transaction.atomic
def refuse_acceptance(case: Case, *, reasons: str, by: User, now: datetime) -> Notice:
    """Refuse to accept (不予受理, 7.1; 行政许可法 32, 38); returns the paper with reasons and remedies.

    Raises ``ReasonsNeeded``, ``DeemedAccepted``, ``StaleState``, ``NotPermitted``.
    """
    check(by, Can.ACCEPT_CASE, case.window_id, now)
    if not reasons.strip():
        raise ReasonsNeeded("请写明不予受理的理由。", field="reasons")
    duty = queries.acceptance_duty(case)
    if case.state == CaseState.RECEIVED and rules.deemed_accepted(duty.due_at, now):
        raise DeemedAccepted(
            "收件已超过五个工作日，依据《行政许可法》第三十二条自收件之日起即为受理，不能再作不予受理决定。"
        )
    move(case, new=CaseState.NOT_ACCEPTED, moves=rules.MOVES, by=by, now=now)
    notice = papers.refused_acceptance(case, reasons=reasons.strip(), by=by, now=now)
    clocks.meet(duty.key, by=by, now=now, evidence=notice.number)
    note("intake.not_accepted", case, by=by, now=now, notice=notice.number)
    return notice


@transaction.atomic
def submit(case: Case, *, by: User, now: datetime) -> None:
    """Submit an accepted case to the approval department (7.1, 7.2). Raises ``StaleState``, ``NotPermitted``."""
    check(by, Can.SUBMIT_CASE, case.window_id, now)
    move(case, new=CaseState.SUBMITTED, moves=rules.MOVES, by=by, now=now)
    clocks.meet(f"submit:case:{case.pk}", by=by, now=now)
    note("intake.submitted", case, by=by, now=now, approver=case.approver.code)
    emit(CaseSubmitted(case=case, by=by, now=now))


def _refuse_closed(version: GuideVersion) -> None:
    why = queries.why_closed(version)
    if not version.current:
        why = "该事项的办事指南已有新版本，请重新选择事项后收件。"
    if why:
        raise GuideClosed(why)


def _start_decision(case: Case, *, started_at: datetime, by: User | None, now: datetime) -> Duty:
    """The approver owes the decision within the promised limit; the statutory one is the red line (5.2, 7.3)."""
    statutory = queries.limit_of(case.guide_version, "statutory")
    promised = queries.limit_of(case.guide_version, "promised") or statutory
    return clocks.start(
        key=f"decide:case:{case.pk}",
        kind=DutyKind.DECIDE,
        holder=case.approver,
        case=case,
        now=now,
        by=by,
        amount=promised.amount if promised else None,
        unit=promised.unit if promised else None,
        source=LimitSource.ITEM if promised else None,
        red_amount=statutory.amount if statutory else None,
        red_unit=statutory.unit if statutory else "",
        started_at=started_at,
    )
