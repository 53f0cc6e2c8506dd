"""The time for objections as pages show it: what the badge says, and the reckoning behind it (9.1)."""

from dataclasses import dataclass
from datetime import datetime

from casework.core.clauses import clause_in_words
from casework.core.clocks.queries import Badge
from casework.core.letters.rules import Period
from casework.core.rules_data.models import LimitSource
from casework.core.worktime.calendar import WorkCalendar
from casework.core.worktime.explain import explain
from casework.core.worktime.strip import Explanation
from casework.core.worktime.units import CountRule, EndRule, Unit


@dataclass(frozen=True)
class ShownPeriod:
    """A period with badge and explanation, ready for ``components/due_badge.html``. ``over``: it has ended."""

    badge: Badge
    explanation: Explanation | None
    over: bool


def show_period(period: Period, *, now: datetime, cal: WorkCalendar) -> ShownPeriod:
    """``period`` as of ``now``. It is a right with a time, no duty: when it ends nothing is late."""
    rule, over = period.rule, period.ended_by(now)
    source = str(LimitSource(rule.source).label)
    badge = Badge(
        text=_words(period, over),
        tone="void" if over else "ok",
        due_at=period.ends_at,
        provisional=period.provisional,
        clause=clause_in_words(rule.clause),
        source_label=f"{source}（待确认）" if rule.to_confirm else source,
    )
    return ShownPeriod(badge, _explained(period, cal), over)


def _words(period: Period, over: bool) -> str:
    if period.ends_at is None:
        return "自认领起算，尚未起算"
    return "疑义期限已过" if over else "疑义期限内"


def _explained(period: Period, cal: WorkCalendar) -> Explanation | None:
    rule = period.rule
    if period.started_at is None:
        return None
    unit, end, counting = Unit(rule.unit), EndRule(rule.end_rule), CountRule(rule.counting)
    event = rule.start_event
    return explain(period.started_at, rule.amount, unit, end, cal, event=event, counting=counting)
