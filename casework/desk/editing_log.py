"""Wagtail's log for the auditor, who reads both records and changes neither (三员分立)."""

from typing import Any

from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_GET
from wagtail.models import ModelLogEntry, PageLogEntry

from casework.core import paging
from casework.core.access import Can, DeskRequest, requires

KINDS: dict[str, tuple[str, Any]] = {
    "": ("账号、单位和事项", ModelLogEntry),
    "pages": ("页面", PageLogEntry),
}
PLATFORM = "平台"


@require_GET
@requires(Can.READ_LEDGER)
def editing_log(request: DeskRequest) -> HttpResponse:
    """What was done at the editors' desk, newest first, by kind."""
    chosen = request.GET.get("kind", "")
    chosen = chosen if chosen in KINDS else ""
    model = KINDS[chosen][1]
    found = paging.newest(model.objects.select_related("user", "content_type"), request.GET)
    context = {
        "page": found,
        "rows": [_shown(row) for row in found.rows],
        "tabs": [
            {"label": label, "url": paging.query(request.GET, kind=kind), "current": kind == chosen}
            for kind, (label, _) in KINDS.items()
        ],
    }
    return TemplateResponse(request, "desk/editing_log.html", context)


def _shown(row: ModelLogEntry | PageLogEntry) -> dict[str, Any]:
    formatter = row.formatter
    return {
        "at": row.timestamp,
        "what": str(formatter.label) if formatter else row.action,
        "title": row.label,
        "who": str(row.user) if row.user else PLATFORM,
    }
