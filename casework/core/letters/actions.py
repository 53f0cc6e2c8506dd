"""Send a letter, note its opening, claim it, return it; make a notice; give numbers.

Who may do this is asked by the process whose letter it is.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from casework.core.cases.models import Case
from casework.core.files.models import StoredFile
from casework.core.ledger.actions import record
from casework.core.letters.kinds import NOTICE_KINDS, document_number, spec_of
from casework.core.letters.models import DocumentCounter, Letter, LetterFile, LetterKind, Notice, Recipient
from casework.core.letters.rendering import letter_payload, letter_text
from casework.core.letters.rules import BadLetter, check_facts
from casework.core.outbox.actions import enqueue
from casework.core.outbox.models import CASE_HEADER, Channel, Endpoint
from casework.core.transitions import StaleState
from portal.accounts.models import Department, User

TITLE_LENGTH = 300
REASON_LENGTH = 500


class BadReturn(BadLetter):
    """A letter cannot be returned that way."""


def next_document_number(series: str, now: datetime) -> str:
    """The next number of ``series`` in the Shanghai year of ``now``, e.g. 儋审联〔2026〕12号.

    The counter's row stays locked until the caller's transaction ends: no gap, no double. Call it in one.
    """
    year = timezone.localdate(now).year
    with transaction.atomic():
        DocumentCounter.objects.get_or_create(series=series, year=year)
        DocumentCounter.objects.filter(series=series, year=year).update(last=F("last") + 1)
        last = DocumentCounter.objects.get(series=series, year=year).last
    return document_number(series, year, last)


@transaction.atomic
def send(
    *,
    kind: LetterKind,
    case: Case,
    sender: Department,
    to: Sequence[Department],
    title: str,
    facts: dict[str, Any],
    files: Sequence[StoredFile],
    by: User | None,
    now: datetime,
    deliver_off_platform: bool = True,
) -> Letter:
    """Send one letter to one or more departments.

    It stands in each inbox at once: *delivered* is ``now``, in this transaction (mission, "Delivered").
    Every active address of a receiver gets a delivery off the platform; none of them moves that moment.
    Raises ``BadLetter`` without a receiver, for another case's file, for a citizen number in the facts.
    """
    spec = spec_of(kind)
    departments, attached = list(dict.fromkeys(to)), list(dict.fromkeys(files))
    title = " ".join(title.split())[:TITLE_LENGTH]
    if not departments:
        raise BadLetter("函件没有收函单位，不能发出。请先选择收函单位。")
    if any(file.case_id != case.pk for file in attached):
        raise BadLetter("函件附件不属于本办件，不能随函发送。")
    check_facts(title, facts)
    letter = Letter.objects.create(
        number=next_document_number(spec.series, now),
        kind=kind,
        clause=spec.clause,
        case=case,
        sender=sender,
        title=title,
        facts=facts,
        sent_at=now,
        sent_by=by,
    )
    LetterFile.objects.bulk_create(
        LetterFile(letter=letter, file=file, sha256=file.sha256) for file in attached
    )
    for department in departments:
        recipient = Recipient.objects.create(letter=letter, department=department, delivered_at=now)
        if deliver_off_platform:
            _deliver_off_platform(letter, recipient, attached, now)
    record(
        "letter.sent",
        by=by,
        now=now,
        clause=spec.clause,
        department=sender,
        case_number=case.number,
        obj=letter,
        number=letter.number,
        kind=kind,
        to=[department.code for department in departments],
        files=[file.sha256 for file in attached],
    )
    return letter


def _deliver_off_platform(
    letter: Letter, recipient: Recipient, files: list[StoredFile], now: datetime
) -> None:
    for endpoint in Endpoint.objects.filter(department=recipient.department, active=True).order_by("id"):
        http = endpoint.channel == Channel.HTTP
        enqueue(
            dedup=f"letter:{letter.pk}:recipient:{recipient.pk}:endpoint:{endpoint.pk}",
            reference=f"recipient:{recipient.pk}",
            channel=Channel(endpoint.channel),
            endpoint=endpoint,
            address=endpoint.address,
            subject=f"【{letter.number}】{letter.title}",
            body=letter_payload(letter, recipient) if http else letter_text(letter, recipient),
            files=() if http else files,
            headers={"X-Letter-Number": letter.number, CASE_HEADER: letter.case.number},
            now=now,
        )


@transaction.atomic
def open_letter(recipient: Recipient, *, by: User, now: datetime) -> bool:
    """Note that ``by`` opened the letter; True the first time, later openings change nothing."""
    unopened = Recipient.objects.filter(pk=recipient.pk, opened_at=None)
    if not unopened.update(opened_at=now, opened_by=by):
        return False
    recipient.opened_at, recipient.opened_by = now, by
    _note("letter.opened", recipient, by=by, now=now)
    return True


@transaction.atomic
def open_all(recipients: Sequence[Recipient], *, by: User, now: datetime) -> None:
    """``open_letter`` for every one of ``recipients``."""
    for recipient in recipients:
        open_letter(recipient, by=by, now=now)


@transaction.atomic
def claim(recipient: Recipient, *, by: User, now: datetime) -> None:
    """Claim the letter (认领, 9.1). Raises ``BadLetter`` for a kind without claim, ``StaleState`` when it
    was claimed or returned meanwhile."""
    if not spec_of(recipient.letter.kind).may_claim:
        raise BadLetter("此类函件不需要认领。")
    _answer(recipient, claimed_at=now, claimed_by=by)
    _note("letter.claimed", recipient, by=by, now=now)


@transaction.atomic
def return_letter(recipient: Recipient, *, reason: str, by: User, now: datetime) -> None:
    """Return the letter with a reason (退回, 9.1). Raises ``BadReturn``, ``StaleState`` when it was claimed
    or returned meanwhile."""
    reason = reason.strip()
    if not spec_of(recipient.letter.kind).may_return:
        raise BadReturn("此类函件不能退回。")
    if not reason:
        raise BadReturn("退回须说明理由。", field="reason")
    if len(reason) > REASON_LENGTH:
        raise BadReturn(f"退回理由不超过{REASON_LENGTH}字，请精简。", field="reason")
    _answer(recipient, returned_at=now, returned_by=by, return_reason=reason)
    _note("letter.returned", recipient, by=by, now=now)


def _answer(recipient: Recipient, **facts: Any) -> None:
    unanswered = Recipient.objects.filter(pk=recipient.pk, claimed_at=None, returned_at=None)
    if not unanswered.update(**facts):
        raise StaleState(f"recipient {recipient.pk} was already claimed or returned")
    for name, value in facts.items():
        setattr(recipient, name, value)


def _note(action: str, recipient: Recipient, *, by: User, now: datetime) -> None:
    letter = recipient.letter
    record(
        action,
        by=by,
        now=now,
        clause=letter.clause,
        department=recipient.department,
        case_number=letter.case.number,
        obj=recipient,
        number=letter.number,
    )


@transaction.atomic
def make_notice(
    *, kind: Notice.Kind, case: Case, issuer: Department, paragraphs: list[str], by: User, now: datetime
) -> Notice:
    """Make a numbered, dated notice to the applicant; its text is frozen (行政许可法 32, 38).

    Raises ``BadLetter`` when there is nothing in it.
    """
    spec = NOTICE_KINDS[kind]
    text = [paragraph.strip() for paragraph in paragraphs if paragraph.strip()]
    if not text:
        raise BadLetter("文书没有正文，不能出具。")
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
