"""Whom no reminder reached, for the system administrators (R-09, R-11)."""

from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_GET

from casework.core import paging
from casework.core.access import Can, DeskRequest, requires
from casework.core.clocks.queries import people_without_address, stages_that_climbed


@require_GET
@requires(Can.READ_UNREACHED)
def unreached(request: DeskRequest) -> HttpResponse:
    """Stages that climbed past a vacant post, newest first; people who wait for reminders without an address."""
    found = paging.newest(stages_that_climbed(), request.GET)
    context = {"page": found, "rows": found.rows, "people": people_without_address()}
    return TemplateResponse(request, "clocks/unreached.html", context)
