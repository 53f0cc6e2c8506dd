"""Change a limit: only ever by a new version from a day on (14)."""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from casework.core.errors import Refusal
from casework.core.ledger.actions import record
from casework.core.rules_data.models import DutyKind, LimitRule, LimitSource
from casework.core.worktime.arithmetic import HALF, BadAmount, total_of
from casework.core.worktime.units import EndRule, Unit
from portal.accounts.models import User


class BadRule(Refusal):
    """The new version is incomplete or would reach back in time."""


@transaction.atomic
def new_version(
    *,
    kind: DutyKind,
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
) -> LimitRule:
    """Add a version of the limit for ``kind`` that holds from ``valid_from`` on (14).

    ``amount`` is in ``unit``, ``warn_before`` in working days, both in steps of 0.5 for working days.
    Duties that run already keep the rule they began under; nothing is edited or deleted. The caller
    checks the permission. Raises ``BadRule``.
    """
    for field, text in (("basis", basis), ("clause", clause), ("start_event", start_event)):
        if not text.strip():
            raise BadRule("请填写依据、条款和起算事件。", field=field)
    try:
        total_of(amount, unit)
    except BadAmount as bad:
        raise BadRule("时限须大于零：工作日以0.5为单位，自然日和月须为整数。", field="amount") from bad
    if warn_before < 0 or warn_before % HALF:
        raise BadRule("提前提醒须为0或0.5的倍数（工作日）。", field="warn_before")
    if valid_from < timezone.localdate(now):
        raise BadRule("生效日期不能早于今天：已经起算的任务仍按原时限执行。", field="valid_from")
    rule = LimitRule.objects.create(
        duty_kind=kind,
        amount=amount,
        unit=unit,
        end_rule=end_rule,
        warn_before=warn_before,
        start_event=start_event.strip(),
        clause=clause.strip(),
        source=source,
        basis=basis.strip(),
        to_confirm=to_confirm,
        valid_from=valid_from,
        created_at=now,
        created_by=by,
    )
    record(
        "rules.version_added",
        by=by,
        now=now,
        clause="14",
        obj=rule,
        kind=kind.value,
        amount=str(amount),
        unit=unit.value,
        source=source.value,
        basis=rule.basis,
        valid_from=valid_from.isoformat(),
    )
    return rule
