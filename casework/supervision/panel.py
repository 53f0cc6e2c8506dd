"""Where a result went (9.1): on the case page, and on the page of the letter that carries it."""

from typing import Any

from django.urls import reverse
from django.utils import timezone

from casework.core.access import Can, DeskRequest
from casework.core.cases.models import Case
from casework.core.cases.queries import handles
from casework.core.failed import failed_form
from casework.core.letters.models import LetterKind, Objection, Recipient
from casework.core.letters.queries import with_people
from casework.core.panels import Todo, panel
from casework.supervision import queries
from casework.supervision.forms import AnswerForm, RepushForm
from casework.supervision.models import PushState, ResultPush
from casework.supervision.rules import can_be_registered

TONES = {
    PushState.DELIVERED: "warn",
    PushState.CLAIMED: "info",
    PushState.REGISTERED: "good",
    PushState.RETURNED: "bad",
    PushState.REPUSHED: "calm",
}


@panel("case", order=30, template="supervision/_case_panel.html")
def case_panel(request: DeskRequest, case: Case) -> dict[str, Any] | None:
    """Where the result went and what became of it; the approver chooses another department here."""
    found = ResultPush.objects.filter(case=case).select_related(
        *with_people("department", "register_entry__officer", before="recipient__")
    )
    rows = [_of(row, case) for row in found]
    if not rows:
        return None
    may_repush = request.access.can(Can.REPUSH_RESULT, case.approver_id)
    mine = set(request.access.departments(Can.CLAIM_RESULT, Can.REGISTER_HOLDER))
    now = timezone.now()
    returned = [row for row in rows if row.state == PushState.RETURNED]
    forms: list[dict[str, Any]] = [
        {
            "push": row,
            "form": failed_form(request, f"repush-{row.pk}")
            or RepushForm(push=row, now=now, auto_id=f"id_repush{row.pk}_%s"),
        }
        for row in (returned if may_repush else [])
    ]
    approves = case.approver_id in request.access.departments(Can.READ_CASES)
    reads_all = request.access.can(Can.READ_ALL_CASES) or handles(request.access, case)
    shown = [
        {
            "push": row,
            "tone": TONES[PushState(row.state)],
            "mine": row.department_id in mine,
            "linked": approves or row.department_id in mine,  # who sent or got the letter
            "objection": _objection(row) if reads_all or row.department_id in mine else None,
        }
        for row in rows
    ]
    todo = [
        Todo(f"改推{row['push'].department.label}退回的结果", f"#repush-{row['push'].pk}") for row in forms
    ]
    todo += _to_answer(request, case, rows)
    return {"pushes": shown, "repush_forms": forms, "todo": [*todo, *_todo_of(request, rows)]}


def _objection(row: ResultPush) -> Objection | None:
    return getattr(row.recipient, "objection", None)


def _to_answer(request: DeskRequest, case: Case, rows: list[ResultPush]) -> list[Todo]:
    """Objections that wait for the approver's answer; each is read and answered on its letter's page."""
    if not request.access.can(Can.ANSWER_OBJECTION, case.approver_id):
        return []
    waiting = [row for row in rows if (found := _objection(row)) and found.answer_letter_id is None]
    return [
        Todo(f"答复{row.department.label}的疑义", reverse("casework:push-objection", args=[row.pk]))
        for row in waiting
    ]


def _todo_of(request: DeskRequest, rows: list[ResultPush]) -> list[Todo]:
    """What a supervisor has to do with the results that my departments got; it is done on the result's own page."""
    found = []
    for row in rows:
        url = reverse("casework:push", args=[row.pk])
        if row.state == PushState.DELIVERED and request.access.can(Can.CLAIM_RESULT, row.department_id):
            found.append(Todo("认领或退回办理结果", url))
        elif may_register(request, row):
            found.append(Todo("纳入监管范围", url))
    return found


def may_object(request: DeskRequest, push: ResultPush) -> bool:
    """Whether this person could object to this result, which has no objection yet: before or after its claim,
    once it was read, not after its return (9.1)."""
    recipient = push.recipient
    allowed = request.access.can(Can.OBJECT_TO_RESULT, push.department_id)
    return allowed and recipient.opened_at is not None and recipient.returned_at is None


def may_register(request: DeskRequest, push: ResultPush) -> bool:
    """Whether the holder of this result can be taken into supervision now, by this person."""
    return (
        request.access.can(Can.REGISTER_HOLDER, push.department_id)
        and push.state == PushState.CLAIMED
        and can_be_registered(push.case.result)
    )


@panel("letter", order=31, template="supervision/_objection_panel.html")
def objection_panel(request: DeskRequest, recipient: Recipient) -> dict[str, Any] | None:
    """On the letter that carries an objection: the approver's answer, or the form for it."""
    if recipient.letter.kind != LetterKind.OBJECTION:
        return None
    if not request.access.can(Can.ANSWER_OBJECTION, recipient.department_id):
        return None
    asked = ResultPush.objects.filter(recipient__objection__asked=recipient)
    found = asked.select_related("case", "department").first()
    objection = queries.objection_of(found) if found else None
    if found is None or objection is None:
        return None
    form = failed_form(request, f"answer-{found.pk}") or AnswerForm(about=objection)
    answered = objection.answer_letter is not None
    return {"push": found, "objection": objection, "form": None if answered else form}


@panel("letter", order=30, template="supervision/_letter_panel.html")
def letter_panel(request: DeskRequest, recipient: Recipient) -> dict[str, Any] | None:
    """From the letter that carries a result to the page where it is claimed."""
    found = queries.pushes_for(request.access).filter(recipient=recipient).first()
    return {"push": found, "tone": TONES[PushState(found.state)]} if found else None


def _of(row: ResultPush, case: Case) -> ResultPush:
    row.case = case  # already in hand: no query for each form
    return row
