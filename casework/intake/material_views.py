"""The checklist after receipt: more files, the one notice of what to correct, and its end (7.1; 行政许可法 32)."""

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from casework.core.access import Can, DeskRequest, requires
from casework.core.errors import Refusal
from casework.core.failed import add_refusal, show_again
from casework.core.htmx import acts, after_post, leave
from casework.core.versions import unchanged
from casework.intake import actions
from casework.intake.correction_forms import CorrectionForm, ResubmissionForm
from casework.intake.correction_models import CorrectionItem
from casework.intake.forms import MaterialsForm, uploads_of
from casework.intake.views import case_of, case_url, done


@require_POST
@requires(Can.RECEIVE_CASE)
@acts
def add_materials(request: DeskRequest, number: str) -> HttpResponse:
    """Add files to the checklist."""
    case, person = case_of(request, number), request.user
    form = MaterialsForm(request.POST, request.FILES, rows=case.materials.all(), person=person, about=case)
    if form.is_valid():
        try:
            uploads = uploads_of(form.cleaned_data)
            with unchanged(form):
                actions.add_materials(case, materials=uploads, by=person, now=timezone.now())
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            return done(request, case, "已补收材料。")
    return show_again(request, case_url(case), "materials", form)


@require_POST
@requires(Can.ACCEPT_CASE)
@acts
def correct(request: DeskRequest, number: str) -> HttpResponse:
    """Give the one notice; it is shown to be printed."""
    case = case_of(request, number)
    form = CorrectionForm(request.POST, about=case, materials=case.materials.all(), auto_id="id_correct_%s")
    if form.is_valid():
        try:
            with unchanged(form):
                notice = actions.request_correction(
                    case,
                    wants=form.wants(),
                    other=form.cleaned_data["other"],
                    by=request.user,
                    now=timezone.now(),
                )
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            said = "已一次性告知补正。请打印告知书送达申请人。"
            return leave(request, said, reverse("casework:notice", args=[notice.pk]))
    return show_again(request, case_url(case), "correct", form)


@require_POST
@requires(Can.ACCEPT_CASE)
@acts
def resubmit(request: DeskRequest, number: str) -> HttpResponse:
    """Everything is there: the five days begin anew."""
    case = case_of(request, number)
    items = CorrectionItem.objects.filter(correction__case=case)
    form = ResubmissionForm(request.POST, about=case, items=items, auto_id="id_resubmit_%s")
    if form.is_valid():
        try:
            with unchanged(form):
                actions.resubmit(case, settled=form.settled(), by=request.user, now=timezone.now())
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            said = "已登记补正齐全，受理期限自今日重新起算。请完成四项审查。"
            return after_post(request, said, case_url(case))
    return show_again(request, case_url(case), "resubmit", form)
