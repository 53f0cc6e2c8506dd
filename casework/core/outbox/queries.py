"""Find deliveries: for the sweep, for the desk, for the object they belong to."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q, QuerySet

from casework.core.counting import up_to
from casework.core.outbox.models import Delivery, DeliveryState, Endpoint

PAGE_SIZE = 50
ENDED = tuple(state for state in DeliveryState if state != DeliveryState.NEW)


def free_at(now: datetime) -> QuerySet[Delivery]:
    """Deliveries that are due, that no worker holds and whose endpoint is not paused.

    The paused ones are left out by a sub-query, not by a join: a conditional update over these rows must
    judge the row itself once more when another worker was faster. That it is new is said so that the index over
    what is not sent answers: "state is new" would lead elsewhere.
    """
    unheld = Q(lease_until=None) | Q(lease_until__lt=now)
    paused = Endpoint.objects.filter(paused_at__isnull=False).values("pk")
    reachable = Q(endpoint=None) | ~Q(endpoint__in=paused)
    waiting = ~Q(state__in=ENDED)
    return Delivery.objects.filter(unheld, reachable, waiting, sent_at=None, next_at__lte=now)


_INTERRUPTED_TWICE = Q(lease_until__isnull=False, attempts__gte=2)


def steady_at(now: datetime) -> QuerySet[Delivery]:
    """Free rows but for the suspects."""
    return free_at(now).exclude(_INTERRUPTED_TWICE)


def suspects_at(now: datetime) -> QuerySet[Delivery]:
    """Free rows whose worker ended in the middle of the try, and not for the first time."""
    return free_at(now).filter(_INTERRUPTED_TWICE)


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
    """How many deliveries are in each state, each counted up to the cap."""
    return up_to({state: Delivery.objects.filter(state=state) for state in DeliveryState.values})


def deliveries_of(references: Collection[str]) -> dict[str, list[Delivery]]:
    """Deliveries by the object that they belong to (one query)."""
    found: dict[str, list[Delivery]] = {reference: [] for reference in references}
    rows = (
        Delivery.objects.filter(reference__in=found).select_related("endpoint").defer("body").order_by("id")
    )
    for row in rows:
        found[row.reference].append(row)
    return found
