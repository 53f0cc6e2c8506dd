"""What became of the deliveries, for the operators. It shows no letter's text and no applicant."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from casework.core.access import Can, DeskRequest, requires
from casework.core.counting import capped
from casework.core.htmx import acts, after_post
from casework.core.outbox import actions, queries
from casework.core.outbox.dead_queries import paused_endpoints, thresholds_of
from casework.core.outbox.models import Delivery, DeliveryState
from casework.core.outbox.rules import MAX_TRIES
from casework.core.outbox.shown import row_of
from casework.core.paging import number_in


@require_GET
@requires(Can.READ_DELIVERIES)
def deliveries(request: DeskRequest) -> HttpResponse:
    """Deliveries, newest first, by state; dead ones can be tried again."""
    state = request.GET.get("state", "")
    state = state if state in DeliveryState.values else ""
    before = number_in(request.GET.get("before", ""))
    rows, following = queries.deliveries_page(state, before)
    alarms = thresholds_of(rows)
    context = {
        "rows": [{**row_of(delivery), "alarm": alarms.get(delivery.pk)} for delivery in rows],
        "paused": paused_endpoints(),
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
        {"label": "全部", "url": "?state=", "current": state == "", "count": capped(sum(counts.values()))}
    ]
    for value, label in DeliveryState.choices:
        urgent = value == DeliveryState.DEAD
        rows.append(
            {
                "label": label,
                "url": f"?state={value}",
                "current": state == value,
                "count": capped(counts[value]),
                "urgent": urgent and counts[value] > 0,
            }
        )
    return rows


@require_GET
@requires(Can.READ_DELIVERIES)
def delivery(request: DeskRequest, delivery_id: int) -> HttpResponse:
    """One delivery with every try."""
    rows = Delivery.objects.select_related("endpoint__department").defer("body")
    found = get_object_or_404(rows, pk=delivery_id)
    context = {
        "row": row_of(found),
        "alarms": list(found.alarms.select_related("duty").order_by("pk")),
        "dead": found.deaths.select_related("department", "person").order_by("-pk").first(),
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
