"""What casework adds to ``/cms/``: the calendar, the limits, their changes, and the alarm about them (14)."""

from typing import Any

from django.http import HttpRequest
from django.urls import URLResolver, include, path, reverse
from django.utils import timezone
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.components import Component

from casework.core.access import access_of
from casework.core.rule_changes import queries
from casework.core.worktime.queries import current_calendar


@hooks.register("register_admin_urls")
def rule_change_urls() -> list[URLResolver]:
    return [path("", include("casework.core.rule_changes.urls"))]


class RuleMenuItem(MenuItem):
    """Shown to those who have a part in changing calendar and limits."""

    def is_shown(self, request: HttpRequest) -> bool:
        return queries.may_use(access_of(request.user, timezone.now()))  # type: ignore[arg-type]


@hooks.register("register_admin_menu_item")
def calendar_menu_item() -> MenuItem:
    return RuleMenuItem("工作日历", reverse("calendar_notices"), icon_name="date", order=330)


@hooks.register("register_admin_menu_item")
def limits_menu_item() -> MenuItem:
    return RuleMenuItem("时限规则", reverse("limit_rules"), icon_name="time", order=331)


@hooks.register("register_admin_menu_item")
def changes_menu_item() -> MenuItem:
    return RuleMenuItem("变更审定", reverse("rule_changes"), icon_name="tasks", order=332)


class RuleAlarmPanel(Component):
    """On the dashboard: the calendar ends soon, changes wait for their decision."""

    name = "rule_alarm"
    template_name = "rule_changes/alarm.html"
    order = 2

    def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
        return {
            "alarm": queries.calendar_alarm(current_calendar(), timezone.localdate()),
            "waiting": queries.waiting_changes(),
        }


@hooks.register("construct_homepage_panels")
def add_rule_alarm(request: HttpRequest, panels: list[Component]) -> None:
    """For administrators only: nobody else can do anything about it."""
    if queries.may_use(access_of(request.user, timezone.now())):  # type: ignore[arg-type]
        panels.append(RuleAlarmPanel())


@hooks.register("register_log_actions")
def log_rule_changes(actions: Any) -> None:
    """The words of the editors' desk for what the ledger calls ``rules.change_…``."""
    for verb, label in (
        ("proposed", "提出变更"),
        ("approved", "批准变更"),
        ("rejected", "驳回变更"),
        ("withdrawn", "撤回变更"),
    ):
        actions.register_action(f"rules.change_{verb}", label, f"{label}（日历与时限）")
