"""Stop, resume and extend a clock, hand its duty on: on its own page (7.2; 行政许可法 42, 45)."""

from typing import Any

from django.utils import timezone

from casework.approval import queries, reassigning, timing
from casework.approval.models import CirculationState
from casework.approval.timing_forms import ExtensionForm, PauseForm, ReassignForm, RefusalForm
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


@panel("duty", order=30, template="approval/_reassign.html")
def reassigning_panel(request: DeskRequest, duty: Duty) -> dict[str, Any] | None:
    """The form that hands an opinion to another unit; None for readers who may not, and for other duties."""
    if duty.kind not in reassigning.REASSIGNABLE or duty.closed_at is not None:
        return None
    if not request.access.can(Can.REASSIGN_DUTY, duty.holder_id):
        return None
    circulation = queries.circulation_of(duty)
    if circulation is None:
        return None
    failed = failed_form(request, "reassign")
    if failed is None and circulation.state == CirculationState.DRAFTED:
        return {"duty": duty, "is_drafted": True}
    offered = queries.units_to_take(circulation, timezone.now())
    form = failed or ReassignForm(about=duty, offered=offered, auto_id="id_reassign_%s")
    return {"duty": duty, "reassign_form": form}


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
