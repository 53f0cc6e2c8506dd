"""Letters sent and received, one line per receiver, with the facts of each (9.1: who opened, who is silent)."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from casework.core import counting, paging
from casework.core.access import Can, DeskRequest, requires
from casework.core.clocks.queries import badge
from casework.core.letters import queries
from casework.core.letters.kinds import spec_of
from casework.core.letters.models import Recipient
from casework.core.letters.queries import LATE, RECEIVED, SENT, UNCLAIMED, UNOPENED
from casework.core.worktime.calendar import WorkCalendar
from casework.core.worktime.queries import current_calendar

_BOXES = {RECEIVED: "收到的函件", SENT: "发出的函件"}
_FILTERS = {"": "全部", UNOPENED: "未打开", UNCLAIMED: "未认领", LATE: "逾期"}
_COUNTED = (UNOPENED, UNCLAIMED, LATE)
_CAP = 100  # a count is a hint, not a report


@require_GET
@requires(Can.READ_CASES)
def letters(request: DeskRequest) -> HttpResponse:
    """Letters of my departments, the youngest first; an unopened one is seen as such by both sides."""
    now, cal = timezone.now(), current_calendar()
    which = SENT if request.GET.get("box") == SENT else RECEIVED
    show = request.GET.get("show", "")
    show = show if show in _FILTERS else ""
    rows = queries.with_details(queries.box(request.access, which, show=show, now=now))
    found = paging.newest(rows, request.GET)
    context = {
        "sent": which == SENT,
        "boxes": [
            {"label": label, "url": f"?box={code}", "current": code == which}
            for code, label in _BOXES.items()
        ],
        "filters": _filters(request, which, show, now),
        "filtered": bool(show),
        "page": found,
        "rows": [_line(row, now, cal) for row in found.rows],
    }
    return TemplateResponse(request, "letters/letters.html", context)


def _filters(request: DeskRequest, which: str, current: str, now: datetime) -> list[dict[str, Any]]:
    boxes = {code: queries.box(request.access, which, show=code, now=now) for code in _COUNTED}
    counts = counting.up_to(boxes, _CAP)
    return [
        {
            "label": label,
            "url": f"?box={which}&show={code}" if code else f"?box={which}",
            "count": counting.capped(counts[code], _CAP) if code in counts else None,
            "current": code == current,
            "urgent": code == LATE,
        }
        for code, label in _FILTERS.items()
    ]


def _line(row: Recipient, now: datetime, cal: WorkCalendar) -> dict[str, Any]:
    """One receipt; the answer is its own, or that to the objection against it."""
    objection, spec = getattr(row, "objection", None), spec_of(row.letter.kind)
    answered = objection.asked if objection else row
    return {
        "recipient": row,
        "spec": spec,
        "objection": objection,
        "answered": answered if answered.answered_at else None,
        "badge": badge(row.duty, now, cal) if row.duty else None,
    }
