"""Find dead letters, alarms and paused endpoints: for the desk of whoever answers for them."""

from collections.abc import Collection

from django.db.models import Max, Q, QuerySet

from casework.core.access import Access, Can
from casework.core.counting import up_to
from casework.core.outbox.models import DeadLetter, Delivery, DeliveryAlarm, DeliveryState, Endpoint

SHOWN = 5  # rows of a panel on the desk
ALARMS = 50  # rows of the list


def dead_for(access: Access) -> QuerySet[DeadLetter]:
    """Open dead letters that the person answers for: of the own departments; all for the system administrators."""
    return _listed(DeadLetter.objects.filter(_mine(access), closed_at=None))


def known_to(access: Access) -> QuerySet[DeadLetter]:
    """Dead letters that the person may look at, settled ones, too."""
    return _listed(DeadLetter.objects.filter(_mine(access)))


def _mine(access: Access) -> Q:
    if access.can(Can.RETRY_DELIVERY):
        return Q()
    return Q(department_id__in=access.departments(Can.SETTLE_DELIVERY))


def _listed(rows: QuerySet[DeadLetter]) -> QuerySet[DeadLetter]:
    related = ("delivery__endpoint__department", "department", "person", "closed_by", "closed_for")
    return rows.select_related(*related).defer("delivery__body")


def anything_for(access: Access) -> bool:
    """Whether a dead letter, an alarm or a paused endpoint waits for the person (one query)."""
    found = up_to(
        {
            "dead": DeadLetter.objects.filter(_mine(access), closed_at=None)[:1],
            "alarms": _running(access)[:1],
            "paused": Endpoint.objects.filter(paused_at__isnull=False)[:1],
        }
    )
    return any(found.values())


def _running(access: Access) -> QuerySet[DeliveryAlarm]:
    unaccepted = Q(delivery__state__in=(DeliveryState.NEW, DeliveryState.DEAD))
    return DeliveryAlarm.objects.filter(_mine(access), unaccepted)


def alarmed_for(access: Access) -> list[DeliveryAlarm]:
    """The latest alarm of every unaccepted delivery that the person answers for, youngest first, at most 50."""
    latest = _running(access).values("delivery").annotate(last=Max("pk"))
    ids = latest.order_by("-last").values_list("last", flat=True)[:ALARMS]
    rows = DeliveryAlarm.objects.filter(pk__in=list(ids)).order_by("-pk")
    related = ("delivery__endpoint__department", "duty", "department")
    return list(rows.select_related(*related).defer("delivery__body"))


def thresholds_of(deliveries: Collection[Delivery]) -> dict[int, int]:
    """Delivery id → its highest alarm (one query)."""
    rows = DeliveryAlarm.objects.filter(delivery__in=deliveries).values("delivery")
    return dict(rows.annotate(top=Max("threshold")).values_list("delivery", "top"))


def paused_endpoints() -> list[Endpoint]:
    """Endpoints whose deliveries wait because somebody said so."""
    rows = Endpoint.objects.filter(paused_at__isnull=False).select_related("department", "paused_by")
    return list(rows.order_by("paused_at")[:SHOWN])
