"""The window's pages (7.1, 7.4): work list, new application, the acts on a case."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from casework.core import paging
from casework.core.access import Can, DeskRequest, requires
from casework.core.cases.models import Case, CaseState
from casework.core.cases.queries import cases_for
from casework.core.errors import Refusal
from casework.core.failed import add_refusal, show_again
from casework.core.files.fields import keep_files
from casework.core.htmx import acts, after_post, leave, page
from casework.core.once import once
from casework.core.paging import number_in
from casework.core.transitions import StaleState
from casework.core.versions import unchanged
from casework.intake import actions, panel, queries  # noqa: F401  (panel registers itself)
from casework.intake.forms import (
    ApplicationForm,
    ChecksForm,
    RefuseForm,
    WithdrawForm,
)
from cms_pages.models import GuideVersion
from portal.accounts.log_context import case_number
from portal.accounts.masking import mask_name
from portal.accounts.models import Department


@require_GET
@requires(Can.RECEIVE_CASE)
@page("guides")
def work(request: DeskRequest) -> HttpResponse:
    """What the window has to do, and the search for an item to take an application on."""
    words = request.GET.get("q", "").strip()
    found = queries.find_guides(words) if words else []
    work_page = paging.oldest(queries.work_of(request.access.departments(Can.RECEIVE_CASE)), request.GET)
    context = {
        "q": words,
        "guides": [{"version": row, "why_closed": queries.why_closed(row)} for row in found],
        "limit": queries.FOUND_LIMIT,
        "rows": [
            {"case": row, "applicant": _shown_name(row), "next": _NEXT[row.state]} for row in work_page.rows
        ],
        "page": work_page,
    }
    return TemplateResponse(request, "intake/work.html", context)


_NEXT: dict[str, str] = {
    CaseState.RECEIVED: "审查与受理",
    CaseState.CORRECTING: "收取补正材料",
    CaseState.ACCEPTED: "提交审批部门",
    CaseState.DECIDED: "出具结果并办结",
}


@require_http_methods(["GET", "POST"])
@requires(Can.RECEIVE_CASE)
@acts
def new(request: DeskRequest) -> HttpResponse:
    """Take an application in: one form, files and all."""
    rows = GuideVersion.objects.select_related("item").filter(current=True)
    version = get_object_or_404(rows, item_id=number_in(request.GET.get("item", "")) or 0)
    why = queries.why_closed(version)
    if why:
        context = {"version": version, "why_closed": why}
        return TemplateResponse(request, "intake/closed.html", context, status=422 if request.POST else 200)
    form = _application_form(request, version)
    if request.method == "POST":
        url = _receive(request, version, form)
        if url is not None:
            return HttpResponseRedirect(url)
        keep_files(form, by=request.user, now=timezone.now())
    status = 422 if form.errors else 200
    materials = [form[name] for name in form.fields if name.startswith("material_")]
    promised = queries.limit_of(version, "promised")
    context = {"form": form, "version": version, "materials": materials, "promised": promised}
    return TemplateResponse(request, "intake/new.html", context, status=status)


def _application_form(request: DeskRequest, version: GuideVersion) -> ApplicationForm:
    windows = Department.objects.valid_on(timezone.localdate()).filter(
        pk__in=request.access.departments(Can.RECEIVE_CASE)
    )
    posted = request.method == "POST"
    return ApplicationForm(
        request.POST if posted else None,
        request.FILES if posted else None,
        materials=version.rows("materials"),
        windows=windows,
        person=request.user,
        initial={"version": version.pk},
    )


def _receive(request: DeskRequest, version: GuideVersion, form: ApplicationForm) -> str | None:
    """Where the received case stands, also when the form was sent twice; None when it has errors to show."""
    if not form.is_valid():
        return None
    data = form.cleaned_data
    if data["version"] != version.pk:
        form.add_error(None, "该事项的办事指南刚刚更新，下面已换成新的材料清单，请重新核对文件。")
        form.data = form.data.copy()  # type: ignore[attr-defined]
        form.data["version"] = str(version.pk)  # type: ignore[index]
        return None
    now = timezone.now()

    def act() -> str:
        case = actions.receive(
            guide_version=version,
            applicant=form.applicant(),
            agent=form.agent(),
            handling_kind=data["handling_kind"],
            summary=data["summary"],
            address=data["address"],
            materials=form.uploads(),
            window=data["window"],
            by=request.user,
            now=now,
        )
        messages.success(request, f"已收件，办件编号{case.number}。请完成四项审查。")
        return case_url(case)

    try:
        return once(form.sending(), act, by=request.user, now=now)
    except Refusal as refusal:
        add_refusal(form, refusal)
        return None


@require_POST
@requires(Can.ACCEPT_CASE)
@acts
def checks(request: DeskRequest, number: str) -> HttpResponse:
    """Record the four checks."""
    case = case_of(request, number)
    form = ChecksForm(request.POST, about=case)
    if form.is_valid():
        try:
            with unchanged(form):
                actions.record_checks(case, results=form.results(), by=request.user, now=timezone.now())
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            return done(request, case, "四项审查结果已保存。")
    return show_again(request, case_url(case), "checks", form)


@require_http_methods(["GET", "POST"])
@requires(Can.ACCEPT_CASE)
@acts
def accept(request: DeskRequest, number: str) -> HttpResponse:
    """Ask once more, then accept; the notice is shown to be printed."""
    case = case_of(request, number)
    if request.method == "GET":
        _still(case, CaseState.RECEIVED)
        promised = queries.limit_of(case.guide_version, "promised")
        facts = [*_facts(case), {"label": "承诺办结时限", "value": str(promised or "")}]
        passed = [row.get_kind_display() for row in case.checks.all() if row.passed]
        facts.append({"label": "已通过的审查", "value": "、".join(passed) or "无"})
        text = "受理后审批时限开始计算，并出具受理通知书。"
        return _confirm(request, case, title="确认受理该申请", text=text, label="受理", facts=facts)
    notice = actions.accept(case, by=request.user, now=timezone.now())
    said = "已受理。请打印受理通知书交申请人，随后提交审批部门。"
    return leave(request, said, reverse("casework:notice", args=[notice.pk]))


@require_POST
@requires(Can.ACCEPT_CASE)
@acts
def refuse(request: DeskRequest, number: str) -> HttpResponse:
    """Refuse to accept, with reasons; the paper is shown to be printed."""
    case, now = case_of(request, number), timezone.now()
    form = RefuseForm(request.POST, about=case)
    if form.is_valid():
        try:
            reasons = form.cleaned_data["reasons"]
            with unchanged(form):
                notice = actions.refuse_acceptance(case, reasons=reasons, by=request.user, now=now)
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            said = "已作出不予受理决定。请打印决定书送达申请人。"
            return leave(request, said, reverse("casework:notice", args=[notice.pk]))
    return show_again(request, case_url(case), "refuse", form)


@require_POST
@requires(Can.WITHDRAW_CASE)
@acts
def withdraw(request: DeskRequest, number: str) -> HttpResponse:
    """Record that the applicant withdrew; the paper is shown to be printed."""
    case, now = case_of(request, number), timezone.now()
    form = WithdrawForm(request.POST, about=case, auto_id="id_withdraw_%s")
    if form.is_valid():
        try:
            reason = form.cleaned_data["reason"]
            with unchanged(form):
                notice = actions.withdraw(case, reason=reason, by=request.user, now=now)
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            said = "已登记撤回，办件终止。请打印告知书送达申请人。"
            return leave(request, said, reverse("casework:notice", args=[notice.pk]))
    return show_again(request, case_url(case), "withdraw", form)


@require_POST
@requires(Can.SUBMIT_CASE)
@acts
def submit(request: DeskRequest, number: str) -> HttpResponse:
    """Submit to the approval department."""
    case = case_of(request, number)
    actions.submit(case, by=request.user, now=timezone.now())
    return done(request, case, f"已提交{case.approver.label}。")


@require_http_methods(["GET", "POST"])
@requires(Can.ISSUE_CASE)
@acts
def close(request: DeskRequest, number: str) -> HttpResponse:
    """Ask once more, then issue the result and close the case; the decision paper is shown to be printed."""
    case = case_of(request, number)
    if request.method == "GET":
        _still(case, CaseState.DECIDED)
        facts = [*_facts(case), {"label": "审批决定", "value": case.get_result_display()}]
        text = "将出具决定书并办结，办理结果随即推送监管部门。此操作不能撤回。"
        return _confirm(
            request, case, title="确认出具结果并办结", text=text, label="出具结果并办结", facts=facts
        )
    notice = actions.issue_and_close(case, by=request.user, now=timezone.now())
    said = "已办结，办理结果已推送监管部门。请打印决定书送达申请人。"
    return leave(request, said, reverse("casework:notice", args=[notice.pk]))


def case_of(request: DeskRequest, number: str) -> Case:
    """A case that the person may see; anything else is 404. Whether they may act is the action's question."""
    related = ("item", "applicant", "window", "approver", "guide_version")
    found = get_object_or_404(cases_for(request.access).select_related(*related), number=number)
    case_number.set(found.number)
    return found


def _still(case: Case, state: CaseState) -> None:
    if case.state != state:
        raise StaleState(f"case {case.pk} is no longer {state}")


def case_url(case: Case) -> str:
    """Its page."""
    return reverse("casework:case", args=[case.number])


def done(request: DeskRequest, case: Case, said: str) -> HttpResponse:
    """Back to the case, with a word."""
    return after_post(request, said, case_url(case))


def _shown_name(case: Case) -> str:
    return mask_name(case.applicant_name) if case.applicant.is_person else case.applicant_name


def _facts(case: Case) -> list[dict[str, str]]:
    return [
        {"label": "办件编号", "value": case.number},
        {"label": "事项名称", "value": case.item.name},
        {"label": "申请人", "value": _shown_name(case)},
    ]


def _confirm(request: DeskRequest, case: Case, **words: Any) -> HttpResponse:
    context = {**words, "case": case, "action": request.path, "cancel_url": case_url(case)}
    return TemplateResponse(request, "intake/confirm.html", context)
