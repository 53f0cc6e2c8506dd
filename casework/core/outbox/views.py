"""What became of the deliveries, for the operators. It shows no letter's text and no applicant."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from casework.core.access import Can, DeskRequest, requires
from casework.core.htmx import acts, after_post
from casework.core.outbox import actions, queries
from casework.core.outbox.models import Channel, Delivery, DeliveryState
from casework.core.outbox.rules import MAX_TRIES
from casework.core.paging import number_in

STATE_TONES = {DeliveryState.NEW: "open", DeliveryState.SENT: "good", DeliveryState.DEAD: "bad"}


@require_GET
@requires(Can.READ_DELIVERIES)
def deliveries(request: DeskRequest) -> HttpResponse:
    """Deliveries, newest first, by state; dead ones can be tried again."""
    state = request.GET.get("state", "")
    state = state if state in DeliveryState.values else ""
    before = number_in(request.GET.get("before", ""))
    rows, following = queries.deliveries_page(state, before)
    context = {
        "rows": [_row(delivery) for delivery in rows],
        "tabs": _tabs(state),
        "next_url": f"?state={state}&before={following}" if following else "",
        "prev_url": f"?state={state}" if before else "",
        "may_retry": request.access.can(Can.RETRY_DELIVERY),
        "max_tries": MAX_TRIES,
    }
    return TemplateResponse(request, "outbox/deliveries.html", context)


def _tabs(state: str) -> list[dict[str, Any]]:
    counts = queries.counts_by_state()
    rows: list[dict[str, Any]] = [
        {"label": "全部", "url": "?state=", "current": state == "", "count": sum(counts.values())}
    ]
    for value, label in DeliveryState.choices:
        urgent = value == DeliveryState.DEAD
        rows.append(
            {
                "label": label,
                "url": f"?state={value}",
                "current": state == value,
                "count": counts[value],
                "urgent": urgent,
            }
        )
    return rows


def _row(delivery: Delivery) -> dict[str, Any]:
    return {
        "delivery": delivery,
        "number": delivery.headers.get("X-Letter-Number", ""),
        "department": delivery.endpoint.department if delivery.endpoint else None,
        "address": shown_address(delivery),
        "tone": STATE_TONES[DeliveryState(delivery.state)],
        "endpoint_off": delivery.endpoint is not None and not delivery.endpoint.active,
    }


def shown_address(delivery: Delivery) -> str:
    """The address; of a personal mailbox only its first letter and its domain."""
    if delivery.channel != Channel.MAIL or "@" not in delivery.address:
        return delivery.address
    local, domain = delivery.address.rsplit("@", 1)
    return f"{local[:1]}***@{domain}"


@require_GET
@requires(Can.READ_DELIVERIES)
def delivery(request: DeskRequest, delivery_id: int) -> HttpResponse:
    """One delivery with every try."""
    rows = Delivery.objects.select_related("endpoint__department").defer("body")
    found = get_object_or_404(rows, pk=delivery_id)
    context = {
        "row": _row(found),
        "tries": list(found.tries.all()),
        "may_retry": request.access.can(Can.RETRY_DELIVERY),
        "max_tries": MAX_TRIES,
    }
    return TemplateResponse(request, "outbox/delivery.html", context)


@require_POST
@requires(Can.RETRY_DELIVERY)
@acts
def retry(request: DeskRequest, delivery_id: int) -> HttpResponse:
    """Try a dead delivery again."""
    found = get_object_or_404(Delivery.objects.select_related("endpoint"), pk=delivery_id)
    actions.retry(found, by=request.user, now=timezone.now())
    url = reverse("casework:delivery", args=[found.pk])
    return after_post(request, "已重新排队，平台将立即再次投递。", url)
