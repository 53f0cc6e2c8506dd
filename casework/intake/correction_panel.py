"""The correction's part of the window's panel (7.1; 行政许可法 32)."""

from collections.abc import Sequence
from typing import Any

from casework.core.access import Can, DeskRequest
from casework.core.cases.models import Case, CaseState
from casework.core.clocks.models import Duty
from casework.core.failed import failed_form
from casework.core.panels import Todo
from casework.intake.correction_forms import CorrectionForm, ResubmissionForm
from casework.intake.correction_models import CorrectionRequest
from casework.intake.forms import MaterialsForm
from casework.intake.models import CheckKind, MaterialCheck, SubmittedMaterial
from casework.intake.rules import REQUIRED


def correction_of(case: Case) -> CorrectionRequest | None:
    """The one notice of the case, with its items (two queries); None when there is none."""
    rows = CorrectionRequest.objects.select_related("notice", "asked_by", "asked_for").prefetch_related(
        "items__material"
    )
    return rows.filter(case=case).first()


def asking(
    case: Case, materials: Sequence[SubmittedMaterial], checks: dict[str, MaterialCheck], request: DeskRequest
) -> dict[str, Any]:
    """The form of the notice, for a case that has had none and is not accepted by the law itself."""
    missing = any(row.necessity == REQUIRED and not row.provided for row in materials)
    failed = [
        f"{row.get_kind_display()}：{row.remark}"
        for row in checks.values()
        if not row.passed and not (missing and row.kind == CheckKind.COMPLETENESS)  # the materials say it
    ]
    form = failed_form(request, "correct") or CorrectionForm(
        about=case, materials=materials, failed=failed, auto_id="id_correct_%s"
    )
    return {"correct_form": form}


def waiting(
    request: DeskRequest, case: Case, correction: CorrectionRequest, materials: Sequence[SubmittedMaterial]
) -> dict[str, Any]:
    """What is still wanting, and the acts of the window while the applicant corrects."""
    if case.state != CaseState.CORRECTING or not request.access.can(Can.ACCEPT_CASE, case.window_id):
        return {}
    items = list(correction.items.all())
    left = [item for item in items if item.met_at is None]
    form = failed_form(request, "resubmit") or ResubmissionForm(
        about=case, items=items, auto_id="id_resubmit_%s"
    )
    todo = "收取补正材料" if any(item.material_id for item in left) else "登记补正齐全"
    return {
        "correct_due": Duty.objects.filter(key=f"correct:case:{case.pk}").first(),
        "materials_form": failed_form(request, "materials") or MaterialsForm(rows=materials, about=case),
        "missing": [item.label for item in left if item.material_id],
        "resubmit_form": form,
        "todo": [Todo(todo, "#intake-correction")],
    }
