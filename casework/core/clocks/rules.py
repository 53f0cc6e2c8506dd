"""A duty's clock as a function of what happened to it. Pure: facts and calendar in, moments out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal

from casework.core.clocks.models import Duty, DutyEvent, DutyState
from casework.core.worktime.arithmetic import HALF, Due, Pause, due
from casework.core.worktime.calendar import ONE_DAY, WorkCalendar, at, to_local
from casework.core.worktime.units import CountRule, EndRule, Unit

Kind = DutyEvent.Kind


@dataclass(frozen=True, slots=True)
class Derived:
    """What the events say. ``due_at`` is None while the clock stands still; ``red_line_at`` is None then
    and for duties without a statutory limit of their own; ``soon_at`` is None without a warning."""

    due_at: datetime | None
    soon_at: datetime | None
    red_line_at: datetime | None
    provisional: bool
    state: DutyState


def derive(duty: Duty, events: Sequence[DutyEvent], cal: WorkCalendar) -> Derived:
    """The clock of ``duty`` after ``events``, which stand in the order in which they were noted.

    Reads only the duty's limit and start. Raises ``BadAmount`` for a limit that does not fit its unit.
    """
    state = state_of(events)
    if state == DutyState.PAUSED:
        return Derived(None, None, None, False, state)
    pauses, extensions = pauses_of(events), extensions_of(events)
    unit = Unit(duty.unit)
    counting = CountRule(duty.counting)
    result = due(
        duty.started_at, duty.amount, unit, EndRule(duty.end_rule), cal, pauses, extensions, counting
    )
    red = red_line(duty, cal, pauses, extensions)
    soon = warning_at(result.at, duty.warn_before, cal)
    return Derived(
        due_at=result.at,
        soon_at=max(soon, duty.started_at) if soon else None,
        red_line_at=red.at if red else None,
        provisional=result.provisional,
        state=state,
    )


def state_of(events: Sequence[DutyEvent]) -> DutyState:
    """The state after ``events``: the last event that changes it decides."""
    state = DutyState.OPEN
    for event in events:
        if event.kind in _LEADS_TO:
            state = _LEADS_TO[event.kind]
    return state


def closing_of(events: Sequence[DutyEvent]) -> DutyEvent | None:
    """The event that closed the duty; None while it is open."""
    last = next((event for event in reversed(events) if event.kind in _LEADS_TO), None)
    return last if last is not None and last.kind in _CLOSES else None


def holder_of(events: Sequence[DutyEvent]) -> int | None:
    """Id of the department to which the duty was handed last; None when it never was."""
    handed = (event.holder_after_id for event in reversed(events) if event.kind == Kind.REASSIGNED)
    return next(handed, None)


_LEADS_TO: dict[str, DutyState] = {
    Kind.STARTED: DutyState.OPEN,
    Kind.PAUSED: DutyState.PAUSED,
    Kind.RESUMED: DutyState.OPEN,
    Kind.MET: DutyState.MET,
    Kind.VOIDED: DutyState.VOID,
}
_CLOSES = frozenset({Kind.MET, Kind.VOIDED})


def pauses_of(events: Sequence[DutyEvent]) -> list[Pause]:
    """The pauses as the arithmetic counts them, the last one open if nothing ended it.

    Closing a paused duty ends the pause and leaves the day of closing out of the count: what is done
    while the clock stands still is never late.
    """
    pauses: list[Pause] = []
    since: datetime | None = None
    for event in events:
        if event.kind == Kind.PAUSED:
            since = event.at
        elif since is not None and event.kind in {Kind.RESUMED, *_CLOSES}:
            end = _next_midnight(event.at) if event.kind in _CLOSES else event.at
            pauses.append(Pause(since, max(since, end)))
            since = None
    return pauses if since is None else [*pauses, Pause(since)]


def _next_midnight(moment: datetime) -> datetime:
    return at(to_local(moment).date() + ONE_DAY, time.min)


def extensions_of(events: Sequence[DutyEvent]) -> list[Decimal]:
    """What was added to the limit, in the duty's unit."""
    return [event.amount for event in events if event.kind == Kind.EXTENDED and event.amount is not None]


def red_line(
    duty: Duty, cal: WorkCalendar, pauses: Sequence[Pause], extensions: Sequence[Decimal]
) -> Due | None:
    """When the statutory limit ends; None for a duty without one.

    An extension moves it only where both limits are written in the same unit: days of one kind are
    never turned into days of another.
    """
    if duty.red_amount is None:
        return None
    unit = Unit(duty.red_unit or duty.unit)
    longer = extensions if unit == duty.unit else ()
    return due(duty.started_at, duty.red_amount, unit, end_rule_of(unit), cal, pauses, longer)


def end_rule_of(unit: Unit) -> EndRule:
    """Working days end at close of business, natural days and months at midnight (民法典 203)."""
    return EndRule.CLOSE_OF_BUSINESS if unit == Unit.WORKDAY else EndRule.END_OF_DAY


def warning_at(due_at: datetime, warn_before: Decimal, cal: WorkCalendar) -> datetime | None:
    """The moment from which only ``warn_before`` working days are left: the start of a half day.

    None when nobody wants a warning (0).
    """
    left, end = int(warn_before / HALF), to_local(due_at)
    if left <= 0:
        return None
    day = end.date()
    while True:
        for half in reversed(cal.halves_on(day)):
            left -= half.end <= end
            if not left:
                return half.start
        day -= ONE_DAY
