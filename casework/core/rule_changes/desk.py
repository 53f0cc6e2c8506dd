"""At the desk: which of my due times a new calendar moved; for administrators, that the calendar ends soon."""

from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from casework.core import paging
from casework.core.access import Can, DeskRequest, requires
from casework.core.htmx import acts, after_post
from casework.core.panels import panel
from casework.core.rule_changes import digests, queries
from casework.core.worktime.queries import current_calendar


@panel("desk", order=1, template="rule_changes/desk/alarm.html")
def alarm(request: DeskRequest, _subject: Any) -> dict[str, Any] | None:
    """For those who propose and approve: never silent about a calendar that ends (R-21)."""
    if not queries.may_use(request.access):
        return None
    found = queries.calendar_alarm(current_calendar(), timezone.localdate())
    waiting = queries.waiting_changes()
    return {"alarm": found, "waiting": waiting} if found or waiting else None


@panel("desk", order=2, template="rule_changes/desk/moved.html")
def moved(request: DeskRequest, _subject: Any) -> dict[str, Any] | None:
    """Due times of mine that moved since I last looked."""
    found = queries.unread_digests(request.user)
    if not found:
        return None
    return {
        "moved": sum(digest.moved for digest in found),
        "shortened": sum(digest.shortened for digest in found),
        "up_to": found[0].pk,
    }


@require_GET
@requires(Can.READ_CASES)
def due_moves(request: DeskRequest) -> HttpResponse:
    """Due times that a calendar moved, of open duties that I can help to meet, the newest first."""
    found = paging.newest(queries.my_moves(request.access), request.GET)
    return TemplateResponse(request, "rule_changes/desk/moves.html", {"page": found})


@require_POST
@requires(Can.READ_CASES)
@acts
def read_digests(request: DeskRequest) -> HttpResponse:
    """Mark what the person was told of as read; later digests stay."""
    up_to = paging.number_in(request.POST.get("up_to", ""))
    if up_to is None:
        raise BadRequest("up_to")
    digests.mark_read(up_to=up_to, by=request.user, now=timezone.now())
    return after_post(request, "已标为已读。", reverse("casework:desk"))
