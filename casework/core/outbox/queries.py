"""Find deliveries: for the sweep, for the desk, for the object they belong to."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from casework.core.outbox.models import Delivery, DeliveryState

PAGE_SIZE = 50


def free_at(now: datetime) -> QuerySet[Delivery]:
    """Deliveries that are due and that no worker holds."""
    unheld = Q(lease_until=None) | Q(lease_until__lt=now)
    return Delivery.objects.filter(unheld, state=DeliveryState.NEW, next_at__lte=now)


def due_deliveries(now: datetime, limit: int = 500) -> list[int]:
    """Ids of at most ``limit`` deliveries to carry out now, longest due first. However old: no look-back limit."""
    return list(free_at(now).order_by("next_at", "id").values_list("pk", flat=True)[:limit])


def deliveries_page(state: str, before: int | None) -> tuple[list[Delivery], int | None]:
    """One page of deliveries, newest first, and the id to go on from (None = the end).

    ``state`` "" is any state; ``before`` is the id that the page before ended with.
    """
    rows = Delivery.objects.select_related("endpoint__department").order_by("-id")
    if state:
        rows = rows.filter(state=state)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows.defer("body")[: PAGE_SIZE + 1])
    more = len(found) > PAGE_SIZE
    found = found[:PAGE_SIZE]
    return found, found[-1].pk if more else None


def counts_by_state() -> dict[str, int]:
    """How many deliveries are in each state; states without any are 0."""
    rows = dict(Delivery.objects.order_by().values_list("state").annotate(Count("pk")))
    return {state: rows.get(state, 0) for state in DeliveryState.values}


def deliveries_of(references: Collection[str]) -> dict[str, list[Delivery]]:
    """Deliveries by the object that they belong to (one query)."""
    found: dict[str, list[Delivery]] = {reference: [] for reference in references}
    rows = (
        Delivery.objects.filter(reference__in=found).select_related("endpoint").defer("body").order_by("id")
    )
    for row in rows:
        found[row.reference].append(row)
    return found
