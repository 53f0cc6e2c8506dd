"""Change a limit: only ever by a new version from a day on (14)."""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from casework.core.errors import Refusal
from casework.core.ledger.actions import record
from casework.core.rules_data.models import DutyKind, LimitRule, LimitSource, PeriodKind, StartFact
from casework.core.worktime.arithmetic import HALF, BadAmount, total_of
from casework.core.worktime.units import CountRule, EndRule, Unit
from portal.accounts.models import User


class BadRule(Refusal):
    """The new version is incomplete or would reach back in time."""


@transaction.atomic
def new_version(
    *,
    kind: DutyKind | PeriodKind,
    amount: Decimal,
    unit: Unit,
    end_rule: EndRule,
    warn_before: Decimal,
    start_event: str,
    clause: str,
    source: LimitSource,
    basis: str,
    valid_from: date,
    by: User,
    now: datetime,
    to_confirm: bool = False,
    counting: CountRule = CountRule.NEXT_DAY,
    start_fact: StartFact | None = None,
) -> LimitRule:
    """Add a version of the limit for ``kind`` that holds from ``valid_from`` on (14).

    ``amount`` is in ``unit``, ``warn_before`` in working days, both in steps of 0.5 for working days. A period
    (9.1: 疑义) says by ``start_fact`` what it begins with; a duty has none.
    Duties that run already keep the rule they began under; nothing is edited or deleted. The caller
    checks the permission. Raises ``BadRule``.
    """
    check_version(
        amount=amount,
        unit=unit,
        counting=counting,
        warn_before=warn_before,
        start_event=start_event,
        clause=clause,
        basis=basis,
        valid_from=valid_from,
        now=now,
    )
    rule = LimitRule.objects.create(
        duty_kind=kind,
        amount=amount,
        unit=unit,
        end_rule=end_rule,
        counting=counting,
        warn_before=warn_before,
        start_event=start_event.strip(),
        start_fact=_begins_with(kind, start_fact),
        clause=clause.strip(),
        source=source,
        basis=basis.strip(),
        to_confirm=to_confirm,
        valid_from=valid_from,
        created_at=now,
        created_by=by,
    )
    _tell(rule, by=by, now=now)
    return rule


def _tell(rule: LimitRule, *, by: User, now: datetime) -> None:
    record(
        "rules.version_added",
        by=by,
        now=now,
        clause="14",
        obj=rule,
        kind=str(rule.duty_kind),
        amount=str(rule.amount),
        unit=str(rule.unit),
        counting=str(rule.counting),
        source=str(rule.source),
        basis=rule.basis,
        valid_from=rule.valid_from.isoformat(),
    )


def check_version(
    *,
    amount: Decimal,
    unit: Unit,
    warn_before: Decimal,
    start_event: str,
    clause: str,
    basis: str,
    valid_from: date,
    now: datetime,
    counting: CountRule = CountRule.NEXT_DAY,
) -> None:
    """Refuse what cannot become a version: incomplete, not a limit, or reaching back in time. Raises ``BadRule``."""
    for field, text in (("basis", basis), ("clause", clause), ("start_event", start_event)):
        if not text.strip():
            raise BadRule("请填写依据、条款和起算事件。", field=field)
    try:
        total_of(amount, unit)
    except BadAmount as bad:
        raise BadRule("时限须大于零：工作日以0.5为单位，自然日和月须为整数。", field="amount") from bad
    if counting == CountRule.NEXT_HALF and unit != Unit.WORKDAY:
        raise BadRule("只有以工作日计算的时限可以自下一个半日起算。", field="counting")
    if warn_before < 0 or warn_before % HALF:
        raise BadRule("提前提醒须为0或0.5的倍数（工作日）。", field="warn_before")
    if valid_from < timezone.localdate(now):
        raise BadRule("生效日期不能早于今天：已经起算的任务仍按原时限执行。", field="valid_from")


def _begins_with(kind: DutyKind | PeriodKind, fact: StartFact | None) -> str:
    """What a period begins with; "" for a duty, which the act that owes it starts. Raises ``BadRule``."""
    if isinstance(kind, PeriodKind) != (fact is not None):
        raise BadRule("请选择期限自送达起算还是自认领起算。", field="start_fact")
    return fact or ""
