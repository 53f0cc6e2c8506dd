"""Where a result went (9.1): on the case page, and on the page of the letter that carries it."""

from typing import Any

from django.urls import reverse
from django.utils import timezone

from casework.core.access import Can, DeskRequest
from casework.core.cases.models import Case
from casework.core.failed import failed_form
from casework.core.letters.models import Recipient
from casework.core.panels import Todo, panel
from casework.supervision import queries
from casework.supervision.forms import RepushForm
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
        "department", "recipient__claimed_by", "recipient__opened_by", "register_entry__officer"
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
    shown = [
        {"push": row, "tone": TONES[PushState(row.state)], "mine": row.department_id in mine} for row in rows
    ]
    todo = [
        Todo(f"改推{row['push'].department.label}退回的结果", f"#repush-{row['push'].pk}") for row in forms
    ]
    return {"pushes": shown, "repush_forms": forms, "todo": [*todo, *_todo_of(request, rows)]}


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


def may_register(request: DeskRequest, push: ResultPush) -> bool:
    """Whether the holder of this result can be taken into supervision now, by this person."""
    return (
        request.access.can(Can.REGISTER_HOLDER, push.department_id)
        and push.state == PushState.CLAIMED
        and can_be_registered(push.case.result)
    )


@panel("letter", order=30, template="supervision/_letter_panel.html")
def letter_panel(request: DeskRequest, recipient: Recipient) -> dict[str, Any] | None:
    """From the letter that carries a result to the page where it is claimed."""
    found = queries.pushes_for(request.access).filter(recipient=recipient).first()
    return {"push": found, "tone": TONES[PushState(found.state)]} if found else None


def _of(row: ResultPush, case: Case) -> ResultPush:
    row.case = case  # already in hand: no query for each form
    return row
