"""Duties as pages show them: the badge, and the reckoning behind 「怎么算的」 for the components."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from casework.core.clocks.models import Duty
from casework.core.clocks.queries import Badge, badge, days, events_of, explanation
from casework.core.clocks.rules import extensions_of, pauses_of
from casework.core.worktime.arithmetic import total_of, used
from casework.core.worktime.calendar import WorkCalendar, to_local
from casework.core.worktime.counting import days_of
from casework.core.worktime.explain import AMOUNT_WORDS
from casework.core.worktime.strip import Explanation
from casework.core.worktime.units import CountRule, EndRule, Unit


@dataclass(frozen=True)
class ShownDuty:
    """A duty with its badge and explanation, ready for ``components/due_badge.html``."""

    duty: Duty
    badge: Badge
    explanation: Explanation | None
    account: str = ""


def show(duties: Iterable[Duty], *, now: datetime, cal: WorkCalendar) -> list[ShownDuty]:
    """``duties`` in their order, each with badge and explanation as of ``now``."""
    return [
        ShownDuty(duty, badge(duty, now, cal), explanation(duty, cal), account(duty, now=now, cal=cal))
        for duty in duties
    ]


def account(duty: Duty, *, now: datetime, cal: WorkCalendar) -> str:
    """What of the limit is used and what is left, in words; months in the days that they last.

    Needs the duty's events. Used and left are the limit with its extensions, at every moment.
    """
    gone, left = spent(duty, now=now, cal=cal)
    unit, months = AMOUNT_WORDS[Unit(duty.unit)], ""
    if duty.unit == Unit.MONTH:
        unit, months = AMOUNT_WORDS[Unit.NATURAL_DAY], f"（{days(_limit(duty))}{unit}）"
    return f"已用{days(gone)}{unit}，剩余{days(left)}{unit}，共{days(gone + left)}{unit}{months}。"


def spent(duty: Duty, *, now: datetime, cal: WorkCalendar) -> tuple[Decimal, Decimal]:
    """(used, left) of the limit and its extensions in days at ``now``, or when the duty closed."""
    unit, end_rule, limit = Unit(duty.unit), EndRule(duty.end_rule), _limit(duty)
    counting = CountRule(duty.counting)
    if limit % 1 and counting == CountRule.NEXT_DAY:
        counting = CountRule.NEXT_HALF  # a limit with a half day is counted in half days
    total = limit if unit == Unit.WORKDAY else Decimal(days_of(to_local(duty.started_at).date(), limit, unit))
    here, pauses = min(now, duty.closed_at or now), pauses_of(events_of(duty))
    gone = min(total, used(duty.started_at, here, unit, end_rule, cal, pauses, counting))
    return gone, total - gone


def _limit(duty: Duty) -> Decimal:
    return total_of(duty.amount, Unit(duty.unit), extensions_of(events_of(duty)))
