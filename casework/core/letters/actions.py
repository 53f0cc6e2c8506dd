"""Every act on letters, and notices to the applicant.

Sending stands in ``sending.py``, what receivers do in ``facts.py``, 疑义 in ``objections.py``; all are exported here.
"""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from casework.core.cases.models import Case
from casework.core.ledger.actions import record
from casework.core.letters.facts import BadReturn, answer, claim, open_all, open_letter, return_letter
from casework.core.letters.kinds import NOTICE_KINDS
from casework.core.letters.models import Notice
from casework.core.letters.objections import BadObjection, answer_objection, object_to
from casework.core.letters.rules import BadLetter
from casework.core.letters.sending import Limit, forward, next_document_number, send
from portal.accounts.models import Department, User

__all__ = [
    "BadLetter",
    "BadObjection",
    "BadReturn",
    "Limit",
    "answer",
    "answer_objection",
    "claim",
    "forward",
    "make_notice",
    "next_document_number",
    "object_to",
    "open_all",
    "open_letter",
    "return_letter",
    "send",
]


@transaction.atomic
def make_notice(
    *,
    kind: Notice.Kind,
    case: Case,
    issuer: Department,
    paragraphs: list[str],
    by: User | None,
    now: datetime,
) -> Notice:
    """Make a numbered, dated notice to the applicant; its text is frozen (行政许可法 32, 38).

    For an issuer that has ended its successor issues it. Raises ``BadLetter`` when there is nothing in it.
    """
    spec = NOTICE_KINDS[kind]
    text = [paragraph.strip() for paragraph in paragraphs if paragraph.strip()]
    if not text:
        raise BadLetter("文书没有正文，不能出具。")
    issuer = issuer.acting_on(timezone.localdate(now))
    notice = Notice.objects.create(
        number=next_document_number(spec.series, now),
        kind=kind,
        case=case,
        issuer=issuer,
        paragraphs=text,
        made_at=now,
        made_by=by,
    )
    record(
        "notice.made",
        by=by,
        now=now,
        clause=spec.clause,
        department=issuer,
        case_number=case.number,
        obj=notice,
        number=notice.number,
        kind=kind,
    )
    return notice
