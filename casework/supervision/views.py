"""The supervisor's desk (9.1): what was pushed, the acts on it, the register; the approver's push again.

Claiming many stands in ``claiming.py``, 疑义 in ``objecting.py``.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from casework.core import paging
from casework.core.access import Can, DeskRequest, requires
from casework.core.counting import capped
from casework.core.errors import Refusal
from casework.core.failed import add_refusal, show_again
from casework.core.htmx import acts, after_post, page
from casework.core.versions import unchanged
from casework.supervision import actions, queries, shown
from casework.supervision.forms import ObjectForm, RegisterForm, RepushForm, ReturnForm
from casework.supervision.models import PushState, ResultPush
from casework.supervision.panel import TONES, may_object, may_register
from casework.supervision.rules import can_be_registered
from portal.accounts.log_context import case_number

_SUPERVISES = requires(Can.CLAIM_RESULT, Can.REGISTER_HOLDER)
_TAB_LABELS = {"delivered": "待认领", "claimed": "已认领", "registered": "已纳入监管", "returned": "已退回"}


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
        "rows": shown.rows(found.rows, timezone.now()),
        "may_claim": tab == "delivered" and request.access.can(Can.CLAIM_RESULT),
    }
    return TemplateResponse(request, "supervision/pushes.html", context)


@require_GET
@_SUPERVISES
@page("body")
def push(request: DeskRequest, pk: int) -> HttpResponse:
    """One pushed result. Its content shows once the department has opened it, which is an act of its own."""
    return push_page(request, mine(request, pk))


@require_POST
@requires(Can.CLAIM_RESULT)
@acts
def open_push(request: DeskRequest, pk: int) -> HttpResponse:
    """Note the opening."""
    actions.open_result(mine(request, pk), by=request.user, now=timezone.now())
    return after_post(request, "已记录打开时间。", reverse("casework:push", args=[pk]))


@require_POST
@requires(Can.CLAIM_RESULT)
@acts
def claim_push(request: DeskRequest, pk: int) -> HttpResponse:
    """Claim it."""
    actions.claim_result(mine(request, pk), by=request.user, now=timezone.now())
    return after_post(request, "已认领。", reverse("casework:push", args=[pk]))


@require_POST
@requires(Can.CLAIM_RESULT)
@acts
def return_push(request: DeskRequest, pk: int) -> HttpResponse:
    """Return it with a reason."""
    found = mine(request, pk)
    form = ReturnForm(request.POST, about=found)
    if not form.is_valid():
        return push_page(request, found, return_form=form)
    with unchanged(form):
        actions.return_result(found, **form.entered(), by=request.user, now=timezone.now())
    return after_post(request, "已退回审批部门。", reverse("casework:push", args=[pk]))


@require_POST
@requires(Can.REGISTER_HOLDER)
@acts
def register_push(request: DeskRequest, pk: int) -> HttpResponse:
    """Take the holder into supervision."""
    now, found = timezone.now(), mine(request, pk)
    form = RegisterForm(request.POST, push=found, now=now)
    if not form.is_valid():
        return push_page(request, found, register_form=form)
    with unchanged(form):
        actions.register_holder(found, by=request.user, now=now, **form.entered())
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
            with unchanged(form):
                new = actions.repush(found, **form.entered(), by=request.user, now=now)
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


def mine(request: DeskRequest, pk: int) -> ResultPush:
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
            "count": capped(counts[tab]),
            "current": tab == current,
            "urgent": tab == "delivered" and counts[tab] > 0,
        }
        for tab, label in _TAB_LABELS.items()
    ]


def push_page(request: DeskRequest, push: ResultPush, **forms: Any) -> HttpResponse:
    """The page of one push; ``forms`` are bound forms with errors (→ 422)."""
    now = timezone.now()
    access, recipient = request.access, push.recipient
    can_claim = access.can(Can.CLAIM_RESULT, push.department_id) and push.state == PushState.DELIVERED
    can_register = may_register(request, push)
    objection = queries.objection_of(push)
    context: dict[str, Any] = {
        "push": push,
        "tone": TONES[PushState(push.state)],
        "opened": recipient.opened_at is not None,
        "clocks": shown.clocks_of(push, now),
        "facts": [{"label": label, "value": value} for label, value in recipient.letter.facts.items()],
        "files": [] if push.recipient.returned_at else shown.files_of(push.recipient.letter),
        "receipts": shown.receipts(push, objection),
        "objection": objection,
        "said": shown.said_of(objection),
        "period": shown.period_of(push, now) if objection is None else None,
        "can_open": recipient.opened_at is None and access.can(Can.CLAIM_RESULT, push.department_id),
        "can_claim": can_claim,
        "refused": not can_be_registered(push.case.result),
        "entry": getattr(push, "register_entry", None),
    }
    if can_claim:
        context["return_form"] = ReturnForm(about=push)
    if can_register:
        context["register_form"] = RegisterForm(push=push, now=now)
    if objection is None and may_object(request, push):
        context["object_form"] = ObjectForm(about=push)
    context |= forms
    name = (
        "supervision/push.html#body" if forms and getattr(request, "htmx", False) else "supervision/push.html"
    )
    return TemplateResponse(request, name, context, status=422 if forms else 200)
