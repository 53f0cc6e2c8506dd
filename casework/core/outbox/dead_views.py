"""Dead letters for those who answer for them: look, pass on, try again, hand over on paper, close."""

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
from casework.core.files.fields import keep_files
from casework.core.htmx import acts, leave
from casework.core.letters.models import Recipient
from casework.core.once import once
from casework.core.outbox import actions, dead_letters, dead_queries, paper
from casework.core.outbox.forms import AssignForm, PaperForm, ReasonForm
from casework.core.outbox.models import DeadLetter, DeliveryAlarm, PaperDelivery
from casework.core.outbox.owners import recipient_id
from casework.core.outbox.shown import row_of
from casework.core.panels import panel
from casework.core.transitions import StaleState
from casework.core.versions import unchanged

_ANSWERS = requires(Can.SETTLE_DELIVERY, Can.RETRY_DELIVERY)
_ALARM_TONES = {50: "warn", 80: "warn", 100: "bad"}


@require_GET
@_ANSWERS
def dead_list(request: DeskRequest) -> HttpResponse:
    """What I answer for: dead deliveries, and letters that nobody has accepted while the clock runs."""
    found = paging.newest(dead_queries.dead_for(request.access), request.GET)
    context = {
        "rows": [_dead_row(dead) for dead in found.rows],
        "page": found,
        "alarms": [_alarm_row(alarm) for alarm in dead_queries.alarmed_for(request.access)],
        "may_replay_many": request.access.can(Can.RETRY_DELIVERY),
    }
    return TemplateResponse(request, "outbox/dead_list.html", context)


def _dead_row(dead: DeadLetter) -> dict[str, Any]:
    return {"dead": dead, **row_of(dead.delivery)}


def _alarm_row(alarm: DeliveryAlarm) -> dict[str, Any]:
    label = DeliveryAlarm.Threshold(alarm.threshold).label
    return {
        "alarm": alarm,
        "label": label,
        "alarm_tone": _ALARM_TONES[alarm.threshold],
        **row_of(alarm.delivery),
    }


@require_GET
@_ANSWERS
def dead_letter(request: DeskRequest, dead_id: int) -> HttpResponse:
    """One dead delivery and what I may do about it. Another department's is not found (R-58)."""
    dead = _found(request, dead_id)
    access, now = request.access, timezone.now()
    is_open = dead.closed_at is None
    may_pass_on = is_open and dead_letters.may_replay(access, dead)
    recipient = recipient_id(dead.delivery)
    may_settle = is_open and dead_letters.may_settle(access, dead)
    context = {
        "dead": dead,
        "row": row_of(dead.delivery),
        "tries": list(dead.delivery.tries.order_by("-pk")[:20]),
        "letter": Recipient.objects.select_related("letter", "department").filter(pk=recipient or 0).first(),
        "may_pass_on": may_pass_on,
        "may_settle": may_settle,
        "may_paper": may_settle and dead.department_id is not None and recipient is not None,
        "assign": failed_form(request, "assign") or (AssignForm(dead=dead, now=now) if may_pass_on else None),
        "close": failed_form(request, "close") or ReasonForm(prefix="close", about=dead),
    }
    return TemplateResponse(request, "outbox/dead_letter.html", context)


def _found(request: DeskRequest, dead_id: int) -> DeadLetter:
    return get_object_or_404(dead_queries.known_to(request.access), pk=dead_id)


def _url(dead: DeadLetter) -> str:
    return reverse("casework:dead-letter", args=[dead.pk])


@require_POST
@_ANSWERS
@acts
def assign(request: DeskRequest, dead_id: int) -> HttpResponse:
    """Pass it on to a colleague."""
    dead, now = _found(request, dead_id), timezone.now()
    form = AssignForm(request.POST, dead=dead, now=now)
    if form.is_valid():
        try:
            with unchanged(form):
                dead_letters.assign(dead, **form.entered(), by=request.user, now=now)
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            return leave(request, f"已转交给{dead.person}。", _url(dead))
    return show_again(request, _url(dead), "assign", form)


@require_POST
@_ANSWERS
@acts
def replay(request: DeskRequest, dead_id: int) -> HttpResponse:
    """Have it tried again."""
    dead = _found(request, dead_id)
    if dead.closed_at is not None:
        raise StaleState(f"dead letter {dead.pk} was settled")
    actions.retry(dead.delivery, by=request.user, now=timezone.now())
    return leave(request, "已重新排队，平台将立即再次投递。", reverse("casework:dead-letters"))


@require_POST
@_ANSWERS
@acts
def close(request: DeskRequest, dead_id: int) -> HttpResponse:
    """End it with a reason."""
    dead = _found(request, dead_id)
    form = ReasonForm(request.POST, prefix="close", about=dead)
    if form.is_valid():
        try:
            with unchanged(form):
                dead_letters.close(dead, **form.entered(), by=request.user, now=timezone.now())
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            return leave(request, "已了结，原因已记入存证。", reverse("casework:dead-letters"))
    return show_again(request, _url(dead), "close", form)


@require_http_methods(["GET", "POST"])
@requires(Can.SETTLE_DELIVERY)
@acts
def paper_delivery(request: DeskRequest, recipient_id: int) -> HttpResponse:
    """Record that a letter of the own department was handed over on paper, with the receipt."""
    ours = request.access.departments(Can.SETTLE_DELIVERY)
    rows = Recipient.objects.select_related("letter__case", "letter__sender", "department")
    recipient = get_object_or_404(rows, pk=recipient_id, letter__sender_id__in=ours)
    now, keeper = timezone.now(), request.user
    form = PaperForm(request.POST or None, request.FILES or None, keeper=keeper)
    if request.method == "POST" and form.is_valid():
        url = reverse("casework:letter", args=[recipient.letter_id])

        def act() -> str:
            paper.hand_over(recipient, **form.entered(), by=request.user, now=now)
            return "已登记纸质送达，不再向平台外重复投递。"

        try:
            return leave(request, once(form.sending(), act, by=request.user, now=now), url)
        except Refusal as refusal:
            form.add_error(refusal.field or "receipt", str(refusal))  # the checks of a file name no field
    if form.errors:
        keep_files(form, by=keeper, now=now)
    standing = PaperDelivery.objects.filter(recipient=recipient).first()
    context = {"form": form, "recipient": recipient, "standing": standing}
    status = 422 if form.errors else 200
    return TemplateResponse(request, "outbox/paper.html", context, status=status)


@panel("desk", order=7, template="outbox/_desk.html")
def on_the_desk(request: DeskRequest, _subject: Any) -> dict[str, Any] | None:
    """On the desk of those who answer: dead deliveries, running alarms, and for operators what is paused."""
    access = request.access
    if not (access.can(Can.SETTLE_DELIVERY) or access.can(Can.RETRY_DELIVERY)):
        return None
    if not dead_queries.anything_for(access):
        return None
    dead = list(dead_queries.dead_for(access).order_by("-pk")[: dead_queries.SHOWN + 1])
    alarms = dead_queries.alarmed_for(access)
    paused = dead_queries.paused_endpoints() if access.can(Can.READ_DELIVERIES) else []
    if not (dead or alarms or paused):
        return None
    return {
        "dead": [_dead_row(row) for row in dead[: dead_queries.SHOWN]],
        "more": len(dead) > dead_queries.SHOWN,
        "alarms": len(alarms),
        "paused": paused,
    }
