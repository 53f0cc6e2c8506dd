"""The applicant takes the application back: the case ends, and with it everything still owed (7.1)."""

from datetime import datetime

from django.db import transaction

from casework.core.access import Can, check
from casework.core.cases.actions import lock
from casework.core.cases.models import Case, CaseState
from casework.core.clocks import actions as clocks
from casework.core.clocks.models import Duty
from casework.core.errors import Refusal
from casework.core.events import emit
from casework.core.letters import actions as letters
from casework.core.letters.models import Notice
from casework.core.letters.rules import why_not_said
from casework.core.transitions import move
from casework.intake import rules, wording
from casework.intake.events import CaseWithdrawn
from casework.intake.materials import note
from portal.accounts.models import User

ENDED = "申请人撤回申请，办件终止，不再需要完成"


class ReasonNeeded(Refusal):
    """A withdrawal is recorded with what the applicant said."""


@transaction.atomic
def withdraw(case: Case, *, reason: str, by: User, now: datetime) -> Notice:
    """Record that the applicant withdrew (撤回申请); returns the 终止办理告知书.

    Every open duty of the case ends with the reason; one that was late keeps its lapse (11). Raises
    ``ReasonNeeded``, ``StaleState`` once the case is decided or ended, ``NotPermitted``.
    """
    check(by, Can.WITHDRAW_CASE, case.window_id, now)
    reason = reason.strip()
    if not reason:
        raise ReasonNeeded("请写明申请人撤回的事由。", field="reason")
    if why := why_not_said(reason):
        raise ReasonNeeded(why, field="reason")
    case.state = lock(case)
    move(case, new=CaseState.WITHDRAWN, moves=rules.WITHDRAWALS, by=by, now=now)
    for key in Duty.objects.open().filter(case=case).order_by("pk").values_list("key", flat=True):
        clocks.void(key, by=by, now=now, reason=ENDED)
    notice = letters.make_notice(
        kind=Notice.Kind.WITHDRAWAL,
        case=case,
        issuer=case.approver,
        paragraphs=wording.withdrawal(
            applicant=case.applicant_name,
            item=case.item.name,
            number=case.number,
            received_at=case.received_at,
            withdrawn_at=now,
            reason=reason,
        ),
        by=by,
        now=now,
    )
    note("intake.withdrawn", case, by=by, now=now, notice=notice.number)
    emit(CaseWithdrawn(case=case, by=by, now=now))
    return notice
