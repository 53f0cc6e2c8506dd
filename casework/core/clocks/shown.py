"""Duties as pages show them: the badge, and the reckoning behind 「怎么算的」 for the components."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from casework.core.clocks.models import Duty
from casework.core.clocks.queries import Badge, badge, days, explanation
from casework.core.clocks.rules import extensions_of, pauses_of
from casework.core.worktime.arithmetic import total_of, used
from casework.core.worktime.calendar import WorkCalendar
from casework.core.worktime.explain import AMOUNT_WORDS, Explanation
from casework.core.worktime.units import CountRule, EndRule, Unit

STRIP_DAYS = 40  # a longer strip is cut: the sentence still says everything


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
        ShownDuty(duty, badge(duty, now, cal), _explained(duty, cal), account(duty, now=now, cal=cal))
        for duty in duties
    ]


def account(duty: Duty, *, now: datetime, cal: WorkCalendar) -> str:
    """What of the limit is used and what is left, in words; "" for limits in months, which no days make up.

    Needs the duty's events. Used and left are the limit with its extensions, at every moment.
    """
    found = spent(duty, now=now, cal=cal)
    if found is None:
        return ""
    gone, left = found
    unit = AMOUNT_WORDS[Unit(duty.unit)]
    return f"已用{days(gone)}{unit}，剩余{days(left)}{unit}，共{days(gone + left)}{unit}。"


def spent(duty: Duty, *, now: datetime, cal: WorkCalendar) -> tuple[Decimal, Decimal] | None:
    """(used, left) of the limit and its extensions at ``now``, or when the duty closed; None for months."""
    if duty.unit == Unit.MONTH:
        return None
    events = sorted(duty.events.all(), key=lambda event: event.pk)
    total = total_of(duty.amount, Unit(duty.unit), extensions_of(events))
    counting = CountRule(duty.counting)
    if total % 1 and counting == CountRule.NEXT_DAY:
        counting = CountRule.NEXT_HALF  # a limit with a half day is counted in half days
    here = min(now, duty.closed_at or now)
    unit, end_rule = Unit(duty.unit), EndRule(duty.end_rule)
    gone = min(total, used(duty.started_at, here, unit, end_rule, cal, pauses_of(events), counting))
    return gone, total - gone


def _explained(duty: Duty, cal: WorkCalendar) -> Explanation | None:
    found = explanation(duty, cal)
    if found is None:  # paused: no date to explain
        return None
    return replace(found, days=()) if len(found.days) > STRIP_DAYS else found
