"""The joint approval on the case page (7.2, 7.3): units, opinions, decision, and who may act."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils import timezone

from casework.approval import queries, rules
from casework.approval.forms import (
    CirculateForm,
    DecisionBackForm,
    DecisionForm,
    OpinionBackForm,
    OpinionForm,
)
from casework.approval.models import Circulation, CirculationState, Decision
from casework.core.access import Can, DeskRequest
from casework.core.cases.models import Case, CaseState
from casework.core.cases.queries import handles
from casework.core.clocks.models import Duty, ExtensionState
from casework.core.clocks.queries import badge
from casework.core.failed import failed_form
from casework.core.panels import Todo, panel
from casework.core.worktime.queries import current_calendar

_TONES = {"agree": "good", "conditional": "warn", "disagree": "bad"}
_SHOWN_FROM = frozenset(
    {CaseState.SUBMITTED, CaseState.CIRCULATING, CaseState.PROPOSED, CaseState.DECIDED, CaseState.CLOSED}
)


@panel("case", order=20, template="approval/_case_panel.html")
def case_panel(request: DeskRequest, case: Case) -> dict[str, Any] | None:
    """Circulation, opinions with their clocks, decision; None before submission and for mere readers of the
    result (a supervisor sees what its letter carries)."""
    if case.state not in _SHOWN_FROM:
        return None
    if not request.access.can(Can.READ_ALL_CASES) and not handles(request.access, case):
        return None
    circulations = queries.circulations_of(case)
    decision = queries.latest_decision(case)
    units = _units(request, case, circulations)
    acts = _approver_acts(request, case, circulations, decision)
    return {
        "units": units,
        "decisions": list(
            case.decisions.select_related("proposed_by", "approved_by", "proposed_for", "approved_for")
        ),
        **acts,
        "todo": [*_of_units(units), *_of_approver(acts), *_of_extensions(request, case)],
    }


def _of_extensions(request: DeskRequest, case: Case) -> list[Todo]:
    """A request for more time that waits for me; only leaders cost a query."""
    if not request.access.can(Can.APPROVE_EXTENSION, case.approver_id):
        return []
    duties = Duty.objects.open().filter(case=case, extensions__state=ExtensionState.ASKED)
    return [
        Todo("审批延期申请", reverse("casework:duty", args=[pk]))
        for pk in duties.order_by("pk").values_list("pk", flat=True)
    ]


def _of_units(units: Sequence[dict[str, Any]]) -> list[Todo]:
    """What my units owe; an opinion that was given may be renewed but is not asked for."""
    todo = []
    for unit in units:
        row, place = unit["circulation"], f"#opinion-{unit['circulation'].pk}"
        if "draft" in unit and not unit["why_not_sign"]:
            todo.append(Todo(f"签发{row.unit.label}的意见", place))
        elif "opinion_form" in unit and not unit["is_new_opinion"]:
            todo.append(Todo(f"拟定{row.unit.label}的意见", place))
    return todo


def _of_approver(acts: dict[str, Any]) -> list[Todo]:
    if "circulate_form" in acts:
        return [Todo("流转联合审批单位", "#approval-circulate")]
    if "decision_form" in acts:
        return [Todo("拟定审批决定", "#approval-propose")]
    if "proposal" in acts and not acts["why_not_approve"]:
        return [Todo("审定审批决定", "#approval-approve")]
    return []


def _units(request: DeskRequest, case: Case, circulations: Sequence[Circulation]) -> list[dict[str, Any]]:
    """One row per unit: what it was asked, its clock, its opinions, the forms of its people."""
    keys = {f"opinion:circulation:{row.pk}": row.pk for row in circulations}
    duties = {keys[duty.key]: duty for duty in Duty.objects.filter(key__in=keys)}
    now, cal = timezone.now(), current_calendar() if circulations else None
    return [
        {
            "circulation": row,
            "badge": badge(duties[row.pk], now, cal) if row.pk in duties and cal else None,
            "current": queries.current_opinion(row),
            "tone": _TONES.get(getattr(queries.current_opinion(row), "outcome", ""), "calm"),
            "opinions": list(row.opinions.all()),
            **_unit_acts(request, case, row),
        }
        for row in circulations
    ]


def _unit_acts(request: DeskRequest, case: Case, row: Circulation) -> dict[str, Any]:
    if not rules.takes_opinion(case.state, has_signed=queries.has_signed(row)):
        return {}
    pk, access, latest = row.pk, request.access, queries.latest(row)
    if row.state == CirculationState.DRAFTED and latest and access.can(Can.SIGN_OPINION, row.unit_id):
        back = OpinionBackForm(about=row, auto_id=f"id_back{pk}_%s")
        return {
            "draft": latest,
            "why_not_sign": rules.refuses_signer(latest.authors, access.hands(Can.SIGN_OPINION, row.unit_id)),
            "back_form": failed_form(request, f"opinion-back-{pk}") or back,
        }
    if row.state != CirculationState.DRAFTED and access.can(Can.DRAFT_OPINION, row.unit_id):
        initial = (
            {"outcome": latest.outcome, "reasons": latest.reasons, "basis": latest.basis} if latest else None
        )
        form = OpinionForm(initial=initial, about=row, auto_id=f"id_opinion{pk}_%s")
        failed = failed_form(request, f"opinion-{pk}")
        return {"opinion_form": failed or form, "is_new_opinion": row.state == CirculationState.ANSWERED}
    return {}


def _approver_acts(
    request: DeskRequest, case: Case, circulations: Sequence[Circulation], decision: Decision | None
) -> dict[str, Any]:
    """Forms for the approver's people, in the state where the act is possible."""
    access = request.access
    if case.state == CaseState.SUBMITTED and access.can(Can.CIRCULATE, case.approver_id):
        departments = queries.units_to_add(timezone.now())
        form = failed_form(request, "circulate") or CirculateForm(case=case, departments=departments)
        return {"circulate_form": form}
    if case.state == CaseState.CIRCULATING and access.can(Can.PROPOSE_DECISION, case.approver_id):
        opinions = queries.opinions_for_rules(circulations)
        return {
            "why_not_grant": rules.refuses_grant(opinions),
            "decision_form": failed_form(request, "decision") or _decision_form(case, decision),
        }
    if case.state == CaseState.PROPOSED and decision and access.can(Can.APPROVE_DECISION, case.approver_id):
        back = DecisionBackForm(about=case, auto_id="id_decision_%s")
        return {
            "proposal": decision,
            "why_not_approve": rules.refuses_approver(
                decision.authors, access.hands(Can.APPROVE_DECISION, case.approver_id)
            ),
            "decision_back_form": failed_form(request, "decision-back") or back,
        }
    return {}


def _decision_form(case: Case, former: Decision | None) -> DecisionForm:
    """Empty the first time; a proposal that came back is filled in, to be changed."""
    if former is None:
        bases = case.guide_version.rows("bases")
        first = f"{bases[0]['law']}{bases[0].get('article', '')}" if bases else ""
        name = case.guide_version.snapshot["item"].get("result_name", "")
        return DecisionForm(initial={"basis": first, "licence_name": name}, about=case)
    fields = ("outcome", "reasons", "basis", "licence_name", "scope", "valid_years")
    return DecisionForm(initial={name: getattr(former, name) for name in fields}, about=case)
