"""Duties as pages show them: the badge, and the reckoning behind 「怎么算的」 for the components."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from casework.core.clocks.models import Duty
from casework.core.clocks.queries import Badge, badge, explanation
from casework.core.worktime.calendar import WorkCalendar
from casework.core.worktime.explain import Explanation

STRIP_DAYS = 40  # a longer strip is cut: the sentence still says everything


@dataclass(frozen=True)
class ShownDuty:
    """A duty with its badge and explanation, ready for ``components/due_badge.html``."""

    duty: Duty
    badge: Badge
    explanation: Explanation | None


def show(duties: Iterable[Duty], *, now: datetime, cal: WorkCalendar) -> list[ShownDuty]:
    """``duties`` in their order, each with badge and explanation as of ``now``."""
    return [ShownDuty(duty, badge(duty, now, cal), _explained(duty, cal)) for duty in duties]


def _explained(duty: Duty, cal: WorkCalendar) -> Explanation | None:
    found = explanation(duty, cal)
    if found is None:  # paused: no date to explain
        return None
    return replace(found, days=()) if len(found.days) > STRIP_DAYS else found
