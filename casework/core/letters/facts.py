"""What a receiver does with a letter: open, claim, return, answer. Exported by ``actions``.

Each is one fact with actor and time, set once by a conditional update. Which acts a kind of letter knows, who
may do them and which duties they meet and start stands in ``kinds.py``.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from casework.core.access import Can, access_of, check
from casework.core.clocks import actions as clocks
from casework.core.ledger.actions import record
from casework.core.letters.kinds import spec_of
from casework.core.letters.models import Recipient
from casework.core.letters.rules import BadLetter, why_not_said
from casework.core.rules_data.models import DutyKind
from casework.core.transitions import StaleState
from portal.accounts.models import Department, User

REASON_LENGTH = 500
EVENT_LENGTH = 300  # of the reason of a duty's event


class BadReturn(BadLetter):
    """A letter cannot be returned that way."""


@transaction.atomic
def open_letter(recipient: Recipient, *, by: User, now: datetime) -> bool:
    """Note that ``by`` opened the letter; True the first time, later openings change nothing.

    The caller has asked whether the letter is theirs to open.
    """
    unopened = Recipient.objects.filter(pk=recipient.pk, opened_at=None)
    facts = {"opened_at": now, "opened_by": by, "opened_for_id": by.acting_for_id}
    if not unopened.update(**facts):
        return False
    for name, value in facts.items():
        setattr(recipient, name, value)
    note("letter.opened", recipient, by=by, now=now)
    return True


@transaction.atomic
def open_all(recipients: Sequence[Recipient], *, by: User, now: datetime) -> None:
    """``open_letter`` for every one of ``recipients``; a substitute opens it in whose name it could be settled.

    Raises ``NotPermitted``.
    """
    for recipient in recipients:
        check(by, _may_open(recipient, by, now), recipient.department_id, now)
        open_letter(recipient, by=by, now=now)


def _may_open(recipient: Recipient, by: User, now: datetime) -> Can:
    """Whoever reads the department's letters opens them: as part of what the letter asks for, where that may be."""
    spec = spec_of(recipient.letter.kind)
    asked = spec.may_claim or spec.may_answer
    allowed = asked is not None and access_of(by, now).can(asked, recipient.department_id)
    return asked if asked is not None and allowed else Can.READ_CASES


@transaction.atomic
def claim(recipient: Recipient, *, by: User, now: datetime, goes_on: bool = True) -> None:
    """Claim the letter (认领, 9.1): meets what it expected, starts what a claim starts.

    ``goes_on=False``: nothing follows from this claim (a refused result has no holder to supervise). Raises
    ``BadLetter`` for a kind without claim, ``StaleState`` when it was claimed or returned meanwhile,
    ``NotPermitted``.
    """
    spec = spec_of(recipient.letter.kind)
    ask(spec.may_claim, recipient, by=by, now=now, otherwise="此类函件不需要认领。")
    set_once(
        recipient,
        Recipient.objects.filter(claimed_at=None, returned_at=None),
        claimed_at=now,
        claimed_by=by,
        settled_for_id=by.acting_for_id,
    )
    note("letter.claimed", recipient, by=by, now=now)
    _meet(recipient, by=by, now=now, evidence=recipient.letter.number)
    if spec.claim_starts and goes_on:
        _start(spec.claim_starts, recipient, recipient.department, by=by, now=now)


@transaction.atomic
def return_letter(recipient: Recipient, *, reason: str, by: User, now: datetime) -> None:
    """Return the letter with a reason (退回, 9.1): what it expected ends, the approver must act.

    Raises ``BadReturn``, ``StaleState`` when it was claimed or returned meanwhile, ``NotPermitted``.
    """
    reason, spec = reason.strip(), spec_of(recipient.letter.kind)
    ask(spec.may_return, recipient, by=by, now=now, otherwise="此类函件不能退回。")
    if not reason:
        raise BadReturn("退回须说明理由。", field="reason")
    if len(reason) > REASON_LENGTH:
        raise BadReturn(f"退回理由不超过{REASON_LENGTH}字，请精简。", field="reason")
    if why := why_not_said(reason):
        raise BadReturn(why, field="reason")
    set_once(
        recipient,
        Recipient.objects.filter(claimed_at=None, returned_at=None),
        returned_at=now,
        returned_by=by,
        return_reason=reason,
        settled_for_id=by.acting_for_id,
    )
    note("letter.returned", recipient, by=by, now=now)
    if recipient.duty:
        clocks.void(recipient.duty.key, by=by, now=now, reason=f"退回：{reason}"[:EVENT_LENGTH])
    if spec.return_starts:
        _start(spec.return_starts, recipient, recipient.letter.case.approver, by=by, now=now)


@transaction.atomic
def answer(recipient: Recipient, *, by: User, now: datetime, evidence: str) -> None:
    """Note that the receiver answered (答复), and meet what the letter expected; ``evidence`` names the answer.

    Raises ``BadLetter`` for a kind that is not answered, ``StaleState`` when it was answered already,
    ``NotPermitted``.
    """
    note_answer(recipient, by=by, now=now)
    _meet(recipient, by=by, now=now, evidence=evidence)


def note_answer(recipient: Recipient, *, by: User, now: datetime) -> None:
    """The fact alone: for an answer that is itself a letter, whose sending meets the duty."""
    spec = spec_of(recipient.letter.kind)
    ask(spec.may_answer, recipient, by=by, now=now, otherwise="此类函件不需要答复。")
    set_once(
        recipient,
        Recipient.objects.filter(answered_at=None),
        answered_at=now,
        answered_by=by,
        answered_for_id=by.acting_for_id,
    )
    note("letter.answered", recipient, by=by, now=now)


def ask(permission: Can | None, recipient: Recipient, *, by: User, now: datetime, otherwise: str) -> None:
    """Raise ``BadLetter`` with ``otherwise`` when there is no such act, ``NotPermitted`` without the right."""
    if permission is None:
        raise BadLetter(otherwise)
    check(by, permission, recipient.department_id, now)


def set_once(recipient: Recipient, free: Any, **facts: Any) -> None:
    """Set ``facts`` if the row is still among ``free``; else ``StaleState``."""
    if not free.filter(pk=recipient.pk).update(**facts):
        raise StaleState(f"recipient {recipient.pk}: {', '.join(facts)} came too late")
    for name, value in facts.items():
        setattr(recipient, name, value)


def note(action: str, recipient: Recipient, *, by: User, now: datetime, **payload: object) -> None:
    """A ledger entry about what the receiver did."""
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
        **payload,
    )


def _meet(recipient: Recipient, *, by: User, now: datetime, evidence: str) -> None:
    if recipient.duty:
        clocks.meet(recipient.duty.key, by=by, now=now, evidence=evidence)


def _start(kind: DutyKind, recipient: Recipient, holder: Department, *, by: User, now: datetime) -> None:
    case = recipient.letter.case
    clocks.start(key=f"{kind}:{recipient.thread}", kind=kind, holder=holder, case=case, now=now, by=by)
