"""The supervisor objects to a result, the approver answers (疑义, 9.1)."""

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from casework.core.access import Can, DeskRequest, requires
from casework.core.errors import Refusal
from casework.core.failed import add_refusal, show_again
from casework.core.files.fields import keep_files
from casework.core.htmx import acts, after_post
from casework.core.versions import unchanged
from casework.supervision import actions, queries
from casework.supervision.forms import AnswerForm, ObjectForm
from casework.supervision.models import ResultPush
from casework.supervision.views import mine, push_page
from portal.accounts.log_context import case_number


@require_POST
@requires(Can.OBJECT_TO_RESULT)
@acts
def object_push(request: DeskRequest, pk: int) -> HttpResponse:
    """Object in writing, with files if there are any."""
    found, now = mine(request, pk), timezone.now()
    form = ObjectForm(request.POST, request.FILES, about=found, person=request.user)
    if form.is_valid():
        given = {"reason": form.cleaned_data["reason"], "uploads": form.cleaned_data["attachments"]}
        try:
            with unchanged(form):
                made = actions.object_to_result(found, **given, by=request.user, now=now)
            said = "疑义已逾期提出，已送审批部门答复。" if made.is_late else "疑义已送审批部门，请等待答复。"
            return after_post(request, said, reverse("casework:push", args=[pk]))
        except Refusal as refusal:
            add_refusal(form, refusal)
    keep_files(form, by=request.user, now=now)
    return push_page(request, found, object_form=form)


@require_GET
@requires(Can.ANSWER_OBJECTION)
def objection(request: DeskRequest, pk: int) -> HttpResponse:
    """To the letter that carries the objection: there it is opened, read and answered."""
    return HttpResponseRedirect(_letter_of(_to_answer(request, pk)))


@require_POST
@requires(Can.ANSWER_OBJECTION)
@acts
def answer_push(request: DeskRequest, pk: int) -> HttpResponse:
    """Answer in writing, with files if there are any."""
    found = _to_answer(request, pk)
    objection, url = found.recipient.objection, _letter_of(found)
    form = AnswerForm(request.POST, request.FILES, about=objection, person=request.user)
    if form.is_valid():
        given = {"text": form.cleaned_data["text"], "uploads": form.cleaned_data["attachments"]}
        try:
            with unchanged(form):
                actions.answer_objection(found, **given, by=request.user, now=timezone.now())
            return after_post(request, "答复已发出，监管部门可以看到。", url)
        except Refusal as refusal:
            add_refusal(form, refusal)
    return show_again(request, url, f"answer-{pk}", form)


def _to_answer(request: DeskRequest, pk: int) -> ResultPush:
    """The push whose objection my department has to answer; anything else is 404."""
    found = get_object_or_404(queries.objected_for(request.access), pk=pk)
    case_number.set(found.case.number)
    return found


def _letter_of(push: ResultPush) -> str:
    return reverse("casework:letter", args=[push.recipient.objection.asked.letter_id])
