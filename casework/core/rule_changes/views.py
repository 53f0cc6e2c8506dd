"""Calendar, limits and their changes under ``/cms/``. Whoever proposes never decides (14)."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from casework.core import paging
from casework.core.access import Can, DeskRequest, requires
from casework.core.errors import Refusal
from casework.core.rule_changes import actions, queries
from casework.core.rule_changes.content import draft_of
from casework.core.rule_changes.forms import ApprovalForm
from casework.core.rule_changes.models import ChangeState, RuleChange
from casework.core.rules_data.models import DutyKind
from casework.core.rules_data.queries import history
from casework.core.transitions import StaleState
from casework.core.worktime.models import CalendarNotice
from casework.core.worktime.notices import NoticeKind
from casework.core.worktime.queries import current_calendar
from cms_pages.listing import MAX_PAGE, page_number
from cms_pages.listing import paging as numbered

PER_PAGE = 50
READS = requires(Can.PROPOSE_RULE_CHANGE, Can.APPROVE_RULE_CHANGE)
STALE = (
    "该变更刚刚已由他人处理，或工作日历、现行时限已有新的版本生效。本次操作没有执行，请按下方最新情况核对。"
)


@require_GET
@READS
def calendar(request: DeskRequest) -> HttpResponse:
    """Notices in force, the newest first, and how far they reach."""
    found = paging.newest(queries.notices(), request.GET)
    context = {
        "header_title": "工作日历",
        "alarm": queries.calendar_alarm(current_calendar(), timezone.localdate()),
        "waiting": queries.waiting_changes(),
        "may_propose": request.access.can(Can.PROPOSE_RULE_CHANGE),
        "page": found,
    }
    return TemplateResponse(request, "rule_changes/calendar.html", context)


@require_GET
@READS
def notice(request: DeskRequest, notice_id: int) -> HttpResponse:
    """One notice as it was loaded. Nothing here changes it: a correction is a later notice."""
    found = get_object_or_404(CalendarNotice.objects.select_related("change__decided_by"), pk=notice_id)
    context = {
        "header_title": found.title,
        "notice": found,
        "is_local": found.kind == NoticeKind.LOCAL,
        "days": list(found.days.all()),
        "periods": list(found.hours.all()),
        "change": getattr(found, "change", None),
    }
    return TemplateResponse(request, "rule_changes/notice.html", context)


@require_GET
@READS
def changes(request: DeskRequest) -> HttpResponse:
    """Every change, the newest first, by state."""
    state = request.GET.get("state", "")
    found = paging.newest(queries.changes(state), request.GET)
    tabs = [("", "全部"), *ChangeState.choices]
    context = {
        "header_title": "日历与时限变更",
        "page": found,
        "tabs": [{"label": label, "url": f"?state={code}", "current": code == state} for code, label in tabs],
    }
    return TemplateResponse(request, "rule_changes/changes.html", context)


@require_GET
@READS
def change(request: DeskRequest, change_id: int) -> HttpResponse:
    """One change: what it says, what it would move or has moved, and what the reader may do."""
    return _show(request, _found(change_id))


@require_POST
@requires(Can.APPROVE_RULE_CHANGE)
def approve(request: DeskRequest, change_id: int) -> HttpResponse:
    """Put it in force."""
    found, form = _found(change_id), ApprovalForm(request.POST)
    if not form.is_valid():
        return _show(request, found, "页面内容不完整，请重新核对后再批准。", HTTPStatus.UNPROCESSABLE_ENTITY)

    def act() -> str:
        actions.approve(found, **form.asked(), by=request.user, now=timezone.now())
        return "已批准，现已生效。" + (
            "未结任务的时限正在重算，相关人员将收到通知。" if found.is_calendar else ""
        )

    return _acted(request, found, act)


@require_POST
@requires(Can.APPROVE_RULE_CHANGE)
def reject(request: DeskRequest, change_id: int) -> HttpResponse:
    """Turn it down, with the reason."""
    found = _found(change_id)

    def act() -> str:
        reason = request.POST.get("reason", "")
        actions.reject(found, reason=reason, by=request.user, now=timezone.now())
        return "已驳回。"

    return _acted(request, found, act)


@require_POST
@requires(Can.PROPOSE_RULE_CHANGE)
def withdraw(request: DeskRequest, change_id: int) -> HttpResponse:
    """Take the own proposal back."""
    found = _found(change_id)

    def act() -> str:
        actions.withdraw(found, by=request.user, now=timezone.now())
        return "已撤回。"

    return _acted(request, found, act)


@require_GET
@READS
def limits(request: DeskRequest) -> HttpResponse:
    """Every kind of limit: what holds today and what will from a later day."""
    context = {
        "header_title": "时限规则",
        "rows": queries.limits(timezone.localdate()),
        "may_propose": request.access.can(Can.PROPOSE_RULE_CHANGE),
    }
    return TemplateResponse(request, "rule_changes/limits.html", context)


@require_GET
@READS
def limit(request: DeskRequest, kind: str) -> HttpResponse:
    """One kind of limit with every version that ever held or will."""
    wanted = duty_kind(kind)
    today, rows = timezone.localdate(), history(wanted)
    current = next((rule.pk for rule in rows if rule.valid_from <= today), None)
    context = {
        "header_title": f"时限规则：{wanted.label}",
        "kind": wanted,
        "rules": rows,
        "today": today,
        "current": current,
        "waiting": queries.waiting_limits(wanted),
        "may_propose": request.access.can(Can.PROPOSE_RULE_CHANGE),
    }
    return TemplateResponse(request, "rule_changes/limit.html", context)


def duty_kind(kind: str) -> DutyKind:
    """The kind that an address names; an unknown one is not found."""
    if kind not in DutyKind.values:
        raise Http404("没有这类时限任务。")
    return DutyKind(kind)


def _found(change_id: int) -> RuleChange:
    return get_object_or_404(queries.changes(), pk=change_id)


def _acted(request: DeskRequest, found: RuleChange, act: Any) -> HttpResponse:
    """Run an act and go back to the change; what was refused or came too late says so on the page itself."""
    try:
        said = act()
    except Refusal as refusal:
        return _show(request, _found(found.pk), str(refusal), HTTPStatus.UNPROCESSABLE_ENTITY)
    except StaleState:
        return _show(request, _found(found.pk), STALE, HTTPStatus.CONFLICT)
    messages.success(request, said)
    return redirect(reverse("rule_change", args=[found.pk]))


def _show(
    request: DeskRequest, found: RuleChange, error: str = "", status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    access, waiting = request.access, found.state == ChangeState.PROPOSED
    decides = waiting and access.can(Can.APPROVE_RULE_CHANGE)
    own = found.proposed_by_id == request.user.pk
    context: dict[str, Any] = {
        "header_title": found.title,
        "change": found,
        "error": error,
        "reason": request.POST.get("reason", ""),
        "may_decide": decides and not own,
        "is_own": decides and own,
        "may_withdraw": waiting and own and access.can(Can.PROPOSE_RULE_CHANGE),
        **(_calendar_parts(request, found) if found.is_calendar else _limit_parts(found)),
    }
    return TemplateResponse(request, "rule_changes/change.html", context, status=status)


def _limit_parts(found: RuleChange) -> dict[str, Any]:
    version = queries.standing_version(found)  # before the comparison: never newer than what is shown
    return {"version": version, "compared": queries.compared(found)}


def _calendar_parts(request: DeskRequest, found: RuleChange) -> dict[str, Any]:
    draft = draft_of(found)
    parts: dict[str, Any] = {"draft": draft, "is_local": draft.kind == NoticeKind.LOCAL}
    if found.state == ChangeState.PROPOSED:
        number = page_number(request)
        preview = queries.preview(found, now=timezone.now(), first=(number - 1) * PER_PAGE, size=PER_PAGE)
        pages = min(max(-(-preview.impact.total // PER_PAGE), 1), MAX_PAGE)
        parts |= {
            "preview": preview,
            "version": preview.version,
            "summary": f"第 {number} / {pages} 页",
            "prev_url": f"?page={number - 1}#moves" if number > 1 else "",
            "next_url": f"?page={number + 1}#moves" if number < pages else "",
        }
    elif found.state == ChangeState.APPROVED:
        page = Paginator(queries.moves_of(found), PER_PAGE).get_page(page_number(request))
        parts |= {"moves": page, **numbered(request, page, "项")}
    return parts
