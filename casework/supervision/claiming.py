"""Claim several results at once (9.1): each on its own, and a list that says what became of every one."""

import logging
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET, require_POST

from casework.core.access import Can, DeskRequest, NotPermitted, requires
from casework.core.errors import Refusal
from casework.core.htmx import acts, leave
from casework.core.transitions import StaleState
from casework.supervision import actions, queries
from casework.supervision.forms import chosen_ids
from casework.supervision.models import ResultPush
from casework.supervision.rules import claim_outcome

logger = logging.getLogger(__name__)


@require_POST
@requires(Can.CLAIM_RESULT)
@acts
def claim_many(request: DeskRequest) -> HttpResponse:
    """Claim each ticked push in a transaction of its own; what fails stops none of the others."""
    ids, now = chosen_ids(request.POST.getlist("push")), timezone.now()
    if not ids:
        raise Refusal("请先勾选要认领的办理结果。")
    found = queries.with_details(queries.pushes_for(request.access)).in_bulk(ids)
    done = sum(_claim(request, found[pk], now) for pk in ids if pk in found)
    said = f"已认领{done}件，未认领{len(ids) - done}件。" if done else "本次没有认领任何办理结果。"
    query = urlencode([("at", now.isoformat()), *(("push", pk) for pk in ids)])
    return leave(request, said, f"{reverse('casework:pushes-claimed')}?{query}")


def _claim(request: DeskRequest, push: ResultPush, now: datetime) -> bool:
    number = push.case.number
    try:
        actions.claim_result(push, by=request.user, now=now)
    except (StaleState, NotPermitted):
        return False  # the list of results says so from the facts
    except Refusal as refusal:
        messages.error(request, f"办件{number}：{refusal}")
        return False
    except Exception:  # a defect met by one row must not take the others with it
        logger.exception("claiming push %s among others failed", push.pk)
        messages.error(request, f"办件{number}：平台内部错误，未能认领，请稍后重试。")
        return False
    return True


@require_GET
@requires(Can.CLAIM_RESULT)
def claimed(request: DeskRequest) -> HttpResponse:
    """What became of the rows that were ticked, told from the facts: the page can be reloaded and kept."""
    ids, at = chosen_ids(request.GET.getlist("push")), _moment(request.GET.get("at", ""))
    rows = queries.with_details(queries.pushes_for(request.access)).select_related(
        "recipient__claimed_by", "recipient__returned_by", "recipient__settled_for"
    )
    found = rows.in_bulk(ids)
    context = {"rows": [_line(request, found.get(pk), at) for pk in ids]}
    return TemplateResponse(request, "supervision/claimed.html", context)


def _line(request: DeskRequest, push: ResultPush | None, at: datetime | None) -> dict[str, Any]:
    recipient = push.recipient if push else None
    outcome = claim_outcome(
        mine=bool(recipient and at and recipient.claimed_at == at and recipient.claimed_by == request.user),
        claimed=bool(recipient and recipient.claimed_at),
        returned=bool(recipient and recipient.returned_at),
        permitted=push is not None and request.access.can(Can.CLAIM_RESULT, push.department_id),
    )
    label, tone = outcome.value
    return {"push": push, "recipient": recipient, "label": label, "tone": tone}


def _moment(text: str) -> datetime | None:
    """The moment of the act in the address; None for anything else."""
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None
