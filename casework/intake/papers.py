"""Make the papers for the applicant from a case. Called by the actions, inside their transactions."""

from datetime import datetime
from typing import Any

from casework.core.cases.models import Case
from casework.core.clocks.models import Duty
from casework.core.letters import actions as letters
from casework.core.letters.models import Notice
from casework.core.licences.models import Licence
from casework.intake import queries, wording
from portal.accounts.models import User


def acceptance(
    case: Case, duty: Duty, *, complete_at: datetime, deemed: bool, by: User, now: datetime
) -> Notice:
    """受理通知书 with the date by which ``duty`` promises the decision (7.1; 行政许可法 32).

    ``complete_at``: receipt, or when everything that had to be corrected was there.
    """
    promised = queries.limit_of(case.guide_version, "promised")
    facts = wording.AcceptanceFacts(
        applicant=case.applicant_name,
        item=case.item.name,
        number=case.number,
        received_at=case.received_at,
        complete_at=complete_at,
        accepted_at=now,
        promised=str(promised) if promised else queries.in_words(duty.amount, duty.unit),
        due_at=duty.due_at,
        provisional=duty.provisional,
        deemed=deemed,
        materials=[row.name for row in case.materials.all() if row.provided],
    )
    return _notice(case, Notice.Kind.ACCEPTANCE, wording.acceptance(facts), by=by, now=now)


def correction(case: Case, wants: list[str], *, due_at: datetime | None, by: User, now: datetime) -> Notice:
    """补正告知书: everything at once (7.1; 行政许可法 32)."""
    paragraphs = wording.correction(
        applicant=case.applicant_name,
        item=case.item.name,
        number=case.number,
        received_at=case.received_at,
        wants=wants,
        due_at=due_at,
    )
    return _notice(case, Notice.Kind.CORRECTION, paragraphs, by=by, now=now)


def returned(case: Case, *, due_at: datetime | None, by: User | None, now: datetime) -> Notice:
    """退回申请告知书: the time for the correction is over (7.1)."""
    paragraphs = wording.returned(
        applicant=case.applicant_name,
        item=case.item.name,
        number=case.number,
        received_at=case.received_at,
        due_at=due_at,
    )
    return _notice(case, Notice.Kind.RETURN, paragraphs, by=by, now=now)


def refused_acceptance(case: Case, *, reasons: str, by: User, now: datetime) -> Notice:
    """不予受理决定书 (7.1; 行政许可法 32, 38)."""
    paragraphs = wording.refused_acceptance(
        applicant=case.applicant_name,
        item=case.item.name,
        number=case.number,
        received_at=case.received_at,
        reasons=reasons,
    )
    return _notice(case, Notice.Kind.REFUSED_ACCEPTANCE, paragraphs, by=by, now=now)


def decision(case: Case, decided: Any, licence: Licence | None, *, by: User, now: datetime) -> Notice:
    """准予 or 不予行政许可决定书; ``decided`` is the approved decision (7.4; 行政许可法 38)."""
    facts = wording.DecisionFacts(
        applicant=case.applicant_name,
        item=case.item.name,
        number=case.number,
        accepted_at=case.accepted_at,
        decided_at=case.decided_at,
        reasons=decided.reasons,
        basis=decided.basis,
    )
    if licence is None:
        return _notice(case, Notice.Kind.REFUSAL, wording.refusal(facts), by=by, now=now)
    paragraphs = wording.grant(
        facts,
        licence=licence.name,
        licence_number=licence.number,
        scope=licence.scope,
        validity=wording.validity(licence.valid_from, licence.valid_to),
    )
    return _notice(case, Notice.Kind.GRANT, paragraphs, by=by, now=now)


def _notice(
    case: Case, kind: Notice.Kind, paragraphs: list[str], *, by: User | None, now: datetime
) -> Notice:
    """The approval department is the organ whose paper it is; the window hands it over."""
    return letters.make_notice(
        kind=kind, case=case, issuer=case.approver, paragraphs=paragraphs, by=by, now=now
    )
