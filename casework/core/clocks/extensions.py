"""More time with approval (行政许可法 42): the handler asks, the leader grants or refuses; once, and in time.

None of these check a permission: the process that calls them does.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from casework.core.access import people_behind
from casework.core.clocks.changes import MissingReason, extend, refuse_late
from casework.core.clocks.facts import locked, tell
from casework.core.clocks.models import Duty, Extension, ExtensionState
from casework.core.errors import Refusal
from casework.core.transitions import Moves, StaleState, move
from casework.core.worktime.arithmetic import BadAmount, total_of
from casework.core.worktime.explain import AMOUNT_WORDS
from casework.core.worktime.units import Unit
from portal.accounts.models import User

MOVES: Moves = {ExtensionState.ASKED: frozenset({ExtensionState.APPROVED, ExtensionState.REFUSED})}


class NotAllowed(Refusal):
    """The law or the item does not give this much more time, or not again."""


class SameAsker(Refusal):
    """Who asks for more time and who grants it must be two people (行政许可法 42)."""


@transaction.atomic
def ask(
    duty: Duty, *, amount: Decimal, allowed: Decimal, reason: str, basis: str, by: User, now: datetime
) -> Extension:
    """Ask for ``amount`` more, at most ``allowed``, both in the duty's unit; the clock runs on meanwhile.

    Raises ``MissingReason``, ``NotAllowed``, ``AlreadyLate``, ``NoOpenDuty``, and ``StaleState`` when somebody
    asked first.
    """
    for field, text in (("reason", reason), ("basis", basis)):
        if not text.strip():
            raise MissingReason("请填写延期的理由和依据。", field=field)
    duty = locked(pk=duty.pk)
    refuse_late(duty, now, "申请延期")
    if why := refuses_amount(duty, amount, allowed, [row.state for row in duty.extensions.all()]):
        raise NotAllowed(why, field="amount")
    try:
        with transaction.atomic():
            asked = Extension.objects.create(
                duty=duty,
                amount=amount,
                reason=reason.strip(),
                basis=basis.strip(),
                asked_by=by,
                asked_for_id=by.acting_for_id,
                asked_at=now,
            )
    except IntegrityError as taken:
        raise StaleState(duty.key) from taken
    _tell(asked, "duty.extension_asked", by=by, now=now, basis=asked.basis)
    return asked


@transaction.atomic
def approve(asked: Extension, *, by: User, now: datetime) -> Duty:
    """Grant the extension: the clock moves. Raises ``SameAsker``, ``AlreadyLate``, ``StaleState``."""
    duty = locked(pk=asked.duty_id)
    _decide(asked, ExtensionState.APPROVED, by=by, now=now)
    duty = extend(duty, by=by, now=now, amount=asked.amount, reason=asked.reason, basis=asked.basis)
    _tell(asked, "duty.extension_approved", by=by, now=now, due_at=duty.due_at)
    return duty


@transaction.atomic
def refuse(asked: Extension, *, reason: str, by: User, now: datetime) -> None:
    """Refuse the extension with a reason: nothing moves. Raises ``MissingReason``, ``SameAsker``, ``StaleState``."""
    if not reason.strip():
        raise MissingReason("请写明不予批准的理由。", field="refusal")
    locked(pk=asked.duty_id)
    _decide(asked, ExtensionState.REFUSED, by=by, now=now, refusal=reason.strip())
    _tell(asked, "duty.extension_refused", by=by, now=now)


def refuses_amount(duty: Duty, amount: Decimal, allowed: Decimal, before: list[str]) -> str:
    """Why this much more time cannot be asked for, "" when it can. ``before``: states of earlier requests."""
    if ExtensionState.APPROVED in before:
        return "该任务已经批准延长过一次，不能再次延长。"
    if ExtensionState.ASKED in before:
        return "已有延期申请等待批准，请勿重复申请。"
    if allowed <= 0:
        return "该事项的法定时限没有规定可以延长，或者与本任务的时限单位不同，不能申请延期。"
    try:
        total_of(amount, Unit(duty.unit))
    except BadAmount:
        return "延长的时限须大于零：工作日以0.5为单位，自然日和月须为整数。"
    if amount > allowed:
        return f"最多可以延长{allowed.normalize():f}{AMOUNT_WORDS[Unit(duty.unit)]}。"
    return ""


def refuses_decider(asked: Extension, by: User) -> str:
    """Why this person may not decide on the request, "" when they may: two facts, two people."""
    if people_behind(asked.asked_by_id, asked.asked_for_id) & people_behind(by.pk, by.acting_for_id):
        return "申请延期的人不能批准本人的申请，本人代理他人或由他人代理的也不行。请由其他负责人批准。"
    return ""


def _decide(asked: Extension, new: ExtensionState, *, by: User, now: datetime, **more: Any) -> None:
    if why := refuses_decider(asked, by):
        raise SameAsker(why)
    decided = {"decided_by": by, "decided_for_id": by.acting_for_id, "decided_at": now, **more}
    move(asked, new=new, moves=MOVES, by=by, now=now, **decided)


def _tell(asked: Extension, action: str, *, by: User, now: datetime, **said: Any) -> None:
    # The reason stands on the request: the ledger keeps numbers and clauses, no free text of a case.
    tell(asked.duty, action, by=by, now=now, amount=str(asked.amount), extension=asked.pk, **said)
