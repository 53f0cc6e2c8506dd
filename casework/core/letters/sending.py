"""Send a letter, or forward it: it stands in each inbox at once, with the duties that its kind starts. Exported by ``actions``."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from casework.core.cases.models import Case
from casework.core.clocks import actions as clocks
from casework.core.files.models import StoredFile
from casework.core.ledger.actions import record
from casework.core.letters.kinds import KindSpec, document_number, spec_of
from casework.core.letters.models import DocumentCounter, Letter, LetterFile, LetterKind, Recipient
from casework.core.letters.rendering import letter_payload, letter_text
from casework.core.letters.rules import BadLetter, check_facts, fits_into_a_mail
from casework.core.outbox.actions import enqueue
from casework.core.outbox.models import CASE_HEADER, Channel, Endpoint
from casework.core.rules_data.models import DutyKind, LimitSource
from casework.core.transitions import StaleState
from portal.accounts.models import Department, User

TITLE_LENGTH = 300


@dataclass(frozen=True)
class Limit:
    """A limit of the item's own for what the letter expects, in working days, and where it comes from."""

    amount: Decimal
    source: LimitSource


# Makes a process's own row for a receiver; answers what the receiver's duties are named after ("push:12").
Entry = Callable[[Recipient], str]


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
    meets: str = "",
    limit: Limit | None = None,
    entry: Entry | None = None,
) -> Letter:
    """Send one letter to one or more departments.

    It stands in each inbox at once: *delivered* is ``now``, in this transaction (mission, "Delivered").
    Each receiver then owes what the kind expects, named by ``entry`` (else after the receipt itself), within
    ``limit`` (else the rule in force). ``meets`` is the key of the duty that the sending meets. Every active
    address of a receiver gets a delivery off the platform; none of them moves the moment of delivery.
    Raises ``BadLetter`` without a receiver, for another case's file, for a personal number in the facts;
    ``ValueError`` for a duty that this kind of letter does not meet. For a department that has ended its
    successor sends and receives.
    """
    spec = spec_of(kind)
    day = timezone.localdate(now)
    sender = sender.acting_on(day)
    departments = list(dict.fromkeys(department.acting_on(day) for department in to))
    attached = list(dict.fromkeys(files))
    title = " ".join(title.split())[:TITLE_LENGTH]
    _check(departments, attached, case)
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
        sent_for_id=by.acting_for_id if by else None,
    )
    LetterFile.objects.bulk_create(
        LetterFile(letter=letter, file=file, sha256=file.sha256) for file in attached
    )
    _note_sent(letter, departments, attached, by=by, now=now)
    for department in departments:
        recipient = Recipient.objects.create(
            letter=letter, sender=sender, department=department, delivered_at=now
        )
        _expect(spec, recipient, limit, entry, by=by, now=now)
        if deliver_off_platform:
            _deliver_off_platform(letter, recipient, attached, now)
    if meets:
        _meet(spec, meets, letter, by=by, now=now)
    return letter


@transaction.atomic
def forward(recipient: Recipient, *, to: Department, by: User | None, now: datetime) -> Recipient:
    """Let the department that takes over what the letter expects have it, too: delivered there is ``now``.

    The former receipt stays with its facts; the duty is named by the new one from now on, and its clock is no
    matter of this act. Raises ``BadLetter`` for a department that got the letter already, ``StaleState`` when
    the receipt expects nothing (any more).
    """
    letter, duty = recipient.letter, recipient.duty
    if letter.recipients.filter(department=to).exists():
        raise BadLetter(f"{to.label}已收到过这份函件，不能再次转送。")
    if duty is None or not Recipient.objects.filter(pk=recipient.pk, duty=duty).update(duty=None):
        raise StaleState(f"recipient {recipient.pk} expects nothing")
    new = Recipient.objects.create(
        letter=letter, sender=recipient.sender, department=to, delivered_at=now, duty=duty
    )
    _deliver_off_platform(letter, new, list(letter.files.order_by("id")), now)
    record(
        "letter.forwarded",
        by=by,
        now=now,
        clause=letter.clause,
        department=recipient.department,
        case_number=letter.case.number,
        obj=new,
        number=letter.number,
        to=to.code,
    )
    return new


def _check(departments: list[Department], files: list[StoredFile], case: Case) -> None:
    if not departments:
        raise BadLetter("函件没有收函单位，不能发出。请先选择收函单位。")
    if any(file.case_id != case.pk for file in files):
        raise BadLetter("函件附件不属于本办件，不能随函发送。")


def _expect(
    spec: KindSpec,
    recipient: Recipient,
    limit: Limit | None,
    entry: Entry | None,
    *,
    by: User | None,
    now: datetime,
) -> None:
    """Start what the kind expects of this receiver, from its delivery on."""
    thread = entry(recipient) if entry else recipient.thread
    if spec.expects is None:
        return
    recipient.duty = clocks.start(
        key=f"{spec.expects}:{thread}",
        kind=spec.expects,
        holder=recipient.department,
        case=recipient.letter.case,
        now=now,
        by=by,
        amount=limit.amount if limit else None,
        source=limit.source if limit else None,
    )
    recipient.save(update_fields=["duty"])


def _meet(spec: KindSpec, key: str, letter: Letter, *, by: User | None, now: datetime) -> None:
    if DutyKind(key.partition(":")[0]) not in spec.meets:
        raise ValueError(f"a letter of kind {letter.kind} does not meet {key}")
    clocks.meet(key, by=by, now=now, evidence=letter.number)


def _note_sent(
    letter: Letter, to: list[Department], files: list[StoredFile], *, by: User | None, now: datetime
) -> None:
    record(
        "letter.sent",
        by=by,
        now=now,
        clause=letter.clause,
        department=letter.sender,
        case_number=letter.case.number,
        obj=letter,
        number=letter.number,
        kind=letter.kind,
        to=[department.code for department in to],
        files=[file.sha256 for file in files],
    )


def _deliver_off_platform(
    letter: Letter, recipient: Recipient, files: list[StoredFile], now: datetime
) -> None:
    """Owe the copies. Files that are too much for a mailbox are named in the mail and stay on the platform."""
    fits = fits_into_a_mail([file.size for file in files], settings.OUTBOX_MAIL_MAX_BYTES)
    for endpoint in Endpoint.objects.filter(department=recipient.department, active=True).order_by("id"):
        http = endpoint.channel == Channel.HTTP
        body = letter_payload(letter, recipient) if http else letter_text(letter, recipient, attached=fits)
        enqueue(
            dedup=f"letter:{letter.pk}:recipient:{recipient.pk}:endpoint:{endpoint.pk}",
            reference=f"recipient:{recipient.pk}",
            channel=Channel(endpoint.channel),
            endpoint=endpoint,
            address=endpoint.address,
            subject=f"【{letter.number}】{letter.title}",
            body=body,
            files=files if fits and not http else (),
            headers={"X-Letter-Number": letter.number, CASE_HEADER: letter.case.number},
            now=now,
        )
