"""Hand an opinion to the department that it belongs to (改派, 7.2, 7.3): duty, circulation and letter together.

Only opinions are handed on like this. What the window and the approver owe is theirs by law as long as the case
is; a result that belongs to another supervisor is returned and pushed again (9.1).
"""

from datetime import datetime

from django.db import transaction

from casework.approval import queries, rules
from casework.approval.models import Circulation, CirculationState
from casework.core.access import Can, NotPermitted, access_of, check
from casework.core.cases.actions import lock, take_part
from casework.core.cases.models import Case, Participation
from casework.core.clocks import actions as clocks
from casework.core.clocks.models import Duty, DutyEvent
from casework.core.errors import Refusal
from casework.core.letters import actions as letters
from casework.core.letters.rules import why_not_said
from casework.core.rules_data.models import DutyKind
from casework.core.transitions import StaleState
from portal.accounts.models import Department, User

REASSIGNABLE = frozenset({DutyKind.OPINION})


class NotThisDuty(Refusal):
    """A duty of this kind is not handed to another department."""


class BadReassignment(Refusal):
    """The opinion cannot be handed to this department, or not now."""


@transaction.atomic
def reassign(duty: Duty, *, to: Department, reason: str, by: User, now: datetime) -> Duty:
    """Hand the opinion and its clock, which runs on, to ``to``; the leader of the unit that holds it does.

    The new unit gets the letter, takes part in the case and is told; the former one keeps its receipt and may
    still read. Raises ``NotThisDuty``, ``BadReassignment``, ``MissingReason``, ``StaleState`` when it is
    somebody else's or closed meanwhile, ``NotPermitted``.
    """
    _check_holder(duty, by, now)
    if duty.kind not in REASSIGNABLE or duty.case is None:
        raise NotThisDuty("只有联合审批意见可以改派；办理结果不属于本部门监管的，请退回并说明理由。")
    reason, before = reason.strip(), duty.holder_id
    lock(duty.case)
    circulation = queries.circulation_of(duty)
    if circulation is None:
        raise StaleState(duty.key)
    _refuse(circulation, to, reason, now)
    waiting = Circulation.objects.filter(pk=circulation.pk, unit=before, state=CirculationState.WAITING)
    if not waiting.update(unit=to):
        raise StaleState(duty.key)
    duty = clocks.reassign(duty, to=to, by=by, now=now, reason=reason)
    _hand_letter_over(circulation, duty.case or circulation.case, to, by=by, now=now)
    return duty


def _check_holder(duty: Duty, by: User, now: datetime) -> None:
    """Whoever leads the holder may; for who led a former one it is taken already, and what was written is kept."""
    try:
        check(by, Can.REASSIGN_DUTY, duty.holder_id, now)
    except NotPermitted:
        handed = duty.events.filter(kind=DutyEvent.Kind.REASSIGNED)
        former = set(handed.values_list("holder_before_id", flat=True))
        if former.isdisjoint(access_of(by, now).departments(Can.REASSIGN_DUTY)):
            raise
        raise StaleState(duty.key) from None


def _hand_letter_over(
    circulation: Circulation, case: Case, to: Department, *, by: User, now: datetime
) -> None:
    """The letter goes on to ``to``, which answers it and sees the case from now on."""
    receipt = letters.forward(circulation.recipient, to=to, by=by, now=now)
    Circulation.objects.filter(pk=circulation.pk).update(recipient=receipt)
    take_part(case, to, Participation.Capacity.UNIT, now=now)


def _refuse(circulation: Circulation, to: Department, reason: str, now: datetime) -> None:
    unit = rules.NewUnit(
        department_id=to.pk,
        name=to.label,
        is_active=queries.active_departments(now).filter(pk=to.pk).exists(),
        gives_opinions=queries.units_to_add(now).filter(pk=to.pk).exists(),
    )
    field, why = rules.refuses_reassignment(
        unit,
        circulation_state=circulation.state,
        holder_id=circulation.unit_id,
        approver_id=queries.approver_today(circulation.case, now).pk,
        asked=queries.units_asked(circulation.case, now),
    )
    if why:
        raise BadReassignment(why, field=field)
    if why := why_not_said(reason):
        raise BadReassignment(why, field="reason")
