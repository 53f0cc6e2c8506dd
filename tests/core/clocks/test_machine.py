"""Everything that can happen to a duty, in any order, through the product's own actions, against the model.

Pause, resume, extend, reassign, amend the calendar, withdraw, meet, and time going by or jumping a day: the
stored columns are what the events say and what the model says; used and left are the allowance (R-22 … R-25).
"""

import itertools
import os
from contextlib import nullcontext
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from casework.core.clocks import actions, changes, rules
from casework.core.clocks.changes import AlreadyLate, NotRunning
from casework.core.clocks.facts import NoOpenDuty
from casework.core.clocks.models import Duty, DutyEvent, PauseCause
from casework.core.clocks.recomputing import compare, facts_of
from casework.core.clocks.rules import derive
from casework.core.clocks.shown import spent
from casework.core.rules_data.models import DutyKind
from casework.core.worktime.calendar import WorkCalendar
from casework.core.worktime.queries import current_calendar
from casework.core.worktime.units import Unit
from portal.accounts.models import Department
from tests.cast import at, department
from tests.core.clocks.model import Model
from tests.profiles import MACHINE

pytestmark = pytest.mark.django_db
LAW = "《行政许可法》第四十五条"
numbers = itertools.count()


class Clock(RuleBasedStateMachine):
    """One duty in a real database. ``calendar`` and ``holders`` are set by the test."""

    calendar: WorkCalendar
    holders: list[Department]

    @initialize(
        amount=st.integers(1, 12), unit=st.sampled_from(["workday", "natural_day"]), hour=st.integers(0, 23)
    )
    def begin(self, amount: int, unit: str, hour: int) -> None:
        type(self).calendar = BASE[0]
        self.now = at(9, 7, hour, 15)
        self.duty = actions.start(
            key=f"machine {next(numbers)}",
            kind=DutyKind.DECIDE,
            holder=self.holders[0],
            case=None,
            now=self.now,
            by=None,
            amount=Decimal(amount),
            unit=Unit(unit),
        )
        self.model = Model(self.now, amount, unit == "workday", lambda day: self.calendar.is_workday(day))
        self.lapsed = self.amended = False

    def try_to(self, act, *, late_matters: bool, wanted: str = "") -> bool:
        """Do it; True when it was done. It must be refused exactly when the model says so."""
        closed, late = self.model.closed_at is not None, self.model.late(self.now)
        wrong_state = bool(wanted) and self.model.state != wanted
        try:
            act()
        except NoOpenDuty:
            assert closed
        except NotRunning:
            assert wrong_state
            assert not closed
        except AlreadyLate:
            assert late
            assert late_matters
            assert not closed
            assert not wrong_state
        else:
            assert not closed
            assert not wrong_state
            assert not (late and late_matters)
            return True
        return False

    @rule(hours=st.integers(1, 70))
    def time_goes_by(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(cause=st.sampled_from(PauseCause.values))
    def pause(self, cause: str) -> None:
        def act() -> None:
            actions.pause(self.duty, by=None, now=self.now, cause=cause, reason="示例", basis=LAW)

        if self.try_to(act, late_matters=True, wanted="open"):
            self.model.switch(self.now, "paused")

    @rule()
    def resume(self) -> None:
        before = self.model.state == "paused" and self.before_pause()
        if self.try_to(
            lambda: actions.resume(self.duty, by=None, now=self.now), late_matters=False, wanted="paused"
        ):
            self.model.switch(self.now, "open")
            self.duty.refresh_from_db()
            if not self.amended:  # a day that a notice opened afterwards may have used up the limit
                assert self.duty.due_at >= self.now, "resuming is never late at once"
            assert self.duty.due_at.date() >= before, "resuming never makes it due earlier"

    def before_pause(self) -> date:
        """When it would be due, had the clock not been paused last."""
        model = Model(self.now, self.model.total, self.model.workdays_only, self.model.works)
        model.start, model.switches = self.model.start, self.model.switches[:-1]
        found = model.due_day()
        assert found is not None
        return found

    @rule(days=st.integers(1, 5))
    def extend(self, days: int) -> None:
        def act() -> None:
            actions.extend(self.duty, by=None, now=self.now, amount=Decimal(days), reason="示例", basis=LAW)

        if self.try_to(act, late_matters=True):
            self.model.total += days

    @rule(place=st.integers(0, 1))
    def reassign(self, place: int) -> None:
        def act() -> None:
            actions.reassign(self.duty, to=self.holders[place], by=None, now=self.now, reason="示例")

        if self.try_to(act, late_matters=False):
            self.model.holder = place
            self.lapsed = self.lapsed or self.model.late(self.now)

    @rule(offset=st.integers(-3, 12), worked=st.booleans())
    def amend_calendar(self, offset: int, worked: bool) -> None:
        """A notice closes the offices on a day, or opens them; open duties follow, closed ones do not."""
        if self.model.closed_at is not None:
            return
        day, cal = self.now.date() + timedelta(offset), self.calendar
        type(self).calendar = replace(cal, overrides={**cal.overrides, day: worked}, version=cal.version + 1)
        self.amended = True
        actions.recompute(self.duty, self.calendar, now=self.now)

    @rule()
    def meet(self) -> None:
        self.end(lambda: actions.meet(self.duty.key, by=None, now=self.now), "met")

    @rule()
    def withdraw(self) -> None:
        self.end(lambda: actions.void(self.duty.key, by=None, now=self.now, reason="申请人撤回申请"), "void")

    def end(self, act, state: str) -> None:
        late = self.model.late(self.now)
        if self.try_to(act, late_matters=False):
            self.model.close(self.now, state)
            self.lapsed = self.lapsed or late

    @invariant()
    def the_clock_is_what_the_model_says(self) -> None:
        duty = Duty.objects.prefetch_related("events").get(pk=self.duty.pk)
        facts = facts_of(duty)
        assert compare(duty, facts, self.calendar) == []
        assert duty.state == self.model.state
        assert (duty.due_at.date() if duty.due_at else None) == self.model.due_day()
        assert duty.holder == self.holders[self.model.holder]
        if self.model.closed_at is None:
            assert duty.is_late(self.now) == self.model.late(self.now)
            assert (duty.next_at is None) == (duty.due_at is None)
        assert any(event.kind == DutyEvent.Kind.LAPSED for event in facts.events) == self.lapsed
        used, left = spent(duty, now=self.now, cal=self.calendar)
        assert used + left == self.model.total
        assert used == self.model.used(min(self.now, self.model.closed_at or self.now))


BASE: list[WorkCalendar] = []


def test_every_history_agrees_with_the_model(db, monkeypatch) -> None:
    BASE[:] = [current_calendar()]
    Clock.holders = [department("first", "示例第一局"), department("second", "示例第二局")]
    for room in (actions, changes):
        monkeypatch.setattr(room, "current_calendar", lambda: Clock.calendar)
    Clock.calendar = BASE[0]
    run_state_machine_as_test(Clock, settings=MACHINE)
    if report := os.environ.get("MACHINE_REPORT"):
        Path(report).write_text(str(next(numbers)), encoding="ascii")


@pytest.mark.parametrize("ignored", [False, True])
def test_a_clock_that_ignores_its_pauses_fails_against_the_model(db, monkeypatch, ignored) -> None:
    """The deliberate break: stored columns and facts would agree with each other, and both be wrong."""
    BASE[:] = [current_calendar()]
    Clock.holders = [department("first", "示例第一局"), department("second", "示例第二局")]
    machine = Clock()
    machine.begin(amount=5, unit="workday", hour=9)
    machine.pause(cause="hearing")
    machine.time_goes_by(hours=48)
    if ignored:
        monkeypatch.setattr(rules, "pauses_of", lambda _events: [])
    machine.resume()
    with pytest.raises(AssertionError) if ignored else nullcontext():
        machine.the_clock_is_what_the_model_says()


@pytest.mark.parametrize("days", [-1, 1])
def test_a_clock_that_jumps_a_day_breaks_nothing(claim, cal, days) -> None:
    """R-25: the server's clock jumps between two acts; the facts stay in the order in which they were noted."""
    duty = claim(amount=Decimal(5))
    now = at(9, 9, 10)
    actions.pause(duty, by=None, now=now, cause="hearing", reason="示例", basis=LAW)
    resumed = actions.resume(duty, by=None, now=now + timedelta(days=days))
    events = list(resumed.events.order_by("id"))
    derived = derive(resumed, events, cal)
    assert (resumed.due_at, resumed.soon_at) == (derived.due_at, derived.soon_at)
    expected = at(9, 14, 17, 30) if days < 0 else at(9, 15, 17, 30)
    assert resumed.due_at == expected
    met = actions.meet(duty.key, by=None, now=resumed.due_at)
    assert not met.is_late(met.closed_at)
