"""The forms under ``/cms/`` that end in a proposal."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from casework.core.access import Can, DeskRequest, requires
from casework.core.errors import Refusal
from casework.core.failed import add_refusal
from casework.core.once import OnceForm, once
from casework.core.rule_changes.actions import propose
from casework.core.rule_changes.content import Content
from casework.core.rule_changes.forms import ClosureForm, HolidayForm, HoursForm, LimitForm
from casework.core.rule_changes.importing import Reading, read_notice
from casework.core.rule_changes.models import RuleChange
from casework.core.rule_changes.proposing import Words, propose_years
from casework.core.rule_changes.views import duty_kind
from casework.core.rules_data.queries import MissingRule, rule_for
from casework.core.worktime.queries import current_calendar
from cms_pages.importing.tables import FileUnreadable, table_of

SAID = "已提出，等待安全管理员审定。"


class NothingProposed(Refusal):
    """The file cannot become a proposal, or says nothing that is new."""


@require_http_methods(["GET", "POST"])
@requires(Can.PROPOSE_RULE_CHANGE)
def propose_holidays(request: DeskRequest) -> HttpResponse:
    """Upload a holiday notice: check only, or propose. A file with one wrong cell is not proposed."""
    form = HolidayForm(request.POST or None, request.FILES or None)
    reading: Reading | None = None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data["file"]
        try:
            reading = read_notice(table_of(given.name, given.read()), current_calendar())
        except FileUnreadable as error:
            form.add_error("file", str(error))
        else:
            answer = None if "check" in request.POST else _propose_file(request, form, reading, given.name)
            if answer is not None:
                return answer
    return _form(request, form, "提出放假通知", reading=reading, upload=True)


def _propose_file(
    request: DeskRequest, form: HolidayForm, reading: Reading, file_name: str
) -> HttpResponse | None:
    """The answer after proposing; None when the form is shown again with what stands in the way."""

    def act() -> str:
        made = _years(request, reading, form.words(), file_name)
        return _address(made[0]) if len(made) == 1 else reverse("rule_changes")

    return _carry_out(request, form, act)


def _years(request: DeskRequest, reading: Reading, words: Words, file_name: str) -> list[RuleChange]:
    """Propose every new year of the file. Raises ``NothingProposed``."""
    if reading.findings:
        raise NothingProposed(
            f"文件中有{len(reading.findings)}处错误，没有提出任何变更。请改正后重新上传。", field="file"
        )
    if not reading.new_years:
        raise NothingProposed("文件中的日期日历里都已有，没有提出任何变更。", field="file")
    made, waiting = propose_years(reading, words, file_name=file_name, by=request.user, now=timezone.now())
    if not made:
        years = "、".join(f"{year}年" for year in waiting)
        raise NothingProposed(f"{years}的通知已经提出，正在等待审定，无需重复提出。", field="file")
    return made


@require_http_methods(["GET", "POST"])
@requires(Can.PROPOSE_RULE_CHANGE)
def propose_closure(request: DeskRequest) -> HttpResponse:
    """A local closure (a typhoon), or its end."""
    form = ClosureForm(request.POST or None)
    return _propose_form(request, form, "提出本地停止办公")


@require_http_methods(["GET", "POST"])
@requires(Can.PROPOSE_RULE_CHANGE)
def propose_hours(request: DeskRequest) -> HttpResponse:
    """Office hours from a day on."""
    return _propose_form(request, HoursForm(request.POST or None), "提出作息时间")


@require_http_methods(["GET", "POST"])
@requires(Can.PROPOSE_RULE_CHANGE)
def propose_limit(request: DeskRequest, kind: str) -> HttpResponse:
    """A new version of one limit, from a day on, with its basis."""
    wanted = duty_kind(kind)
    try:
        rule = rule_for(wanted, timezone.localdate())
    except MissingRule:
        rule = None
    form = LimitForm(request.POST or None, rule=rule)
    title = f"提出时限新版本：{wanted.label}"
    if request.method == "POST" and form.is_valid():
        answer = _proposed(request, form, form.draft(wanted))
        if answer is not None:
            return answer
    return _form(request, form, title)


def _propose_form(request: DeskRequest, form: ClosureForm | HoursForm, title: str) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        answer = _proposed(request, form, form.draft())
        if answer is not None:
            return answer
    return _form(request, form, title)


def _proposed(request: DeskRequest, form: OnceForm, content: Content) -> HttpResponse | None:
    def act() -> str:
        return _address(propose(content=content, by=request.user, now=timezone.now()))

    return _carry_out(request, form, act)


def _carry_out(request: DeskRequest, form: OnceForm, act: Callable[[], str]) -> HttpResponse | None:
    """Run ``act``, which answers an address, once for each form; None when it was refused."""
    try:
        url = once(form.sending(), act, by=request.user, now=timezone.now())
    except Refusal as refusal:
        add_refusal(form, refusal)
        return None
    messages.success(request, SAID)
    return redirect(url)


def _address(change: RuleChange) -> str:
    return reverse("rule_change", args=[change.pk])


def _form(request: DeskRequest, form: forms.Form, title: str, **more: Any) -> HttpResponse:
    """The form, empty or as it was filled in; refused input answers 422."""
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound and form.errors else HTTPStatus.OK
    context = {"header_title": title, "form": form, **more}
    return TemplateResponse(request, "rule_changes/propose.html", context, status=status)
