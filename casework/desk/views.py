"""Inbox, case list, case page, one clock: pages over all processes."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.exceptions import BadRequest
from django.db.models import Prefetch
from django.http import Http404, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET, require_POST

from casework.core import paging
from casework.core.access import Can, DeskRequest, requires
from casework.core.cases.models import Case, CaseResult, CaseState
from casework.core.cases.queries import cases_for
from casework.core.clocks.models import Duty, DutyEvent, Reminder
from casework.core.clocks.queries import badge
from casework.core.clocks.shown import show
from casework.core.counting import capped
from casework.core.failed import has_failed
from casework.core.htmx import acts, after_post, page
from casework.core.panels import Filled, fill
from casework.core.rules_data.models import DutyKind, Stage
from casework.core.worktime.queries import current_calendar
from casework.desk import actions, queries
from casework.desk.forms import CaseFilter, wanted
from casework.desk.labels import entry_of
from casework.desk.rules import TIMELINE_FILTERS, place_of
from portal.accounts.log_context import case_number
from portal.accounts.masking import mask_name

_STATE_TONES = {
    CaseState.CLOSED: "good",
    CaseState.NOT_ACCEPTED: "bad",
    CaseState.RECEIVED: "warn",
    CaseState.CORRECTING: "warn",
    CaseState.RETURNED: "bad",
}
_TOLD_ABOVE = frozenset({Stage.LIAISON, Stage.LEADER, Stage.EVALUATOR})
_MILD = frozenset({Stage.SOON, Stage.DUE, Stage.HANDED})
_READS_CASES = requires(Can.READ_CASES, Can.READ_ALL_CASES)


@require_GET
@requires(Can.USE_DESK)
@page("reminders")
def desk(request: DeskRequest) -> HttpResponse:
    """My inbox: open duties of my departments that I can help to meet, the next due first."""
    now, access = timezone.now(), request.access
    duties = queries.inbox(access)
    kind = request.GET.get("kind", "")
    kind = kind if kind in DutyKind.values else ""
    found = paging.soonest_due(queries.with_case(duties.filter(kind=kind) if kind else duties), request.GET)
    context = {
        "tabs": _duty_tabs(request, kind, now),
        "rows": _inbox_rows(found.rows, now),
        "page": found,
        "reminders": [
            {
                "reminder": row,
                "url": _reminder_address(row),
                "tone": "warn" if row.milestone in _MILD else "bad",
            }
            for row in queries.unread_reminders(request.user)
        ],
        "has_duties": bool(queries.kinds_of_mine(access)),
        "may_read_cases": access.can(Can.READ_CASES) or access.can(Can.READ_ALL_CASES),
        "panels": _panels(request, "desk", access),
    }
    return TemplateResponse(request, "desk/inbox.html", context)


@require_POST
@requires(Can.USE_DESK)
@acts
def read_reminders(request: DeskRequest) -> HttpResponse:
    """Mark the reminders that were on the page as read; later ones stay."""
    up_to = paging.number_in(request.POST.get("up_to", ""))
    if up_to is None:
        raise BadRequest("up_to")
    actions.read_reminders(up_to=up_to, by=request.user, now=timezone.now())
    return after_post(request, "提醒已标为已读。", reverse("casework:desk"))


@require_GET
@_READS_CASES
def cases(request: DeskRequest) -> HttpResponse:
    """Cases that I may see, the youngest first, by state and by the beginning of number or applicant."""
    form, now = CaseFilter(request.GET), timezone.now()
    rows = queries.cases_found(request.access, state=wanted(form, "state"), words=wanted(form, "q"))
    found = paging.newest(rows, request.GET)
    duties, cal = queries.next_duties(found.rows), current_calendar()
    context = {
        "form": form,
        "filtered": bool(request.GET.get("state") or request.GET.get("q")),
        "page": found,
        "rows": [
            {
                "case": row,
                "applicant": _applicant(row),
                "tone": _STATE_TONES.get(CaseState(row.state), "info"),
                "badge": badge(duties[row.pk], now, cal) if row.pk in duties else None,
            }
            for row in found.rows
        ],
    }
    return TemplateResponse(request, "desk/cases.html", context)


@require_GET
@_READS_CASES
@page("case", "timeline")
def case(request: DeskRequest, number: str) -> HttpResponse:
    """One case. A case that I may not see is not found, like one that does not exist (R-58)."""
    related = ("item", "applicant", "window", "approver", "guide_version")
    found = cases_for(request.access).filter(number=number).select_related(*related).first()
    if found is None:
        raise Http404("没有找到这个办件。")
    case_number.set(found.number)
    now, access, cal = timezone.now(), request.access, current_calendar()
    duties = show(queries.duties_of(found), now=now, cal=cal)
    context = {
        "case": found,
        "applicant": _applicant(found),
        "tone": _STATE_TONES.get(CaseState(found.state), "info"),
        "result_tone": "good" if found.result == CaseResult.GRANTED else "bad",
        "open_duties": [row for row in duties if row.duty.closed_at is None],
        "closed_duties": [row for row in duties if row.duty.closed_at is not None],
        "failed": has_failed(request),
        **_case_panels(request, found),
        "files": [
            {
                "name": file.name,
                "url": reverse("casework:file", args=[file.pk]),
                "size": file.size,
                "note": file.purpose,
            }
            for file in queries.files_of(access, found)
        ],
        "letters": queries.letters_of(access, found),
        "notices": queries.notices_of(access, found),
        "my_departments": access.departments(Can.READ_CASES),
        "participants": list(found.participations.select_related("department").order_by("since", "id")),
    }
    return TemplateResponse(request, "desk/case.html", context | _timeline(request, found))


@require_GET
@_READS_CASES
@page("reckoning")
def duty(request: DeskRequest, duty_id: int) -> HttpResponse:
    """How one due time came about, and what happened to its clock; of cases that I may see."""
    rows = Duty.objects.select_related("rule", "holder", "case__guide_version").prefetch_related(
        Prefetch("events", DutyEvent.objects.select_related("holder_before", "holder_after"))
    )
    found = rows.filter(pk=duty_id, case__in=cases_for(request.access)).first()
    if found is None:
        raise Http404("没有找到这项时限任务。")
    (clock,) = show([found], now=timezone.now(), cal=current_calendar())
    events = sorted(found.events.all(), key=lambda event: (event.at, event.pk))
    context = {
        "clock": clock,
        "events": events,
        "url": _case_address(found),
        "panels": _panels(request, "duty", found),
        "failed": has_failed(request),
    }
    return TemplateResponse(request, "desk/duty.html", context)


def _applicant(case: Case) -> str:
    """The applicant's name as the application wrote it; a natural person's is masked."""
    return mask_name(case.applicant_name) if case.applicant.is_person else case.applicant_name


def _case_address(duty: Duty) -> str:
    """The case that the clock belongs to: everybody who may read the clock may read it."""
    return reverse("casework:case", args=[duty.case.number]) if duty.case else reverse("casework:desk")


def _reminder_address(row: Reminder) -> str:
    """Where the reminder leads: to the work itself, or to the clock for those who are told of a late one."""
    if row.milestone in _TOLD_ABOVE:
        return reverse("casework:duty", args=[row.duty_id])
    return _address(row.duty)


def _address(duty: Duty) -> str:
    place = place_of(duty.key, duty.case.number if duty.case else "")
    address = reverse(place.name, args=[place.argument])
    return f"{address}#{place.fragment}" if place.fragment else address


def _inbox_rows(duties: Iterable[Duty], now: datetime) -> list[dict[str, Any]]:
    cal = current_calendar()
    return [
        {
            "duty": duty,
            "badge": badge(duty, now, cal),
            "url": _address(duty),
            "explain_url": reverse("casework:duty", args=[duty.pk]),
            "applicant": _applicant(duty.case),
        }
        for duty in duties
        if duty.case is not None
    ]


def _duty_tabs(request: DeskRequest, current: str, now: datetime) -> list[dict[str, Any]]:
    """One tab for each kind of duty that I can help to meet; late ones make the count red."""
    counts, late = queries.count_kinds(request.access, now)
    request.waiting = sum(counts.values())  # the menu shows the same number: asked once
    kinds = [("", "全部", request.waiting, bool(late))]
    kinds += [(kind, DutyKind(kind).label, number, kind in late) for kind, number in counts.items()]
    return [
        {
            "label": label,
            "url": f"?kind={kind}" if kind else reverse("casework:desk"),
            "count": capped(count),
            "current": kind == current,
            "urgent": overdue,
        }
        for kind, label, count, overdue in kinds
    ]


def _timeline(request: DeskRequest, case: Case) -> dict[str, Any]:
    """What happened to the case, newest first, under one of the filters."""
    chosen = request.GET.get("show", "all")
    chosen = chosen if chosen in TIMELINE_FILTERS else "all"
    found = paging.newest(queries.entries_of(request.access, case, chosen), request.GET)
    filters = [
        {"label": label, "url": paging.query(request.GET, show=code), "current": code == chosen}
        for code, (label, _) in TIMELINE_FILTERS.items()
    ]
    return {"entries": [entry_of(row) for row in found.rows], "timeline_page": found, "filters": filters}


def _case_panels(request: DeskRequest, case: Case) -> dict[str, Any]:
    """The processes' parts of the case page, those where the reader has to act first, and all there is to do."""
    filled = fill("case", request, case)
    shown = sorted(filled, key=lambda part: not part.todo)  # stable: otherwise in the order of the process
    return {
        "todo": [act for part in filled for act in part.todo],
        "panels": [_drawn(request, part, {"case": case}) for part in shown],
    }


def _drawn(request: DeskRequest, part: Filled, shared: dict[str, Any]) -> SafeString:
    """A panel, drawn with its own template."""
    return render_to_string(part.template, {**shared, **part.context}, request)  # type: ignore[arg-type]


def _panels(request: DeskRequest, slot: str, subject: Any) -> list[SafeString]:
    """What the processes put on this page."""
    return [_drawn(request, part, {}) for part in fill(slot, request, subject)]
