"""The supervisor's desk (9.1): what was pushed, the three acts on it, the register; and the case panel."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from casework.core import paging
from casework.core.access import Can, DeskRequest, requires
from casework.core.clocks.models import Duty
from casework.core.clocks.shown import ShownDuty, show
from casework.core.errors import Refusal
from casework.core.failed import add_refusal, show_again
from casework.core.htmx import acts, after_post, page
from casework.core.transitions import StaleState
from casework.core.worktime.queries import current_calendar
from casework.supervision import actions, queries
from casework.supervision.forms import RegisterForm, RepushForm, ReturnForm, chosen_ids
from casework.supervision.models import PushState, ResultPush
from casework.supervision.panel import TONES, may_register
from casework.supervision.rules import can_be_registered
from portal.accounts.log_context import case_number

_SUPERVISES = requires(Can.CLAIM_RESULT, Can.REGISTER_HOLDER)
_TAB_LABELS = {"delivered": "待认领", "claimed": "已认领", "registered": "已纳入监管", "returned": "已退回"}
# Which duty's clock a row shows, by the state of its push.
_CLOCKS: dict[str, tuple[str, ...]] = {
    PushState.DELIVERED: ("claim",),
    PushState.CLAIMED: ("register", "claim"),
    PushState.REGISTERED: ("register",),
    PushState.RETURNED: ("repush",),
    PushState.REPUSHED: ("repush",),
}


@require_GET
@_SUPERVISES
@page("body")
def pushes(request: DeskRequest) -> HttpResponse:
    """Pushes of my departments under four tabs; several can be claimed at once."""
    tab = request.GET.get("tab", "delivered")
    tab = tab if tab in queries.TABS else "delivered"
    rows = queries.with_details(queries.pushes_for(request.access)).filter(state__in=queries.TABS[tab])
    found = paging.newest(rows, request.GET)
    context = {
        "tab": tab,
        "tabs": _tabs(request, tab),
        "page": found,
        "rows": _rows(found.rows, timezone.now()),
        "may_claim": tab == "delivered" and request.access.can(Can.CLAIM_RESULT),
    }
    return TemplateResponse(request, "supervision/pushes.html", context)


@require_POST
@requires(Can.CLAIM_RESULT)
@acts
def claim_many(request: DeskRequest) -> HttpResponse:
    """Claim each ticked push on its own: those that fail are named with the reason, the others stand."""
    ids = chosen_ids(request.POST.getlist("push"))
    if not ids:
        raise Refusal("请先勾选要认领的办理结果。")
    claimed = []
    for row in queries.with_details(queries.pushes_for(request.access)).filter(pk__in=ids):
        try:
            actions.claim_result(row, by=request.user, now=timezone.now())
            claimed.append(row.case.number)
        except StaleState:
            messages.error(request, f"办件{row.case.number}：刚刚已由其他人认领或退回，未重复办理。")
    said = f"已认领{len(claimed)}件：{'、'.join(claimed)}。" if claimed else "本次没有认领任何办理结果。"
    return after_post(request, said, reverse("casework:pushes"))


@require_GET
@_SUPERVISES
@page("body")
def push(request: DeskRequest, pk: int) -> HttpResponse:
    """One pushed result. Its content shows once the department has opened it, which is an act of its own."""
    return _push_page(request, _mine(request, pk))


@require_POST
@requires(Can.CLAIM_RESULT)
@acts
def open_push(request: DeskRequest, pk: int) -> HttpResponse:
    """Note the opening."""
    actions.open_result(_mine(request, pk), by=request.user, now=timezone.now())
    return after_post(request, "已记录打开时间。", reverse("casework:push", args=[pk]))


@require_POST
@requires(Can.CLAIM_RESULT)
@acts
def claim_push(request: DeskRequest, pk: int) -> HttpResponse:
    """Claim it."""
    actions.claim_result(_mine(request, pk), by=request.user, now=timezone.now())
    return after_post(request, "已认领。", reverse("casework:push", args=[pk]))


@require_POST
@requires(Can.CLAIM_RESULT)
@acts
def return_push(request: DeskRequest, pk: int) -> HttpResponse:
    """Return it with a reason."""
    found, form = _mine(request, pk), ReturnForm(request.POST)
    if not form.is_valid():
        return _push_page(request, found, return_form=form)
    actions.return_result(found, reason=form.cleaned_data["reason"], by=request.user, now=timezone.now())
    return after_post(request, "已退回审批部门。", reverse("casework:push", args=[pk]))


@require_POST
@requires(Can.REGISTER_HOLDER)
@acts
def register_push(request: DeskRequest, pk: int) -> HttpResponse:
    """Take the holder into supervision."""
    now, found = timezone.now(), _mine(request, pk)
    form = RegisterForm(request.POST, push=found, now=now)
    if not form.is_valid():
        return _push_page(request, found, register_form=form)
    actions.register_holder(found, by=request.user, now=now, **form.cleaned_data)
    return after_post(request, "已纳入监管范围。", reverse("casework:push", args=[pk]))


@require_POST
@requires(Can.REPUSH_RESULT)
@acts
def repush_push(request: DeskRequest, pk: int) -> HttpResponse:
    """Push a returned result to the right department (approver)."""
    departments = request.access.departments(Can.REPUSH_RESULT)
    rows = queries.with_details(ResultPush.objects.filter(case__approver_id__in=departments))
    found, now = get_object_or_404(rows, pk=pk), timezone.now()
    case_number.set(found.case.number)
    form = RepushForm(request.POST, push=found, now=now, auto_id=f"id_repush{pk}_%s")
    url = reverse("casework:case", args=[found.case.number])
    if form.is_valid():
        try:
            new = actions.repush(found, department=form.cleaned_data["department"], by=request.user, now=now)
            return after_post(request, f"已推送给{new.department}。", url)
        except Refusal as refusal:
            add_refusal(form, refusal)
    return show_again(request, url, f"repush-{pk}", form)


@require_GET
@_SUPERVISES
def register(request: DeskRequest) -> HttpResponse:
    """The supervision register (监管台账) of my departments."""
    found = paging.newest(queries.register_for(request.access), request.GET)
    return TemplateResponse(request, "supervision/register.html", {"page": found, "rows": found.rows})


def _mine(request: DeskRequest, pk: int) -> ResultPush:
    """The push, if it stands in the inbox of one of my departments; anything else is 404."""
    found = get_object_or_404(queries.with_details(queries.pushes_for(request.access)), pk=pk)
    case_number.set(found.case.number)
    return found


def _tabs(request: HttpRequest, current: str) -> list[dict[str, Any]]:
    counts = queries.tab_counts(request.access)  # type: ignore[attr-defined]
    return [
        {
            "label": label,
            "url": f"?tab={tab}",
            "count": counts[tab],
            "current": tab == current,
            "urgent": tab == "delivered",
        }
        for tab, label in _TAB_LABELS.items()
    ]


def _rows(pushes: list[ResultPush], now: datetime) -> list[dict[str, Any]]:
    """Each push with the clock that matters for its state."""
    duties, cal = queries.duties_of(pushes), current_calendar()
    rows = []
    for row in pushes:
        duty = _running(row, duties[row.pk])
        clock = show([duty], now=now, cal=cal)[0] if duty else None
        rows.append({"push": row, "clock": clock, "tone": TONES[PushState(row.state)]})
    return rows


def _running(push: ResultPush, duties: dict[str, Duty]) -> Duty | None:
    return next((duties[kind] for kind in _CLOCKS[push.state] if kind in duties), None)


def _push_page(request: DeskRequest, push: ResultPush, **forms: Any) -> HttpResponse:
    """The page of one push; ``forms`` are bound forms with errors (→ 422)."""
    now = timezone.now()
    access, recipient = request.access, push.recipient
    can_claim = access.can(Can.CLAIM_RESULT, push.department_id) and push.state == PushState.DELIVERED
    can_register = may_register(request, push)
    context: dict[str, Any] = {
        "push": push,
        "tone": TONES[PushState(push.state)],
        "opened": recipient.opened_at is not None,
        "clocks": _clocks_of(push, now),
        "facts": [{"label": label, "value": value} for label, value in recipient.letter.facts.items()],
        "files": _files(push),
        "receipts": _receipts(push),
        "can_open": recipient.opened_at is None and access.can(Can.CLAIM_RESULT, push.department_id),
        "can_claim": can_claim,
        "refused": not can_be_registered(push.case.result),
        "entry": getattr(push, "register_entry", None),
    }
    if can_claim:
        context["return_form"] = ReturnForm()
    if can_register:
        context["register_form"] = RegisterForm(push=push, now=now)
    context |= forms
    name = (
        "supervision/push.html#body" if forms and getattr(request, "htmx", False) else "supervision/push.html"
    )
    return TemplateResponse(request, name, context, status=422 if forms else 200)


def _clocks_of(push: ResultPush, now: datetime) -> list[ShownDuty]:
    duties = queries.duties_of([push])[push.pk]
    return show(sorted(duties.values(), key=lambda duty: duty.started_at), now=now, cal=current_calendar())


def _files(push: ResultPush) -> list[dict[str, Any]]:
    return [
        {
            "name": file.name,
            "url": reverse("casework:file", args=[file.pk]),
            "size": file.size,
            "note": file.purpose,
        }
        for file in push.recipient.letter.files.all()
    ]


def _receipts(push: ResultPush) -> list[dict[str, Any]]:
    """Delivered, opened, claimed or returned: separate facts, each with person and time."""
    recipient = push.recipient
    facts = [
        ("已送达", recipient.delivered_at, None, ""),
        ("已打开", recipient.opened_at, recipient.opened_by, ""),
        ("已认领", recipient.claimed_at, recipient.claimed_by, ""),
        ("已退回", recipient.returned_at, recipient.returned_by, recipient.return_reason),
    ]
    return [{"title": title, "at": at, "who": who, "text": text} for title, at, who, text in facts if at]
