"""The ledger for the auditor: what was recorded, whether the chain holds, what was handed outside."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from casework.core import paging
from casework.core.access import Can, DeskRequest, requires
from casework.core.counting import in_words
from casework.core.htmx import acts
from casework.core.ledger import anchors, checks
from casework.core.ledger.models import LedgerAnchor, LedgerCheck
from casework.desk import queries
from casework.desk.forms import LedgerFilter, wanted
from casework.desk.labels import title_of

LATEST = 5  # checks shown


@require_GET
@requires(Can.READ_LEDGER)
def ledger(request: DeskRequest) -> HttpResponse:
    """Entries, newest first, by action and case; above them the state of the chain."""
    form = LedgerFilter(request.GET)
    rows = queries.ledger_rows(action=wanted(form, "action"), number=wanted(form, "case"))
    found = paging.newest(rows, request.GET)
    sealed, waiting = queries.ledger_state()
    context = {
        "form": form,
        "page": found,
        "rows": [{"entry": row, "title": title_of(row)} for row in found.rows],
        "sealed": sealed,
        "waiting": in_words(waiting, "项"),
        "checks": LedgerCheck.objects.select_related("asked_by")[:LATEST],
        "anchor": LedgerAnchor.objects.first(),
    }
    return TemplateResponse(request, "desk/ledger.html", context)


@require_POST
@requires(Can.READ_LEDGER)
@acts
def verify_ledger(request: DeskRequest) -> HttpResponse:
    """Ask for a verification of the whole chain; the result appears on the page."""
    checks.ask(request.access, now=timezone.now())
    messages.success(request, "已开始核验全链，完成后结果显示在本页，可刷新查看。")
    return HttpResponseRedirect(reverse("casework:ledger"))


@require_GET
@requires(Can.READ_LEDGER)
def ledger_anchors(request: DeskRequest) -> HttpResponse:
    """The heads handed outside, for print: whoever keeps the paper can compare later."""
    found = paging.newest(LedgerAnchor.objects.all(), request.GET)
    context = {"page": found, "rows": found.rows, "public_key": anchors.public_key()}
    return TemplateResponse(request, "desk/ledger_anchors.html", context)
