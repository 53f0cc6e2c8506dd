"""The acts on a clock of an approval, each with its own address (行政许可法 42, 45)."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from casework.approval import queries, reassigning, timing, timing_panel  # noqa: F401  (the panel registers itself)
from casework.approval.timing_forms import ExtensionForm, PauseForm, ReassignForm, RefusalForm
from casework.core.access import Can, DeskRequest, requires
from casework.core.cases.queries import cases_for
from casework.core.clocks.models import Duty, Extension
from casework.core.errors import Refusal
from casework.core.failed import add_refusal, show_again
from casework.core.htmx import acts, after_post
from casework.core.versions import VersionedForm, unchanged
from casework.core.worktime.explain import AMOUNT_WORDS
from casework.core.worktime.units import Unit
from portal.accounts.log_context import case_number


@require_POST
@requires(Can.PAUSE_CLOCK)
@acts
def pause(request: DeskRequest, duty_id: int) -> HttpResponse:
    """Stop the clock."""
    duty = _duty(request, duty_id)
    form = PauseForm(request.POST, about=duty, auto_id="id_pause_%s")

    def act() -> str:
        timing.pause(duty, **form.entered(), by=request.user, now=timezone.now())
        return "已暂停计时。"

    return _try(request, duty, "pause", form, act)


@require_POST
@requires(Can.PAUSE_CLOCK)
@acts
def resume(request: DeskRequest, duty_id: int) -> HttpResponse:
    """Let the clock run on."""
    duty = _duty(request, duty_id)
    timing.resume(duty, by=request.user, now=timezone.now())
    return after_post(request, "已恢复计时。", _address(duty))


@require_POST
@requires(Can.ASK_EXTENSION)
@acts
def ask_extension(request: DeskRequest, duty_id: int) -> HttpResponse:
    """Ask for more time."""
    duty = _duty(request, duty_id)
    form = ExtensionForm(
        request.POST,
        about=duty,
        unit=AMOUNT_WORDS[Unit(duty.unit)],
        allowed=queries.extension_allowed(duty),
        auto_id="id_extension_%s",
    )

    def act() -> str:
        timing.ask_extension(duty, **form.entered(), by=request.user, now=timezone.now())
        return "已提交延期申请，待负责人批准；批准前时限照常计算。"

    return _try(request, duty, "extension", form, act)


@require_POST
@requires(Can.APPROVE_EXTENSION)
@acts
def approve_extension(request: DeskRequest, pk: int) -> HttpResponse:
    """Grant the request."""
    asked = _extension(request, pk)
    timing.approve_extension(asked, by=request.user, now=timezone.now())
    return after_post(request, "已批准延期，请将告知书送达申请人。", _address(asked.duty))


@require_POST
@requires(Can.APPROVE_EXTENSION)
@acts
def refuse_extension(request: DeskRequest, pk: int) -> HttpResponse:
    """Refuse the request."""
    asked = _extension(request, pk)
    form = RefusalForm(request.POST, about=asked, auto_id="id_refusal_%s")

    def act() -> str:
        reason = form.cleaned_data["refusal"]
        timing.refuse_extension(asked, reason=reason, by=request.user, now=timezone.now())
        return "已作出不予批准的答复，时限不变。"

    return _try(request, asked.duty, "refusal", form, act)


@require_POST
@requires(Can.REASSIGN_DUTY)
@acts
def reassign(request: DeskRequest, duty_id: int) -> HttpResponse:
    """Hand the duty to another department."""
    duty, now = _duty(request, duty_id), timezone.now()
    circulation = queries.circulation_of(duty)
    offered = queries.units_to_take(circulation, now) if circulation else ()
    form = ReassignForm(request.POST, about=duty, offered=offered, auto_id="id_reassign_%s")

    def act() -> str:
        done = reassigning.reassign(duty, **form.entered(), by=request.user, now=now)
        return f"已改派给{done.holder}，时限照常计算。"

    return _try(request, duty, "reassign", form, act)


def _try(
    request: DeskRequest, duty: Duty, name: str, form: VersionedForm, act: Callable[[], str]
) -> HttpResponse:
    """Run ``act`` on a valid form; with errors show the clock's page again, the form as it was (422)."""
    if form.is_valid():
        try:
            with unchanged(form):
                said = act()
            return after_post(request, said, _address(duty))
        except Refusal as refusal:
            add_refusal(form, refusal)
    return show_again(request, _address(duty), name, form)


def _address(duty: Duty) -> str:
    return reverse("casework:duty", args=[duty.pk])


def _duty(request: DeskRequest, pk: int) -> Duty:
    """A duty of a case that the person may see; anything else is 404."""
    rows: Any = Duty.objects.filter(case__in=cases_for(request.access))
    found: Duty = get_object_or_404(rows.select_related("holder", "case__guide_version"), pk=pk)
    _note(found)
    return found


def _extension(request: DeskRequest, pk: int) -> Extension:
    """A request on a duty of a case that the person may see; anything else is 404."""
    rows: Any = Extension.objects.filter(duty__case__in=cases_for(request.access))
    found: Extension = get_object_or_404(
        rows.select_related("duty__holder", "duty__case__item", "duty__case__approver"), pk=pk
    )
    _note(found.duty)
    return found


def _note(duty: Duty) -> None:
    if duty.case is not None:
        case_number.set(duty.case.number)
