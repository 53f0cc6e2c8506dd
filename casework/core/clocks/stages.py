"""When whom to tell about a duty: its stages, from the rule rows and its due time. Pure.

A stage falls into office hours, so nobody is told on a day off or at midnight. Only the lapse itself (11) is a
fact of the last moment, whatever the hour.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from casework.core.clocks.models import Duty
from casework.core.clocks.rules import warning_at
from casework.core.rules_data.models import EscalationStep, Stage, Tier
from casework.core.worktime.arithmetic import HALF
from casework.core.worktime.calendar import WorkCalendar, to_local

LAST_MOMENT = timedelta(microseconds=1)  # the due time itself is in time: what comes after it is late
TIERS: tuple[Tier, ...] = (Tier.HANDLERS, Tier.LIAISON, Tier.LEADER, Tier.EVALUATOR)
_ORDER = {stage: place for place, stage in enumerate(Stage)}


@dataclass(frozen=True, slots=True)
class Planned:
    """A stage, the moment from which it is owed, and who is told."""

    at: datetime
    stage: Stage
    tier: Tier


def plan(duty: Duty, steps: Sequence[EscalationStep], cal: WorkCalendar) -> list[Planned]:
    """The stages of ``duty`` in the order in which they come; none while its clock stands still.

    A duty that warns on its last day is not told a second time that it is due on it.
    """
    if duty.due_at is None:
        return []
    moments = {Stage(step.stage): _moment(duty, step, cal) for step in steps}
    soon, due = moments.get(Stage.SOON), moments.get(Stage.DUE)
    if soon is not None and due is not None and due <= soon:
        moments[Stage.DUE] = None
    found = [
        Planned(moment, Stage(step.stage), Tier(step.tier))
        for step in steps
        if (moment := moments[Stage(step.stage)]) is not None
    ]
    return sorted(found, key=lambda row: (row.at, _ORDER[row.stage]))


def owed(duty: Duty, planned: Sequence[Planned], passed: Mapping[str, datetime]) -> list[Planned]:
    """Those of ``planned`` that were not told yet. ``passed``: stage → the latest due time it was told for.

    A due time that moved later, by a pause, an extension or a calendar notice, is warned of again; one that
    moved earlier was told as such.
    """
    due_at = duty.due_at
    return [
        row
        for row in planned
        if due_at is not None and (row.stage not in passed or passed[row.stage] < due_at)
    ]


def next_moment(
    duty: Duty, planned: Sequence[Planned], passed: Mapping[str, datetime], *, lapsed: bool
) -> datetime | None:
    """When the sweep has to look at ``duty`` next; None when everything was told or its clock stands still."""
    if duty.due_at is None or duty.closed_at is not None:
        return None
    moments = [row.at for row in owed(duty, planned, passed)]
    if not lapsed:
        moments.append(duty.due_at + LAST_MOMENT)
    return min(moments, default=None)


def _moment(duty: Duty, step: EscalationStep, cal: WorkCalendar) -> datetime | None:
    """When ``step`` is owed; None for a warning that the duty's limit does not ask for."""
    due_at: datetime = duty.due_at  # type: ignore[assignment]
    if step.offset is None:
        return duty.soon_at
    if step.offset < 0:
        warned = warning_at(due_at, -step.offset, cal)
        return max(warned, duty.started_at) if warned else None
    if step.stage == Stage.DUE:
        return max(_opening(due_at, cal), duty.started_at)
    return late_by(due_at, step.offset, cal)


def _opening(due_at: datetime, cal: WorkCalendar) -> datetime:
    """When the offices open on the day of ``due_at``, or on the last working day before it."""
    day = to_local(due_at).date()
    return cal.halves_on(day if cal.is_workday(day) else cal.previous_workday(day))[0].start


def late_by(due_at: datetime, offset: Decimal, cal: WorkCalendar) -> datetime:
    """The first moment in office hours at which ``offset`` whole working days have gone by since ``due_at``.

    For nought the moment after the due time, where that ends a half day.
    """
    day, left = to_local(due_at).date(), int(offset / HALF)
    if not left and any(half.end == due_at for half in cal.halves_on(day)):
        return due_at + LAST_MOMENT
    for half in cal.halves_from_day(day):
        if half.start < due_at:
            continue
        if not left:
            return half.start
        left -= 1
    raise AssertionError("half days never run out")
