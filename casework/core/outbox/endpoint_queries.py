"""What waits at the endpoints."""

from collections.abc import Collection

from django.db.models import Count, Q

from casework.core.outbox.models import Delivery, DeliveryState, Endpoint


def waiting_at(endpoints: Collection[Endpoint]) -> dict[int, tuple[int, int]]:
    """Endpoint id → how many deliveries wait there and how many are dead (one query)."""
    open_ones = (DeliveryState.NEW, DeliveryState.DEAD)
    rows = Delivery.objects.filter(endpoint__in=endpoints, state__in=open_ones).order_by()
    counted = rows.values("endpoint").annotate(
        new=Count("pk", filter=Q(state=DeliveryState.NEW)),
        dead=Count("pk", filter=Q(state=DeliveryState.DEAD)),
    )
    return {row["endpoint"]: (row["new"], row["dead"]) for row in counted}
