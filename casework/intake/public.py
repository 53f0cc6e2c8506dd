"""Where is my case: number and query code, for the applicant (7.1)."""

from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from casework.core.access import public
from casework.core.cases.models import Case, CaseState
from casework.core.cases.queries import case_by_code
from casework.core.clocks.models import Duty
from casework.core.throttle import too_often
from casework.core.transitions import Transition
from casework.intake.correction_models import CorrectionItem
from casework.intake.progress import ProgressFacts, stages
from casework.intake.wording import day

TRIES, WINDOW_SECONDS = 20, 600  # look-ups from one address in ten minutes
WRONG = "没有找到相符的办件。请核对受理通知书或补正告知书上的办件编号和查询码后重新填写。"


class ProgressForm(forms.Form):
    """Number and query code as they stand on the acceptance notice."""

    number = forms.CharField(
        label="办件编号",
        max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
        help_text="见受理通知书，如：4604002026010500001",
    )
    code = forms.CharField(
        label="查询码",
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="8位字母或数字，不区分大小写",
    )


@require_http_methods(["GET", "POST"])
@public
@never_cache
def progress(request: HttpRequest) -> HttpResponse:
    """The form; after a POST the progress itself, so that the code never stands in an address.

    Every wrong pair gets the same answer: nobody learns which numbers exist.
    """
    if request.method == "GET":
        return TemplateResponse(request, "public/progress.html", {"form": ProgressForm()})
    now = timezone.now()
    if too_often("progress", request, limit=TRIES, seconds=WINDOW_SECONDS, now=now):
        return TemplateResponse(
            request, "public/progress_limited.html", status=429, headers={"Retry-After": str(WINDOW_SECONDS)}
        )
    form = ProgressForm(request.POST)
    case = _found(form) if form.is_valid() else None
    if case is None:
        if not form.errors:
            form.add_error(None, WRONG)
        return TemplateResponse(request, "public/progress.html", {"form": form}, status=422)
    return TemplateResponse(request, "public/progress_result.html", _context(case))


def _found(form: ProgressForm) -> Case | None:
    return case_by_code(form.cleaned_data["number"], form.cleaned_data["code"])


def _context(case: Case) -> dict[str, Any]:
    moved = _moved_at(case)
    answered = case.circulations.filter(opinions__signed_at__isnull=False).distinct().count()
    is_closed = case.state == CaseState.CLOSED
    facts = ProgressFacts(
        state=case.state,
        received_at=case.received_at,
        accepted_at=case.accepted_at,
        refused_at=moved.get(CaseState.NOT_ACCEPTED),
        circulated_at=moved.get(CaseState.CIRCULATING),
        decided_at=case.decided_at,
        closed_at=case.closed_at,
        units=case.circulations.count(),
        answered=answered,
        withdrawn_at=moved.get(CaseState.WITHDRAWN),
        returned_at=moved.get(CaseState.RETURNED),
        correct_by=_correct_by(case),
        result=case.get_result_display() if is_closed else "",  # the result is told when it is issued (7.4)
    )
    return {
        "case": case,
        "applicant": case.applicant.public_name,
        "stages": stages(facts),
        "promise": Duty.objects.filter(key=f"decide:case:{case.pk}").first(),
        "is_closed": is_closed,
        "wants": _wants(case),
    }


def _correct_by(case: Case) -> str:
    """The applicant's last day, in words; "" unless a correction is waited for."""
    if case.state != CaseState.CORRECTING:
        return ""
    return day(Duty.objects.get(key=f"correct:case:{case.pk}").due_at)


def _wants(case: Case) -> list[str]:
    """What the applicant has to do now."""
    if case.state != CaseState.CORRECTING:
        return []
    items = CorrectionItem.objects.filter(correction__case=case, met_at=None).select_related("material")
    return [item.label for item in items]


def _moved_at(case: Case) -> dict[str, datetime]:
    """State → when the case first came into it."""
    rows = Transition.objects.filter(object_type="case", object_id=str(case.pk)).order_by("-id")
    return {row.new: row.at for row in rows}
