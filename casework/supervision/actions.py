"""Push the result, claim it, return it, push it again, object to it, take the holder into supervision (9.1).

Which duties a push, a claim and a return start and meet stands in the table of letters.
"""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from casework.core.access import Can, check
from casework.core.cases.actions import take_part
from casework.core.cases.events import AboutCase
from casework.core.cases.models import Case, Participation
from casework.core.cases.queries import approved_decision
from casework.core.clocks import actions as clocks
from casework.core.errors import Refusal
from casework.core.events import emit
from casework.core.files.models import StoredFile
from casework.core.ledger.actions import record
from casework.core.letters import actions as letters
from casework.core.letters.models import LetterKind, Recipient
from casework.core.rules_data.models import DutyKind
from casework.core.transitions import move
from casework.supervision import queries, rules
from casework.supervision.events import ResultClaimed, ResultReturned
from casework.supervision.facts import result_facts
from casework.supervision.models import PushState, RegisterEntry, ResultPush
from casework.supervision.objections import answer_objection, object_to_result
from portal.accounts.models import Department, User

__all__ = [
    "BadRegistration",
    "BadReturn",
    "BadTarget",
    "NoSupervisor",
    "answer_objection",
    "claim_result",
    "object_to_result",
    "open_result",
    "push_result",
    "register_holder",
    "repush",
    "return_result",
]


class NoSupervisor(Refusal):
    """The case's guide version names no supervisor: its result can go nowhere."""


class BadReturn(Refusal):
    """A result cannot be returned without a reason."""


class BadTarget(Refusal):
    """The department chosen for a returned result cannot get it."""


class BadRegistration(Refusal):
    """The holder cannot be taken into supervision as asked."""


@transaction.atomic
def push_result(event: AboutCase) -> list[ResultPush]:
    """Push the result of a closed case, granted or refused, to every supervisor (9.1).

    One letter; for each supervisor a recipient, a push and a claim duty (1 working day from delivery).
    The delivery meets the window's push duty. Raises ``NoSupervisor``.
    """
    case, now, by = event.case, event.now, event.by
    departments = queries.supervisors_of(case, timezone.localdate(now))
    if not departments:
        raise NoSupervisor("该办件的办事指南没有设置监管部门，不能办结。请联系网站编辑补充后重新发布指南。")
    key = f"push:case:{case.pk}"
    clocks.start(
        key=key,
        kind=DutyKind.PUSH,
        holder=case.window,
        case=case,
        now=now,
        by=by,
        started_at=case.closed_at or now,
    )
    return _send(case, sender=case.window, to=departments, meets=key, by=by, now=now)


def open_result(push: ResultPush, *, by: User, now: datetime) -> None:
    """Note that the department opened the push: the first time counts, later ones change nothing (9.1)."""
    check(by, Can.CLAIM_RESULT, push.department_id, now)
    letters.open_letter(push.recipient, by=by, now=now)


@transaction.atomic
def claim_result(push: ResultPush, *, by: User, now: datetime) -> None:
    """Claim a result (认领, 9.1): the claim duty is met; for a grant the register duty begins.

    Raises ``StaleState`` when a colleague claimed or returned it first, ``NotPermitted``.
    """
    check(by, Can.CLAIM_RESULT, push.department_id, now)
    move(push, new=PushState.CLAIMED, moves=rules.MOVES, by=by, now=now)
    letters.claim(push.recipient, by=by, now=now, goes_on=rules.can_be_registered(push.case.result))
    emit(ResultClaimed(push=push, by=by, now=now))


@transaction.atomic
def return_result(push: ResultPush, *, reason: str, by: User, now: datetime) -> None:
    """Return a result that another department should supervise (退回, 9.1).

    The claim duty ends with the reason; the approver must push again. Raises ``BadReturn`` without a
    reason, ``StaleState`` when it was claimed or returned meanwhile, ``NotPermitted``.
    """
    check(by, Can.CLAIM_RESULT, push.department_id, now)
    reason = reason.strip()
    if why := rules.why_not_return(reason):
        raise BadReturn(why, field="reason")
    move(push, new=PushState.RETURNED, moves=rules.MOVES, by=by, now=now)
    letters.return_letter(push.recipient, reason=reason, by=by, now=now)
    emit(ResultReturned(push=push, by=by, now=now))


@transaction.atomic
def repush(push: ResultPush, *, department: Department, by: User, now: datetime) -> ResultPush:
    """Push a returned result to another department (9.1); returns the new push.

    Raises ``BadTarget`` for a department that does not supervise or has the result already,
    ``StaleState`` when a colleague pushed it again first, ``NotPermitted``.
    """
    case = push.case
    check(by, Can.REPUSH_RESULT, case.approver_id, now)
    day = timezone.localdate(now)
    why = rules.why_not_repush(
        kind=department.kind,
        valid=Department.objects.valid_on(day).filter(pk=department.pk).exists(),
        already_pushed=department.pk in queries.have_result(case, day),
    )
    if why:
        raise BadTarget(why, field="department")
    move(push, new=PushState.REPUSHED, moves=rules.MOVES, by=by, now=now)
    key = f"repush:push:{push.pk}"
    (new,) = _send(case, sender=case.approver, to=[department], meets=key, by=by, now=now, replaces=push)
    return new


@transaction.atomic
def register_holder(
    push: ResultPush, *, activity: str, officer: User, by: User, now: datetime
) -> RegisterEntry:
    """Take the holder and the activity into supervision (纳入监管范围, 9.1): an act of its own after the claim.

    Raises ``BadRegistration`` for a refused result, before the claim, without activity or with an officer
    of another department; ``StaleState`` when it is registered already; ``NotPermitted``.
    """
    check(by, Can.REGISTER_HOLDER, push.department_id, now)
    activity = activity.strip()
    why = rules.why_not_register(
        result=push.case.result,
        state=push.state,
        officer_belongs=queries.officers_of(push.department_id, now).filter(pk=officer.pk).exists(),
        activity=activity,
    )
    if why:
        raise BadRegistration(why)
    move(push, new=PushState.REGISTERED, moves=rules.MOVES, by=by, now=now)
    licence = push.case.licence
    entry = RegisterEntry.objects.create(
        push=push,
        department=push.department.acting_on(timezone.localdate(now)),
        subject=licence.holder,
        licence=licence,
        activity=activity[: rules.MAX_ACTIVITY],
        officer=officer,
        taken_at=now,
        taken_by=by,
        taken_for_id=by.acting_for_id,
    )
    clocks.meet(f"register:push:{push.pk}", by=by, now=now, evidence=f"register:{entry.pk}")
    record(
        "supervision.registered",
        by=by,
        now=now,
        clause=rules.CLAUSE,
        department=push.department,
        case_number=push.case.number,
        obj=entry,
        licence=licence.number,
        officer=officer.pk,
    )
    return entry


def _send(
    case: Case,
    *,
    sender: Department,
    to: list[Department],
    meets: str,
    by: User | None,
    now: datetime,
    replaces: ResultPush | None = None,
) -> list[ResultPush]:
    """The letter that carries the result – facts, and the files of the applicant's materials – and its pushes."""
    decision = approved_decision(case)
    files: list[StoredFile] = queries.files_of_materials(case)
    made: list[ResultPush] = []

    def entry(recipient: Recipient) -> str:
        made.append(_deliver(case, recipient, by=by, now=now, replaces=replaces))
        return f"push:{made[-1].pk}"

    letters.send(
        kind=LetterKind.RESULT,
        case=case,
        sender=sender,
        to=to,
        title=rules.result_title(case.item.name, case.applicant.public_name, case.get_result_display()),
        facts=result_facts(case, decision, getattr(case, "licence", None)),
        files=files,
        by=by,
        now=now,
        meets=meets,
        entry=entry,
    )
    return made


def _deliver(
    case: Case, recipient: Recipient, *, by: User | None, now: datetime, replaces: ResultPush | None = None
) -> ResultPush:
    """The push that stands in one department's inbox, from now on a part of the case."""
    push = ResultPush.objects.create(
        case=case, department=recipient.department, recipient=recipient, replaces=replaces, pushed_at=now
    )
    take_part(case, recipient.department, Participation.Capacity.SUPERVISOR, now=now)
    record(
        "supervision.pushed" if replaces is None else "supervision.repushed",
        by=by,
        now=now,
        clause=rules.CLAUSE,
        department=recipient.department,
        case_number=case.number,
        obj=push,
        letter=recipient.letter.number,
        **({} if replaces is None else {"replaces": replaces.pk}),
    )
    return push
