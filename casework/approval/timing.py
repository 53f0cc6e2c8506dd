"""The clocks of an approval: stood still by law, extended with approval (7.3; 行政许可法 42, 45)."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from casework.approval import papers, queries
from casework.core.access import Can, check
from casework.core.clocks import actions as clocks
from casework.core.clocks import extensions
from casework.core.clocks.models import Duty, Extension, PauseCause
from casework.core.errors import Refusal
from casework.core.rules_data.models import DutyKind
from portal.accounts.models import User

# Whose time the law leaves out (行政许可法 45: 本节规定的期限), and whose it lets be extended (42).
PAUSABLE = frozenset({DutyKind.DECIDE, DutyKind.OPINION})
EXTENDABLE = frozenset({DutyKind.DECIDE})


class NotThisClock(Refusal):
    """The law does not let this clock be stopped or extended."""


def pause(duty: Duty, *, cause: PauseCause | str, reason: str, basis: str, by: User, now: datetime) -> Duty:
    """Stop the clock for a cause that the law names (行政许可法 45).

    Raises ``NotThisClock``, what ``clocks.pause`` raises, ``NotPermitted``.
    """
    check(by, Can.PAUSE_CLOCK, duty.holder_id, now)
    if duty.kind not in PAUSABLE:
        raise NotThisClock("只有审批决定和联合审批意见的时限可以依法暂停计时。")
    return clocks.pause(duty, cause=cause, reason=reason.strip(), basis=basis.strip(), by=by, now=now)


def resume(duty: Duty, *, by: User, now: datetime) -> Duty:
    """Let the clock run on. Raises ``NotRunning``, ``NoOpenDuty``, ``NotPermitted``."""
    check(by, Can.PAUSE_CLOCK, duty.holder_id, now)
    return clocks.resume(duty, by=by, now=now)


def ask_extension(
    duty: Duty, *, amount: Decimal, reason: str, basis: str, by: User, now: datetime
) -> Extension:
    """Ask the leader for more time, as much as the item's law allows (行政许可法 42).

    Raises ``NotThisClock``, what ``extensions.ask`` raises, ``NotPermitted``.
    """
    check(by, Can.ASK_EXTENSION, duty.holder_id, now)
    if duty.kind not in EXTENDABLE or duty.case is None:
        raise NotThisClock("只有审批决定的时限可以申请延期。")
    allowed = queries.extension_allowed(duty)
    return extensions.ask(duty, amount=amount, allowed=allowed, reason=reason, basis=basis, by=by, now=now)


@transaction.atomic
def approve_extension(asked: Extension, *, by: User, now: datetime) -> Duty:
    """Grant more time; the applicant is told the reasons by a paper (行政许可法 42).

    Raises ``SameAsker``, ``AlreadyLate``, ``StaleState``, ``NotPermitted``.
    """
    check(by, Can.APPROVE_EXTENSION, asked.duty.holder_id, now)
    duty = extensions.approve(asked, by=by, now=now)
    if duty.case is not None:
        papers.extension(duty.case, duty, asked, by=by, now=now)
    return duty


def refuse_extension(asked: Extension, *, reason: str, by: User, now: datetime) -> None:
    """Refuse more time, with the reason. Raises ``MissingReason``, ``SameAsker``, ``StaleState``, ``NotPermitted``."""
    check(by, Can.APPROVE_EXTENSION, asked.duty.holder_id, now)
    extensions.refuse(asked, reason=reason, by=by, now=now)
