"""The units' acts: draft, sign, send back (7.3). Two facts, two persons. Exported by ``actions``."""

from datetime import datetime

from django.db import models, transaction

from casework.approval import queries, rules
from casework.approval.events import OpinionGiven
from casework.approval.models import Circulation, CirculationState, Opinion, OpinionOutcome
from casework.core.access import Can, check, people_behind
from casework.core.cases.actions import lock
from casework.core.cases.models import Case
from casework.core.errors import Refusal
from casework.core.events import emit
from casework.core.ledger.actions import record
from casework.core.letters import actions as letters
from casework.core.letters.rules import why_not_said
from casework.core.transitions import StaleState, move
from portal.accounts.models import Department, User

CLAUSE = "7.3"


class BadOpinion(Refusal):
    """The opinion cannot be given as it stands."""


class SameDrafter(Refusal):
    """Drafter and signer of an opinion must be two people (7.3)."""


@transaction.atomic
def draft_opinion(
    circulation: Circulation,
    *,
    outcome: OpinionOutcome | str,
    reasons: str,
    basis: str,
    by: User,
    now: datetime,
) -> Opinion:
    """Draft the unit's opinion for its leader (7.3). A signed one may be replaced while the case is undecided.

    Raises ``BadOpinion``, ``StaleState`` when a draft waits already or the case moved on, ``NotPermitted``.
    """
    check(by, Can.DRAFT_OPINION, circulation.unit_id, now)
    field, why = rules.refuses_opinion(outcome, reasons=reasons, basis=basis)
    if why:
        raise BadOpinion(why, field=field)
    for name, text in (("reasons", reasons), ("basis", basis)):
        if why := why_not_said(text):
            raise BadOpinion(why, field=name)
    _still_open(circulation)
    move(circulation, new=CirculationState.DRAFTED, moves=rules.CIRCULATION_MOVES, by=by, now=now)
    opinion = Opinion.objects.create(
        circulation=circulation,
        version=circulation.opinions.count() + 1,
        outcome=outcome,
        reasons=reasons.strip(),
        basis=basis.strip(),
        drafted_by=by,
        drafted_for_id=by.acting_for_id,
        drafted_at=now,
    )
    _note_opinion("approval.opinion_drafted", circulation, opinion, by=by, now=now)
    return opinion


@transaction.atomic
def sign_opinion(circulation: Circulation, *, by: User, now: datetime, version: int | None = None) -> Opinion:
    """Sign the drafted opinion (签发, 7.3): it is the unit's opinion now and meets its duty.

    ``version`` is the draft that the reader saw. Raises ``SameDrafter``, ``StaleState``, ``NotPermitted``.
    """
    check(by, Can.SIGN_OPINION, circulation.unit_id, now)
    opinion = _draft(circulation, version)
    if why := rules.refuses_signer(opinion.authors, people_behind(by.pk, by.acting_for_id)):
        raise SameDrafter(why)
    move(circulation, new=CirculationState.ANSWERED, moves=rules.CIRCULATION_MOVES, by=by, now=now)
    opinion.signed_by, opinion.signed_for_id, opinion.signed_at = by, by.acting_for_id, now
    opinion.save(update_fields=["signed_by", "signed_for", "signed_at"])
    if circulation.recipient.answered_at is None:  # a replaced opinion answered before
        letters.answer(circulation.recipient, by=by, now=now, evidence=f"opinion:{opinion.pk}")
    _note_opinion("approval.opinion_signed", circulation, opinion, by=by, now=now)
    emit(OpinionGiven(circulation=circulation, by=by, now=now))
    return opinion


@transaction.atomic
def send_back_opinion(
    circulation: Circulation, *, reason: str, by: User, now: datetime, version: int | None = None
) -> Opinion:
    """Send a draft back to be changed (退回修改, 7.3). An opinion signed earlier does not come back into force.

    Raises ``SameDrafter``, ``BadOpinion`` without a reason, ``StaleState``, ``NotPermitted``.
    """
    check(by, Can.SIGN_OPINION, circulation.unit_id, now)
    opinion = _draft(circulation, version)
    if why := rules.refuses_signer(opinion.authors, people_behind(by.pk, by.acting_for_id)):
        raise SameDrafter(why)
    if not reason.strip():
        raise BadOpinion("请写明退回修改的意见。", field="reason")
    move(circulation, new=CirculationState.WAITING, moves=rules.CIRCULATION_MOVES, by=by, now=now)
    opinion.sent_back_reason = reason.strip()
    opinion.save(update_fields=["sent_back_reason"])
    _note_opinion("approval.opinion_sent_back", circulation, opinion, by=by, now=now)
    return opinion


def note(
    action: str,
    case: Case,
    *,
    department: Department,
    by: User,
    now: datetime,
    clause: str = CLAUSE,
    obj: models.Model | None = None,
    **payload: object,
) -> None:
    """A ledger entry about ``case``; it names no applicant."""
    record(
        action,
        by=by,
        now=now,
        clause=clause,
        department=department,
        case_number=case.number,
        obj=obj or case,
        **payload,
    )


def _note_opinion(
    action: str, circulation: Circulation, opinion: Opinion, *, by: User, now: datetime
) -> None:
    note(
        action,
        circulation.case,
        department=circulation.unit,
        by=by,
        now=now,
        obj=opinion,
        outcome=str(opinion.outcome),
        version=opinion.version,
    )


def _still_open(circulation: Circulation) -> None:
    """Lock the case; ``StaleState`` unless its opinions may still change."""
    state = lock(circulation.case)
    if not rules.takes_opinion(state, has_signed=queries.has_signed(circulation)):
        raise StaleState(f"case {circulation.case_id} takes no opinions any more")


def _draft(circulation: Circulation, version: int | None) -> Opinion:
    """The draft waiting for a signature; ``StaleState`` when it is not the one that was seen."""
    _still_open(circulation)
    opinion = queries.latest(circulation)
    drafted = circulation.state == CirculationState.DRAFTED
    if not drafted or opinion is None or version not in (None, opinion.version):
        raise StaleState(f"circulation {circulation.pk} has no such draft")
    return opinion
