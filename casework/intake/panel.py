"""The window's part of the case page (7.1, 7.4)."""

from typing import Any

from django.urls import reverse
from django.utils import timezone

from casework.core.access import Can, DeskRequest
from casework.core.cases.models import Case, CaseState
from casework.core.cases.queries import approved_decision, handles
from casework.core.failed import failed_form
from casework.core.panels import Todo, panel
from casework.intake import queries, rules
from casework.intake.correction_models import CorrectionRequest
from casework.intake.correction_panel import asking, correction_of, waiting
from casework.intake.forms import (
    FAIL,
    NECESSITIES,
    PASS,
    ChecksForm,
    MaterialsForm,
    RefuseForm,
    WithdrawForm,
)
from casework.intake.models import CheckKind
from portal.accounts.masking import mask_name


@panel("case", order=10, template="intake/_case_panel.html")
def case_panel(request: DeskRequest, case: Case) -> dict[str, Any] | None:
    """Application, materials, checks and the acts of the window; None for those who do not handle the case.

    A supervisor sees what its letter carries, not the window's file.
    """
    reads_files = handles(request.access, case)
    if not reads_files and not request.access.can(Can.READ_ALL_CASES):
        return None
    materials = list(case.materials.prefetch_related("files"))
    checks = {row.kind: row for row in case.checks.select_related("by", "made_for")}
    context = {
        "record": getattr(case, "intake", None),
        "agents": [{"name": mask_name(row.name), "phone": row.shown_phone} for row in case.parties.all()],
        "materials": [_material(row, linked=reads_files) for row in materials],
        "checks": [{"kind": kind.label, "row": checks.get(kind.value)} for kind in CheckKind],
    }
    correction = correction_of(case)
    context |= _acts(request, case, materials, checks, correction) | _withdrawing(request, case)
    return context | ({"correction": correction} if correction else {})


def _withdrawing(request: DeskRequest, case: Case) -> dict[str, Any]:
    """The applicant may take the application back until it is decided."""
    if case.state not in rules.UNDECIDED or not request.access.can(Can.WITHDRAW_CASE, case.window_id):
        return {}
    form = failed_form(request, "withdraw") or WithdrawForm(about=case, auto_id="id_withdraw_%s")
    return {"withdraw_form": form}


def _material(row: Any, *, linked: bool) -> dict[str, Any]:
    """A material and its files; only those who handle the case get an address to read them at."""
    files = [
        {
            "name": file.name,
            "url": reverse("casework:file", args=[file.pk]) if linked else "",
            "size": file.size,
        }
        for file in row.files.all()
    ]
    return {"row": row, "necessity": NECESSITIES.get(row.necessity, ""), "files": files}


def _acts(
    request: DeskRequest,
    case: Case,
    materials: list[Any],
    checks: dict[str, Any],
    correction: CorrectionRequest | None,
) -> dict[str, Any]:
    """Forms and buttons for those who may act, in the state where the act is possible."""
    may_accept = request.access.can(Can.ACCEPT_CASE, case.window_id)
    if case.state == CaseState.RECEIVED and may_accept:
        rows = [rules.MaterialRow(row.name, row.necessity, row.provided) for row in materials]
        passed = {kind: row.passed for kind, row in checks.items()}
        deemed = queries.is_deemed_accepted(case, timezone.now())
        checks_form = failed_form(request, "checks") or _checks_form(case, checks)
        why_not_accept = rules.refuses_acceptance(passed, rows, deemed=deemed)
        return {
            "checks_form": checks_form,
            "check_rows": [{**row, "saved": checks.get(row["kind"])} for row in checks_form.rows()],
            "deemed": deemed,
            "materials_form": failed_form(request, "materials") or MaterialsForm(rows=materials, about=case),
            "refuse_form": failed_form(request, "refuse") or RefuseForm(about=case),
            "refuse_open": failed_form(request, "refuse") is not None,
            "why_not_accept": why_not_accept,
            "missing": rules.missing_materials(rows),
            "todo": _before_acceptance(case, passed, rows, may_accept=not why_not_accept),
            **({} if correction or deemed else asking(case, materials, checks, request)),
        }
    if correction is not None and case.state == CaseState.CORRECTING:
        return waiting(request, case, correction, materials)
    if case.state == CaseState.ACCEPTED and request.access.can(Can.SUBMIT_CASE, case.window_id):
        return {"may_submit": True, "todo": [Todo(f"提交{case.approver.label}审批", "#intake-submit")]}
    if case.state == CaseState.DECIDED and request.access.can(Can.ISSUE_CASE, case.window_id):
        todo = [Todo("出具结果并办结", reverse("casework:intake-close", args=[case.number]))]
        return {"may_close": True, "decision": approved_decision(case), "todo": todo}
    return {}


def _before_acceptance(
    case: Case, passed: dict[str, bool], rows: list[rules.MaterialRow], *, may_accept: bool
) -> list[Todo]:
    """What is to be done next with an application that was received (7.1)."""
    missing, failed = rules.missing_materials(rows), [kind for kind, good in passed.items() if not good]
    todo = [Todo(f"补收缺少的{len(missing)}项必要材料", "#intake-materials")] if missing else []
    if failed or len(passed) < len(CheckKind):
        todo.append(Todo("完成四项审查", "#intake-checks"))
    if failed:
        todo.append(Todo("告知补正或者不予受理", "#intake-accept"))
    if may_accept:
        todo.append(Todo("受理", reverse("casework:intake-accept", args=[case.number])))
    return todo


def _checks_form(case: Case, checks: dict[str, Any]) -> ChecksForm:
    initial: dict[str, str] = {}
    for kind, row in checks.items():
        initial |= {f"{kind}_result": PASS if row.passed else FAIL, f"{kind}_remark": row.remark}
    return ChecksForm(initial=initial, about=case)
