"""一次性告知补正 (7.1; 行政许可法 32): one notice of everything, the applicant's time, the new start or the return."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction

from casework.core.access import Can, check
from casework.core.cases.actions import lock
from casework.core.cases.models import Case, CaseState
from casework.core.clocks import actions as clocks
from casework.core.clocks.events import DutyLapsed
from casework.core.clocks.models import Duty
from casework.core.errors import Refusal
from casework.core.letters.models import Notice
from casework.core.rules_data.models import DutyKind
from casework.core.transitions import StaleState, move
from casework.intake import papers, queries, rules
from casework.intake.correction_models import CorrectionItem, CorrectionRequest
from casework.intake.materials import note
from portal.accounts.models import User

EXPIRED = "申请人逾期没有补正齐全，申请已退回"


class BadCorrection(Refusal):
    """The notice cannot be given like this, or not any more."""


class NotCorrected(Refusal):
    """Something of the notice is still wanting, or the applicant's time is over."""


@transaction.atomic
def request_correction(
    case: Case, *, wants: Mapping[int, str], other: str = "", by: User, now: datetime
) -> Notice:
    """Tell the applicant once and completely what has to be corrected; returns the 补正告知书.

    ``wants``: position of a material → what is to be done about it; ``other``: what no material stands for,
    one thing a line. Meets the acceptance duty; the applicant's time begins. Raises ``BadCorrection`` (nothing
    named, a missing material left out, a second notice, too late), ``StaleState``, ``NotPermitted``.
    """
    check(by, Can.ACCEPT_CASE, case.window_id, now)
    case.state = lock(case)
    if case.state not in (CaseState.RECEIVED, CaseState.CORRECTING):
        raise StaleState(f"case {case.pk} is no longer waiting for acceptance")
    duty = queries.acceptance_duty(case)
    asked = {position: what.strip() for position, what in wants.items() if what.strip()}
    others = [line.strip() for line in other.splitlines() if line.strip()]
    field, why = rules.refuses_correction(
        set(asked),
        others,
        queries.numbered_checklist(case),
        asked_before=CorrectionRequest.objects.filter(case=case).exists(),
        deemed=rules.deemed_accepted(duty.due_at, now),
    )
    if why:
        raise BadCorrection(why, field=field)
    move(case, new=CaseState.CORRECTING, moves=rules.MOVES, by=by, now=now)
    waiting = _wait(case, by=by, now=now)
    rows = {row.position: row for row in case.materials.filter(position__in=asked)}
    words = [f"{rows[position].name}：{what}" for position, what in sorted(asked.items())] + others
    notice = papers.correction(case, words, due_at=waiting.due_at, by=by, now=now)
    correction = CorrectionRequest.objects.create(
        case=case, notice=notice, asked_at=now, asked_by=by, asked_for_id=by.acting_for_id
    )
    items = [
        CorrectionItem(correction=correction, material=rows[position], what=what)
        for position, what in sorted(asked.items())
    ]
    items += [CorrectionItem(correction=correction, what=what) for what in others]
    CorrectionItem.objects.bulk_create(items)
    clocks.meet(duty.key, by=by, now=now, evidence=notice.number)
    note("intake.correction_requested", case, by=by, now=now, notice=notice.number, items=len(items))
    return notice


def _wait(case: Case, *, by: User, now: datetime) -> Duty:
    """The applicant's time. The window holds the clock, to remind the applicant; nobody there owes it."""
    key = f"correct:case:{case.pk}"
    return clocks.start(key=key, kind=DutyKind.CORRECT, holder=case.window, case=case, now=now, by=by)


@transaction.atomic
def resubmit(case: Case, *, settled: Collection[int] = (), by: User, now: datetime) -> Duty:
    """Record that everything was corrected in time; returns the new acceptance duty: five days begin anew.

    ``settled``: ids of the items without a material that the window found settled. Raises ``NotCorrected``,
    ``StaleState``, ``NotPermitted``.
    """
    check(by, Can.ACCEPT_CASE, case.window_id, now)
    case.state = lock(case)
    if case.state != CaseState.CORRECTING:
        raise StaleState(f"case {case.pk} is not waiting for a correction")
    waiting = Duty.objects.get(key=f"correct:case:{case.pk}")
    items = CorrectionItem.objects.filter(correction__case=case, met_at=None)
    left = [item.label for item in items if item.material_id or item.pk not in settled]
    why = rules.refuses_resubmission(left, due_at=waiting.due_at, now=now)
    if why:
        raise NotCorrected(why)
    items.update(met_at=now)
    move(case, new=CaseState.RECEIVED, moves=rules.MOVES, by=by, now=now)
    CorrectionRequest.objects.filter(case=case).update(resubmitted_at=now, resubmitted_by=by)
    clocks.meet(waiting.key, by=by, now=now)
    duty = clocks.start(
        key=f"accept:resubmitted:{case.pk}",
        kind=DutyKind.ACCEPT,
        holder=case.window,
        case=case,
        now=now,
        by=by,
    )
    note("intake.resubmitted", case, by=by, now=now)
    return duty


@transaction.atomic
def return_uncorrected(event: DutyLapsed) -> None:
    """The applicant's time is over without a complete correction: the application goes back, with a letter (7.1).

    The case's row is held without waiting, as ``deem_accepted`` does.
    """
    duty = event.duty
    if duty.kind != DutyKind.CORRECT or duty.case_id is None:
        return
    rows = Case.objects.select_related("approver", "window", "item").select_for_update(
        nowait=True, of=("self",)
    )
    case = rows.get(pk=duty.case_id)
    if case.state != CaseState.CORRECTING:
        return
    move(case, new=CaseState.RETURNED, moves=rules.MOVES, by=event.by, now=event.now)
    CorrectionRequest.objects.filter(case=case).update(returned_at=event.now)
    notice = papers.returned(case, due_at=duty.due_at, by=event.by, now=event.now)
    clocks.void(duty.key, by=event.by, now=event.now, reason=EXPIRED)
    note("intake.returned", case, by=event.by, now=event.now, notice=notice.number)
