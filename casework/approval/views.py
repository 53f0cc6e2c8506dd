"""The acts of approver and units on a case (7.2, 7.3). What they see stands in ``panel.py``."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from casework.approval import actions, panel, queries  # noqa: F401  (panel registers itself)
from casework.approval.forms import (
    CirculateForm,
    DecisionBackForm,
    DecisionForm,
    OpinionBackForm,
    OpinionForm,
    SignForm,
)
from casework.approval.models import Circulation
from casework.core.access import Can, DeskRequest, requires
from casework.core.cases.models import Case
from casework.core.cases.queries import cases_for
from casework.core.errors import Refusal
from casework.core.failed import add_refusal, show_again
from casework.core.htmx import acts, after_post
from casework.core.versions import VersionedForm, unchanged
from portal.accounts.log_context import case_number


@require_POST
@requires(Can.CIRCULATE)
@acts
def circulate(request: DeskRequest, number: str) -> HttpResponse:
    """Send the case to its units."""
    case, now = _case(request, number), timezone.now()
    form = CirculateForm(request.POST, case=case, departments=queries.units_to_add(now))

    def act() -> str:
        made = actions.circulate(case, units=form.units(), by=request.user, now=now)
        return f"已流转{len(made)}个联合审批单位。" if made else "该事项没有联合审批单位，已转入审批决定。"

    return _try(request, case, "circulate", form, act)


@require_POST
@requires(Can.PROPOSE_DECISION)
@acts
def propose(request: DeskRequest, number: str) -> HttpResponse:
    """Propose the decision."""
    case = _case(request, number)
    form = DecisionForm(request.POST, about=case)

    def act() -> str:
        actions.propose_decision(case, **form.entered(), by=request.user, now=timezone.now())
        return "已提交审批负责人审定。"

    return _try(request, case, "decision", form, act)


@require_POST
@requires(Can.APPROVE_DECISION)
@acts
def approve(request: DeskRequest, number: str) -> HttpResponse:
    """Approve the proposal that was on the page."""
    case = _case(request, number)
    actions.approve_decision(case, by=request.user, now=timezone.now(), version=_version(request))
    return _done(request, case, "已审定，办件转回综合窗口出具结果。")


@require_POST
@requires(Can.APPROVE_DECISION)
@acts
def send_back(request: DeskRequest, number: str) -> HttpResponse:
    """Send the proposal back to the handler."""
    case = _case(request, number)
    form = DecisionBackForm(request.POST, about=case, auto_id="id_decision_%s")

    def act() -> str:
        actions.send_back_decision(case, **form.entered(), by=request.user, now=timezone.now())
        return "已退回承办人修改。"

    return _try(request, case, "decision-back", form, act)


@require_POST
@requires(Can.DRAFT_OPINION)
@acts
def draft(request: DeskRequest, pk: int) -> HttpResponse:
    """Draft the unit's opinion."""
    found = _circulation(request, pk)
    form = OpinionForm(request.POST, about=found, auto_id=f"id_opinion{pk}_%s")

    def act() -> str:
        actions.draft_opinion(found, **form.entered(), by=request.user, now=timezone.now())
        return "已拟定意见，待分管领导签发。"

    return _try(request, found.case, f"opinion-{pk}", form, act)


@require_POST
@requires(Can.SIGN_OPINION)
@acts
def sign(request: DeskRequest, pk: int) -> HttpResponse:
    """Sign the draft that was on the page."""
    found = _circulation(request, pk)
    actions.sign_opinion(found, by=request.user, now=timezone.now(), version=_version(request))
    return _done(request, found.case, "意见已签发并反馈审批部门。")


@require_POST
@requires(Can.SIGN_OPINION)
@acts
def send_back_opinion(request: DeskRequest, pk: int) -> HttpResponse:
    """Send the draft back to the reviewer."""
    found = _circulation(request, pk)
    form = OpinionBackForm(request.POST, about=found, auto_id=f"id_back{pk}_%s")

    def act() -> str:
        actions.send_back_opinion(found, **form.entered(), by=request.user, now=timezone.now())
        return "已退回审查人员修改。"

    return _try(request, found.case, f"opinion-back-{pk}", form, act)


def _try(
    request: DeskRequest, case: Case, name: str, form: VersionedForm, act: Callable[[], str]
) -> HttpResponse:
    """Run ``act`` on a valid form; with errors show the case page again, the form as it was (422)."""
    if form.is_valid():
        try:
            with unchanged(form):
                said = act()
            return _done(request, case, said)
        except Refusal as refusal:
            add_refusal(form, refusal)
    return show_again(request, reverse("casework:case", args=[case.number]), name, form)


def _done(request: DeskRequest, case: Case, said: str) -> HttpResponse:
    return after_post(request, said, reverse("casework:case", args=[case.number]))


def _version(request: DeskRequest) -> int:
    """The version that the page showed: nobody signs what they have not seen."""
    form = SignForm(request.POST)
    if not form.is_valid():
        raise Refusal("请刷新页面，查看最新内容后再办理。")
    version: int = form.cleaned_data["version"]
    return version


def _case(request: DeskRequest, number: str) -> Case:
    """A case that the person may see; anything else is 404. Whether they may act is the action's question."""
    found = get_object_or_404(_seen(request), number=number)
    case_number.set(found.number)
    return found


def _circulation(request: DeskRequest, pk: int) -> Circulation:
    """A circulation of a case that the person may see; anything else is 404."""
    rows: Any = Circulation.objects.filter(case__in=cases_for(request.access))
    found: Circulation = get_object_or_404(rows.select_related("case__item", "unit"), pk=pk)
    case_number.set(found.case.number)
    return found


def _seen(request: DeskRequest) -> Any:
    return cases_for(request.access).select_related(
        "item", "applicant", "window", "approver", "guide_version"
    )
