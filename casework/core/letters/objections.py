"""Object to a letter, answer the objection (疑义, 9.1): in writing, each a letter of its own. Exported by ``actions``."""

from collections.abc import Sequence
from datetime import datetime

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from casework.core.errors import Refusal
from casework.core.files import actions as files
from casework.core.files.models import StoredFile
from casework.core.letters import rules
from casework.core.letters.facts import ask, note, note_answer, set_once
from casework.core.letters.kinds import spec_of
from casework.core.letters.models import Objection, Recipient
from casework.core.letters.queries import objection_period
from casework.core.letters.rules import BadLetter
from casework.core.letters.sending import send
from casework.core.transitions import StaleState
from casework.core.worktime.queries import current_calendar
from portal.accounts.models import Department, User

Uploads = Sequence[UploadedFile]


class BadObjection(BadLetter):
    """The objection, or the answer to it, cannot be made that way."""


@transaction.atomic
def object_to(
    recipient: Recipient, *, reason: str, uploads: Uploads = (), by: User, now: datetime
) -> Objection:
    """Object to a letter in writing (疑义, 9.1), before or after its claim; the case's approver must answer.

    One that comes after its period is accepted and marked late by the due time that is kept with it. Raises
    ``BadObjection``, ``StaleState`` when the department objected or returned the letter already,
    ``NotPermitted``.
    """
    letter, reason = recipient.letter, reason.strip()
    spec, case = spec_of(letter.kind), letter.case
    ask(spec.may_object, recipient, by=by, now=now, otherwise="此类函件不能提出疑义。")
    if why := rules.why_not_object(reason):
        raise BadObjection(why, field="reason")
    period = objection_period(recipient, current_calendar())
    if spec.objection is None or period is None:
        raise BadObjection("此类函件不能提出疑义。")
    set_once(
        recipient,
        Recipient.objects.filter(objected_at=None, returned_at=None),
        objected_at=now,
        objected_by=by,
        objected_for_id=by.acting_for_id,
    )
    carried = send(
        kind=spec.objection,
        case=case,
        sender=recipient.department,
        to=[case.approver],
        title=f"关于{letter.number}的疑义反馈",
        facts=_facts(recipient, {"疑义内容": reason, **_said_of(period, now)}),
        files=_store(recipient, uploads, "疑义附件", recipient.department, by=by, now=now),
        by=by,
        now=now,
        entry=lambda _: recipient.thread,
    )
    return _keep(recipient, carried.recipients.get(), reason, period, by=by, now=now)


def _keep(
    recipient: Recipient, asked: Recipient, reason: str, period: rules.Period, *, by: User, now: datetime
) -> Objection:
    """The objection with the due time that it is judged by, and its line in the ledger: without its words."""
    objection = Objection.objects.create(
        recipient=recipient, asked=asked, reason=reason, rule=period.rule, due_at=period.ends_at
    )
    due = period.ends_at.isoformat() if period.ends_at else None
    number, late = asked.letter.number, objection.is_late
    note("letter.objected", recipient, by=by, now=now, letter=number, late=late, due_at=due)
    return objection


@transaction.atomic
def answer_objection(
    objection: Objection, *, text: str, uploads: Uploads = (), by: User, now: datetime
) -> Objection:
    """Answer an objection in writing (9.1): the answer goes to the objector as a letter and meets the duty.

    Raises ``BadObjection``, ``StaleState`` when a colleague answered first, ``NotPermitted``.
    """
    asked, text = objection.asked, text.strip()
    letter, spec = asked.letter, spec_of(asked.letter.kind)
    ask(spec.may_answer, asked, by=by, now=now, otherwise="此类函件不需要答复。")
    if why := rules.why_not_answer(text):
        raise BadObjection(why, field="text")
    if spec.answer is None:
        raise BadObjection("此类函件不需要答复。")
    note_answer(asked, by=by, now=now)
    answer = send(
        kind=spec.answer,
        case=letter.case,
        sender=asked.department,
        to=[objection.recipient.department],
        title=f"关于{letter.number}的答复",
        facts=_facts(asked, {"答复内容": text}),
        files=_store(asked, uploads, "疑义答复附件", asked.department, by=by, now=now),
        by=by,
        now=now,
        meets=asked.duty.key if asked.duty else "",
    )
    unanswered = Objection.objects.filter(pk=objection.pk, answer_letter=None)
    if not unanswered.update(answer=text, answer_letter=answer):
        raise StaleState(f"objection {objection.pk} was answered already")
    objection.answer, objection.answer_letter = text, answer
    return objection


def _facts(recipient: Recipient, said: dict[str, object]) -> dict[str, object]:
    """What the letter about ``recipient``'s letter says: which case, which letter, and then ``said``."""
    case = recipient.letter.case
    about = {"办件编号": case.number, "事项名称": case.item.name, "针对函件": recipient.letter.number}
    return {**about, **said}


def _said_of(period: rules.Period, now: datetime) -> dict[str, object]:
    """Whether the objection is in time, as the letter says it."""
    ends = period.ends_at
    words = f"{timezone.localtime(ends):%Y年%m月%d日 %H:%M}" if ends else "尚未起算"
    return {"提出期限": words, "是否逾期提出": period.ended_by(now)}


def _store(
    recipient: Recipient, uploads: Uploads, purpose: str, department: Department, *, by: User, now: datetime
) -> list[StoredFile]:
    """Keep what goes with an objection or an answer; a refused file is named at its field."""
    try:
        return files.store_all(
            case=recipient.letter.case,
            uploads=uploads,
            purpose=purpose,
            department=department,
            by=by,
            now=now,
        )
    except Refusal as refusal:
        raise BadObjection(str(refusal), field="attachments") from refusal
