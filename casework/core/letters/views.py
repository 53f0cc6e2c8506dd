"""The page of a letter and of a notice; both print as they stand."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from casework.core.access import Can, DeskRequest, requires
from casework.core.failed import has_failed
from casework.core.htmx import acts, after_post, page
from casework.core.letters import actions, queries
from casework.core.letters.kinds import NOTICE_KINDS, spec_of
from casework.core.letters.models import Letter, Notice, Recipient
from casework.core.letters.rendering import MEASURE, attachments, shown
from casework.core.outbox.models import Delivery, DeliveryState, PaperDelivery
from casework.core.outbox.queries import deliveries_of
from casework.core.outbox.shown import STATE_TONES
from casework.core.panels import fill

Entry = dict[str, object]


@require_GET
@requires(Can.READ_CASES)
@page("body")
def letter(request: DeskRequest, letter_id: int) -> HttpResponse:
    """A letter for those who sent or got it. A receiving department sees what is in it once it is opened."""
    readable = queries.letters_for(request.access).select_related(
        "case__item", "sender", "sent_by", "sent_for"
    )
    found = get_object_or_404(readable, pk=letter_id)
    recipients = queries.recipients_of(found)
    own = queries.mine(request.access, recipients)
    unopened = [recipient for recipient in own if recipient.opened_at is None]
    is_sender = found.sender_id in request.access.departments(Can.READ_CASES)
    gone = bool(own) and not is_sender and all(recipient.returned_at for recipient in own)
    context = {
        "letter": found,
        "measure": MEASURE,
        "spec": spec_of(found.kind),
        "entries": [{"label": label, "value": shown(value)} for label, value in found.facts.items()],
        "files": [] if gone else _files(found),
        "gone": gone,
        "recipients": _recipient_rows(recipients, own),
        "unopened": unopened,
        "readable": is_sender or len(unopened) < len(own),
        "is_sender": is_sender,
        "may_record_paper": request.access.can(Can.SETTLE_DELIVERY, found.sender_id),
        "failed": has_failed(request),
        "panels": [panel for recipient in own for panel in fill("letter", request, recipient)],
    }
    return TemplateResponse(request, "letters/letter.html", context)


@require_POST
@requires(Can.READ_CASES)
@acts
def open_letter(request: DeskRequest, letter_id: int) -> HttpResponse:
    """Open a letter for the own departments that got it; a colleague's earlier opening stands."""
    found = get_object_or_404(queries.letters_for(request.access), pk=letter_id)
    own = queries.mine(request.access, queries.recipients_of(found))
    if not own:
        raise Http404("没有这份函件。")
    actions.open_all(own, by=request.user, now=timezone.now())
    url = reverse("casework:letter", args=[found.pk])
    return after_post(request, "函件已打开，打开人和时间已记录。", url)


def _files(found: Letter) -> list[Entry]:
    return [
        {
            "name": row.file.name,
            "url": reverse("casework:file", args=[row.file_id]),
            "size": row.file.size,
            "note": f"SHA-256 {row.sha256[:16]}…",
        }
        for row in attachments(found)
    ]


def _recipient_rows(recipients: list[Recipient], own: list[Recipient]) -> list[Entry]:
    sent = deliveries_of([f"recipient:{recipient.pk}" for recipient in recipients])
    papers = PaperDelivery.objects.filter(recipient__in=recipients)
    handed = {
        row.recipient_id: row for row in papers.select_related("receipt", "recorded_by", "recorded_for")
    }
    return [
        {
            "recipient": recipient,
            "paper": handed.get(recipient.pk),
            "mine": recipient in own,
            "deliveries": [_delivery_words(d) for d in sent[f"recipient:{recipient.pk}"]],
        }
        for recipient in recipients
    ]


def _delivery_words(delivery: Delivery) -> Entry:
    return {
        "channel": delivery.get_channel_display(),
        "state": delivery.get_state_display(),
        "tone": STATE_TONES[DeliveryState(delivery.state)],
        "at": delivery.sent_at,
        "attempts": delivery.attempts,
    }


@require_GET
@requires(Can.READ_CASES, Can.READ_ALL_CASES)
def notice(request: DeskRequest, notice_id: int) -> HttpResponse:
    """A notice to the applicant, laid out to be printed."""
    readable = queries.notices_for(request.access).select_related("case__item", "issuer")
    found: Notice = get_object_or_404(readable, pk=notice_id)
    context = {"notice": found, "spec": NOTICE_KINDS[found.kind]}
    return TemplateResponse(request, "letters/notice.html", context)
