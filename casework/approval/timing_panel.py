"""Stop, resume and extend a clock, on its own page (行政许可法 42, 45)."""

from typing import Any

from casework.approval import queries, timing
from casework.approval.timing_forms import ExtensionForm, PauseForm, RefusalForm
from casework.core.access import Can, DeskRequest
from casework.core.clocks.extensions import refuses_decider
from casework.core.clocks.models import Duty, DutyState, Extension, ExtensionState
from casework.core.failed import failed_form
from casework.core.panels import panel
from casework.core.worktime.explain import AMOUNT_WORDS
from casework.core.worktime.units import Unit


@panel("duty", order=20, template="approval/_timing.html")
def duty_panel(request: DeskRequest, duty: Duty) -> dict[str, Any] | None:
    """Requests for more time, and what the reader may do now; None for clocks that the law lets run on."""
    if duty.kind not in timing.PAUSABLE:
        return None
    rows = duty.extensions.select_related("asked_by", "asked_for", "decided_by", "decided_for")
    requests = list(rows.order_by("id"))
    context: dict[str, Any] = {"duty": duty, "extensions": requests}
    if duty.closed_at is None:
        context |= _pausing(request, duty) | _extending(request, duty, requests)
    return context


def _pausing(request: DeskRequest, duty: Duty) -> dict[str, Any]:
    if not request.access.can(Can.PAUSE_CLOCK, duty.holder_id):
        return {}
    if duty.state == DutyState.PAUSED:
        return {"may_resume": True}
    return {"pause_form": failed_form(request, "pause") or PauseForm(about=duty, auto_id="id_pause_%s")}


def _extending(request: DeskRequest, duty: Duty, requests: list[Extension]) -> dict[str, Any]:
    waiting = next((row for row in requests if row.state == ExtensionState.ASKED), None)
    if waiting is not None and request.access.can(Can.APPROVE_EXTENSION, duty.holder_id):
        request.user.acting_for = request.access.principal(Can.APPROVE_EXTENSION, duty.holder_id)
        return {
            "waiting": waiting,
            "why_not_approve": refuses_decider(waiting, request.user),
            "refusal_form": failed_form(request, "refusal")
            or RefusalForm(about=waiting, auto_id="id_refusal_%s"),
        }
    spent = any(row.state != ExtensionState.REFUSED for row in requests)
    if (
        spent
        or duty.kind not in timing.EXTENDABLE
        or not request.access.can(Can.ASK_EXTENSION, duty.holder_id)
    ):
        return {}
    allowed = queries.extension_allowed(duty)
    if allowed <= 0:
        return {}
    unit = AMOUNT_WORDS[Unit(duty.unit)]
    form = ExtensionForm(about=duty, unit=unit, allowed=allowed, auto_id="id_extension_%s")
    return {"extension_form": failed_form(request, "extension") or form}
