"""The editors' dashboard says when background tasks stand still: scheduled publishing depends on them."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.components import Component

from casework.core.ledger.queries import unsealed_alarm
from portal import heartbeat


class WorkerAlarmPanel(Component):
    """A notice at the top of the dashboard; empty while all is well."""

    name = "worker_alarm"
    template_name = "wagtailadmin/worker_alarm.html"
    order = 1

    def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
        now = timezone.now()
        return {"alarm": heartbeat.worker_alarm(now), "ledger_alarm": unsealed_alarm(now)}


@hooks.register("construct_homepage_panels")
def add_worker_alarm(request: HttpRequest, panels: list[Component]) -> None:
    """Put the notice before everything else."""
    panels.append(WorkerAlarmPanel())


@hooks.register("construct_help_menu")
def drop_foreign_help(request: HttpRequest, items: list[MenuItem]) -> None:
    """Wagtail's release notes and editor guide: in English, and on a foreign site."""
    items[:] = [
        item for item in items if item.name != "editor-guide" and not item.name.startswith("whats-new-in")
    ]
