"""Endpoints on the desk: register, move, re-key, pause, switch off and on. Addresses are shown, keys once."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from casework.core import paging
from casework.core.access import Can, DeskRequest, requires
from casework.core.errors import Refusal
from casework.core.failed import add_refusal, failed_form, show_again
from casework.core.htmx import acts, leave
from casework.core.once import once
from casework.core.outbox import endpoints as acting
from casework.core.outbox.endpoint_queries import waiting_at
from casework.core.outbox.forms import AddressForm, EndpointForm, ReasonForm
from casework.core.outbox.models import Channel, Endpoint
from casework.core.outbox.shown import state_of
from casework.core.outbox.signing import BOTH_VALID
from casework.core.versions import unchanged
from portal.accounts.confirmation import recently_confirmed


@require_GET
@requires(Can.READ_DELIVERIES)
def endpoints(request: DeskRequest) -> HttpResponse:
    """Every endpoint with its state and what waits there."""
    found = paging.newest(Endpoint.objects.select_related("department", "paused_by"), request.GET)
    waiting = waiting_at(found.rows)
    context = {
        "rows": [_row(one, waiting) for one in found.rows],
        "page": found,
        "may_manage": request.access.can(Can.MANAGE_ENDPOINTS),
    }
    return TemplateResponse(request, "outbox/endpoints.html", context)


def _row(one: Endpoint, waiting: dict[int, tuple[int, int]]) -> dict[str, Any]:
    words, tone = state_of(one)
    new, dead = waiting.get(one.pk, (0, 0))
    return {"endpoint": one, "state": words, "tone": tone, "waiting": new, "dead": dead}


@require_GET
@requires(Can.READ_DELIVERIES)
def endpoint(request: DeskRequest, endpoint_id: int) -> HttpResponse:
    """One endpoint and what may be done with it."""
    found, now = _found(endpoint_id), timezone.now()
    until = found.old_secret_until
    context = {
        **_row(found, waiting_at([found])),
        "is_http": found.channel == Channel.HTTP,
        "rotating": until is not None and now < until,
        "may_manage": request.access.can(Can.MANAGE_ENDPOINTS),
        "address": failed_form(request, "address") or AddressForm(about=found),
        "pause": failed_form(request, "pause") or ReasonForm(auto_id="pause-%s", about=found),
        "switch": failed_form(request, "switch") or ReasonForm(auto_id="switch-%s", about=found),
    }
    return TemplateResponse(request, "outbox/endpoint.html", context)


def _found(endpoint_id: int) -> Endpoint:
    return get_object_or_404(Endpoint.objects.select_related("department", "paused_by"), pk=endpoint_id)


def _url(one: Endpoint) -> str:
    return reverse("casework:endpoint", args=[one.pk])


@require_http_methods(["GET", "POST"])
@requires(Can.MANAGE_ENDPOINTS)
@recently_confirmed
@acts
def new(request: DeskRequest) -> HttpResponse:
    """Register an endpoint. The answer to the POST is the only page that ever shows its key."""
    now = timezone.now()
    form = EndpointForm(request.POST or None, day=timezone.localdate(now))
    if request.method == "POST" and form.is_valid():
        shown: list[tuple[Endpoint, str]] = []

        def act() -> str:
            made, secret = acting.create(
                department=form.cleaned_data["department"],
                channel=Channel(form.cleaned_data["channel"]),
                address=form.cleaned_data["address"],
                by=request.user,
                now=now,
            )
            shown.extend([(made, secret)] if secret else [])
            return _url(made)

        try:
            url = once(form.sending(), act, by=request.user, now=now)
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            return _show_secret(request, *shown[0]) if shown else leave(request, "已登记投递地址。", url)
    return TemplateResponse(
        request, "outbox/endpoint_new.html", {"form": form}, status=422 if form.errors else 200
    )


def _show_secret(request: DeskRequest, one: Endpoint, secret: str) -> HttpResponse:
    context = {"endpoint": one, "secret": secret, "days": BOTH_VALID.days}
    response = TemplateResponse(request, "outbox/secret.html", context)
    response.headers["Cache-Control"] = "no-store, private"
    return response


@require_POST
@requires(Can.MANAGE_ENDPOINTS)
@recently_confirmed
@acts
def move(request: DeskRequest, endpoint_id: int) -> HttpResponse:
    """Send to another address from now on."""
    found = _found(endpoint_id)
    form = AddressForm(request.POST, about=found)
    if form.is_valid():
        try:
            with unchanged(form):
                moved = acting.move(found, **form.entered(), by=request.user, now=timezone.now())
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            return leave(request, f"地址已变更，{moved}条未完成的投递随之改投新地址。", _url(found))
    return show_again(request, _url(found), "address", form)


@require_POST
@requires(Can.MANAGE_ENDPOINTS)
@recently_confirmed
@acts
def rotate(request: DeskRequest, endpoint_id: int) -> HttpResponse:
    """A new key, shown by this answer only; the old one signs along for a while."""
    found = _found(endpoint_id)
    secret = acting.rotate(found, by=request.user, now=timezone.now())
    return _show_secret(request, _found(endpoint_id), secret)


@require_POST
@requires(Can.MANAGE_ENDPOINTS)
@recently_confirmed
@acts
def end_rotation(request: DeskRequest, endpoint_id: int) -> HttpResponse:
    """The receiver has taken the new key over."""
    found = _found(endpoint_id)
    acting.end_rotation(found, by=request.user, now=timezone.now())
    return leave(request, "密钥轮换已结束，旧密钥已作废。", _url(found))


@require_POST
@requires(Can.MANAGE_ENDPOINTS)
@acts
def pause(request: DeskRequest, endpoint_id: int) -> HttpResponse:
    """Let its deliveries wait."""
    said = "已暂停，待投递的函件将等待恢复，不消耗投递次数。"
    return _with_reason(request, endpoint_id, "pause", acting.pause, said)


@require_POST
@requires(Can.MANAGE_ENDPOINTS)
@acts
def resume(request: DeskRequest, endpoint_id: int) -> HttpResponse:
    """Go on with what waited."""
    found = _found(endpoint_id)
    acting.resume(found, by=request.user, now=timezone.now())
    return leave(request, "已恢复投递，等待中的函件将在一分钟内开始投递。", _url(found))


@require_POST
@requires(Can.MANAGE_ENDPOINTS)
@recently_confirmed
@acts
def switch_off(request: DeskRequest, endpoint_id: int) -> HttpResponse:
    """No more deliveries there."""
    return _with_reason(request, endpoint_id, "switch", acting.switch_off, "已停用该投递地址。")


@require_POST
@requires(Can.MANAGE_ENDPOINTS)
@recently_confirmed
@acts
def switch_on(request: DeskRequest, endpoint_id: int) -> HttpResponse:
    """Use it again, also after its own 410."""
    said = "已重新启用该投递地址；此前失败的投递可按范围重新投递。"
    return _with_reason(request, endpoint_id, "switch", acting.switch_on, said)


def _with_reason(
    request: DeskRequest, endpoint_id: int, name: str, act: Callable[..., None], said: str
) -> HttpResponse:
    found = _found(endpoint_id)
    form = ReasonForm(request.POST, auto_id=f"{name}-%s", about=found)
    if form.is_valid():
        try:
            with unchanged(form):
                act(found, **form.entered(), by=request.user, now=timezone.now())
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            return leave(request, said, _url(found))
    return show_again(request, _url(found), name, form)
