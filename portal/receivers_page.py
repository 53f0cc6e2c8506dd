"""Desk page of demo mode: what the loopback receivers got, with the verdict on each signature."""

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe
from standardwebhooks import Webhook

from casework.core.access import Can, requires
from casework.core.outbox.models import Endpoint
from portal.receivers import Journal, journal

SHOWN = 50


@requires(Can.USE_DESK)
@require_safe
def receivers(request: HttpRequest) -> HttpResponse:
    """The last messages, newest first. There is no such page outside demo mode."""
    if not settings.DEMO:
        raise Http404
    kept = journal()
    lines = list(reversed(kept.read()[-SHOWN:]))
    secrets = dict(Endpoint.objects.filter(channel="http").values_list("address", "secret"))
    rows = [_row(kept, line, secrets) for line in lines]
    return TemplateResponse(request, "desk/receivers.html", {"rows": rows, "shown": SHOWN})


def _row(kept: Journal, line: Mapping[str, Any], secrets: Mapping[str, str]) -> dict[str, Any]:
    signature = None
    if line["kind"] == "http":
        signature = signature_holds(line, kept.raw(line), secrets.get(line["to"], ""))
    return {**line, "at": datetime.fromisoformat(line["at"]), "signature": signature}


def signature_holds(line: Mapping[str, Any], raw: bytes, secret: str) -> bool:
    """Whether the message carries a Standard Webhooks signature of ``secret`` over exactly these bytes.

    Its age is not judged here: the page shows old messages too.
    """
    headers = line["headers"]
    if not secret or not headers["webhook-timestamp"].isdigit():
        return False
    at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    expected = Webhook(secret).sign(headers["webhook-id"], at, raw.decode("utf-8", "replace"))
    return any(hmac.compare_digest(expected, given) for given in headers["webhook-signature"].split(" "))
