"""Two bugs of another clock, as fixtures (GLPI): told at midnight, and told on a holiday."""

from datetime import date
from decimal import Decimal

import pytest

from casework.core.clocks.models import Duty
from casework.core.clocks.stages import plan
from casework.core.rules_data.models import EscalationStep, Stage, Tier
from casework.core.worktime.units import Unit
from tests.cast import at
from tests.core.clocks.test_rules import CAL

STEPS = [
    EscalationStep(stage=stage, offset=None if offset is None else Decimal(offset), tier=Tier.HANDLERS)
    for stage, offset in (
        (Stage.SOON, "-2"),
        (Stage.DUE, "0"),
        (Stage.LAPSED, "0"),
        (Stage.LIAISON, "0.5"),
        (Stage.LEADER, "2"),
    )
]


def duty(due_at) -> Duty:
    return Duty(
        unit=Unit.NATURAL_DAY,
        amount=Decimal(5),
        started_at=at(9, 20),
        due_at=due_at,
        soon_at=None,
        kind="claim",
    )


@pytest.mark.parametrize("day", range(21, 31))
def test_nobody_is_told_outside_office_hours(day) -> None:
    """#22678: escalated at 00:00 of a limit that ends with the day."""
    found = plan(duty(at(9, day, 23, 59).replace(second=59, microsecond=999999)), STEPS, CAL)
    assert [row.stage for row in found][-2:] == [Stage.LIAISON, Stage.LEADER]
    for row in found:
        halves = CAL.halves_on(row.at.date())
        assert any(half.start <= row.at <= half.end for half in halves), row


def test_nobody_is_told_on_a_holiday() -> None:
    """#15569: reminded in the middle of a holiday. Due on the first day after it: told on the last one before."""
    found = {row.stage: row.at for row in plan(duty(at(10, 8, 17, 30)), STEPS, CAL)}
    assert found[Stage.SOON] == at(9, 30, 8, 0)
    assert not [
        moment for moment in found.values() if date(2026, 10, 1) <= moment.date() <= date(2026, 10, 7)
    ]
