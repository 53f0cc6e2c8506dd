"""Duties as pages show them: the badge, and the reckoning behind 「怎么算的」 for the components."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from casework.core.clocks.models import Duty
from casework.core.clocks.queries import Badge, badge, explanation
from casework.core.worktime.calendar import WorkCalendar
from casework.core.worktime.explain import DAYS_OFF, DayKind, Explanation

STRIP_DAYS = 40  # a longer strip is cut: the sentence still says everything


@dataclass(frozen=True)
class ShownDuty:
    """A duty with its badge and explanation, ready for ``components/due_badge.html``."""

    duty: Duty
    badge: Badge
    explanation: dict[str, Any] | None


def show(duties: Iterable[Duty], *, now: datetime, cal: WorkCalendar) -> list[ShownDuty]:
    """``duties`` in their order, each with badge and explanation as of ``now``."""
    return [ShownDuty(duty, badge(duty, now, cal), _explained(duty, cal)) for duty in duties]


def _explained(duty: Duty, cal: WorkCalendar) -> dict[str, Any] | None:
    found = explanation(duty, cal)
    if found is None:  # paused: no date to explain
        return None
    sentences = [found.in_words, *([found.remark] if found.remark else [])]
    return {"sentences": sentences, "days": _strip(found)}


def _strip(found: Explanation) -> list[dict[str, Any]]:
    if len(found.days) > STRIP_DAYS:
        return []
    last = found.due.last_day
    return [
        {
            "date": day.date,
            "kind": "due" if day.date == last else _kind(day.kind, bool(day.counted)),
            "label": day.label,
        }
        for day in found.days
    ]


def _kind(kind: DayKind, counted: bool) -> str:
    if kind is DayKind.START:
        return "start"
    if kind is DayKind.PAUSED:
        return "paused"
    return "off" if kind in DAYS_OFF or not counted else "counted"
