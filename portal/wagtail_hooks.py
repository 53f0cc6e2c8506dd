"""The alarm on the editors' dashboard: the background worker has not stamped the canary lately."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from wagtail import hooks
from wagtail.admin.ui.components import Component

from portal.models import Heartbeat


class WorkerAlarm(Component):
    """Says since when scheduled publication, deliveries and reminders stand still."""

    order = 10
    template_name = "portal/worker_alarm.html"

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        last = Heartbeat.objects.order_by("-beat_at").first()
        limit = timedelta(seconds=settings.CANARY_STALE_SECONDS)
        stale = last is None or timezone.now() - last.beat_at > limit
        return {"stale": stale, "beat_at": last.beat_at if last else None}


@hooks.register("construct_homepage_panels")
def add_worker_alarm(request: HttpRequest, panels: list[Component]) -> None:
    panels.insert(0, WorkerAlarm())
