"""derive() without a database: tables, and a machine against a second way of counting."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from casework.core.clocks.models import Duty, DutyEvent, DutyState
from casework.core.clocks.rules import derive, pauses_of, warning_at
from casework.core.worktime.arithmetic import used
from casework.core.worktime.calendar import WorkCalendar
from casework.core.worktime.units import EndRule, Unit
from tests.cast import NOW, at
from tests.profiles import PURE_MACHINE

Kind = DutyEvent.Kind
# A week off in October, its two make-up days, else Monday to Friday; 2027 is not published.
CAL = WorkCalendar(
    overrides={
        **{date(2026, 10, day): False for day in range(1, 8)},
        date(2026, 9, 20): True,
        date(2026, 10, 10): True,
    },
    covered=frozenset({2026}),
    version=1,
)


def duty(
    amount: str = "5",
    unit: Unit = Unit.WORKDAY,
    end_rule: EndRule | None = None,
    *,
    warn: str = "1",
    start: datetime = NOW,
) -> Duty:
    end = end_rule or (EndRule.CLOSE_OF_BUSINESS if unit == Unit.WORKDAY else EndRule.END_OF_DAY)
    return Duty(amount=Decimal(amount), unit=unit, end_rule=end, warn_before=Decimal(warn), started_at=start)


def facts(*told: tuple[str, datetime] | tuple[str, datetime, str]) -> list[DutyEvent]:
    return [
        DutyEvent(kind=kind, at=moment, amount=Decimal(rest[0]) if rest else None)
        for kind, moment, *rest in [(Kind.STARTED, NOW), *told]
    ]


@pytest.mark.parametrize(
    ("told", "state", "due_at"),
    [
        ((), DutyState.OPEN, at(9, 14, 17, 30)),
        (((Kind.PAUSED, at(9, 8)),), DutyState.PAUSED, None),
        (((Kind.PAUSED, at(9, 8)), (Kind.RESUMED, at(9, 8, 16))), DutyState.OPEN, at(9, 14, 17, 30)),
        (((Kind.PAUSED, at(9, 8)), (Kind.RESUMED, at(9, 9))), DutyState.OPEN, at(9, 15, 17, 30)),
        (((Kind.PAUSED, at(9, 11)), (Kind.RESUMED, at(9, 14))), DutyState.OPEN, at(9, 15, 17, 30)),
        (((Kind.PAUSED, at(9, 8)), (Kind.MET, at(9, 9, 18))), DutyState.MET, at(9, 16, 17, 30)),
        (((Kind.PAUSED, at(9, 8)), (Kind.VOIDED, at(9, 8))), DutyState.VOID, at(9, 15, 17, 30)),
        (((Kind.EXTENDED, at(9, 8), "2"),), DutyState.OPEN, at(9, 16, 17, 30)),
        (((Kind.EXTENDED, at(9, 8), "2"), (Kind.EXTENDED, at(9, 9), "3")), DutyState.OPEN, at(9, 20, 17, 30)),
        (((Kind.LAPSED, at(9, 14, 17, 30)),), DutyState.OPEN, at(9, 14, 17, 30)),
        (((Kind.REASSIGNED, at(9, 9)), (Kind.MET, at(9, 10))), DutyState.MET, at(9, 14, 17, 30)),
    ],
)
def test_the_clock_follows_the_facts(told, state, due_at) -> None:
    derived = derive(duty(), facts(*told), CAL)
    assert (derived.state, derived.due_at) == (state, due_at)


MIDNIGHT = at(9, 11, 23, 59).replace(second=59, microsecond=999999)


@pytest.mark.parametrize(
    ("unit", "end_rule", "paused", "resumed", "due_at"),
    [
        # The evening of the last day belongs to a limit that ends at midnight …
        (Unit.NATURAL_DAY, EndRule.END_OF_DAY, at(9, 11, 18), at(9, 14, 10), MIDNIGHT + timedelta(3)),
        (Unit.NATURAL_DAY, EndRule.END_OF_DAY, at(9, 11, 18), at(9, 11, 20), MIDNIGHT),
        (Unit.WORKDAY, EndRule.END_OF_DAY, at(9, 11, 18), at(9, 14, 10), MIDNIGHT + timedelta(3)),
        # … and not to one that ended with the office hours.
        (Unit.WORKDAY, EndRule.CLOSE_OF_BUSINESS, at(9, 10, 18), at(9, 11, 10), at(9, 11, 17, 30)),
        (Unit.WORKDAY, EndRule.CLOSE_OF_BUSINESS, at(9, 11, 16), at(9, 11, 18), at(9, 14, 17, 30)),
        (Unit.NATURAL_DAY, EndRule.CLOSE_OF_BUSINESS, at(9, 11, 16), at(9, 11, 18), at(9, 14, 17, 30)),
        # The last moment itself is still in time: who stops the clock then is not late, who starts it then is not.
        (Unit.WORKDAY, EndRule.CLOSE_OF_BUSINESS, at(9, 11, 17, 30), at(9, 11, 18), at(9, 14, 17, 30)),
        (Unit.WORKDAY, EndRule.CLOSE_OF_BUSINESS, at(9, 11, 16), at(9, 11, 17, 30), at(9, 11, 17, 30)),
    ],
)
def test_a_day_stands_still_when_the_clock_does_at_its_end(unit, end_rule, paused, resumed, due_at) -> None:
    """Four days from Monday the 7th end on Friday the 11th; the clock stood still towards its end."""
    events = facts((Kind.PAUSED, paused), (Kind.RESUMED, resumed))
    assert derive(duty("4", unit, end_rule), events, CAL).due_at == due_at


def test_a_half_day_that_is_over_is_not_given_back() -> None:
    """Half a day from Monday noon is Tuesday morning, whether the clock is paused that afternoon or not."""
    limit = duty("0.5", start=at(9, 7, 14))
    events = facts((Kind.PAUSED, at(9, 8, 11)), (Kind.RESUMED, at(9, 8, 11, 30)), (Kind.PAUSED, at(9, 8, 15)))
    for closed in (Kind.RESUMED, Kind.MET):
        derived = derive(limit, [*events, *facts((closed, at(9, 9, 10)))[1:]], CAL)
        assert derived.due_at == at(9, 8, 12, 0)


@pytest.mark.parametrize(
    ("due_at", "warn", "expected"),
    [
        (at(9, 8, 17, 30), "0.5", at(9, 8, 14, 30)),
        (at(9, 8, 17, 30), "1", at(9, 8, 8, 0)),
        (at(9, 8, 12, 0), "1", at(9, 7, 14, 30)),
        (at(9, 14, 17, 30), "2", at(9, 11, 8, 0)),  # over a weekend
        (at(10, 8, 17, 30), "2", at(9, 30, 8, 0)),  # over the national holiday
        (at(9, 8, 23, 59), "1", at(9, 8, 8, 0)),
        (at(9, 8, 17, 30), "0", None),
    ],
)
def test_the_warning_leaves_whole_half_days(due_at, warn, expected) -> None:
    assert warning_at(due_at, Decimal(warn), CAL) == expected


def test_provisional_beyond_the_published_years() -> None:
    assert derive(duty("120"), facts(), CAL).provisional
    assert not derive(duty("20"), facts(), CAL).provisional


class Clock(RuleBasedStateMachine):
    """Pause, resume, extend and let time go by; a second, naive count must always agree (R-23)."""

    @initialize(
        amount=st.integers(1, 12),
        unit=st.sampled_from([Unit.WORKDAY, Unit.NATURAL_DAY]),
        end_rule=st.sampled_from(EndRule),
        hour=st.integers(0, 23),
    )
    def begin(self, amount: int, unit: Unit, end_rule: EndRule, hour: int) -> None:
        self.now = at(9, 7, hour, 15)
        self.duty = duty(str(amount), unit, end_rule, start=self.now)
        self.events = [DutyEvent(kind=Kind.STARTED, at=self.now)]
        self.total, self.running = amount, True
        self.switches: list[tuple[datetime, bool]] = []
        self.used = Decimal(0)

    def derived(self):
        return derive(self.duty, self.events, CAL)

    def on_time(self) -> bool:
        due_at = self.derived().due_at
        return due_at is None or self.now <= due_at

    @rule(hours=st.integers(1, 90))
    def time_goes_by(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @precondition(lambda self: self.running and self.on_time())
    @rule()
    def pause(self) -> None:
        self.before = self.derived().due_at
        self.events.append(DutyEvent(kind=Kind.PAUSED, at=self.now))
        self.switches.append((self.now, False))
        self.running = False
        assert self.derived().due_at is None

    @precondition(lambda self: not self.running)
    @rule()
    def resume(self) -> None:
        self.events.append(DutyEvent(kind=Kind.RESUMED, at=self.now))
        self.switches.append((self.now, True))
        self.running = True
        due_at = self.derived().due_at
        assert due_at >= self.before, "resuming never makes it due earlier"
        assert due_at >= self.now, "resuming is never late at once"

    @precondition(lambda self: self.on_time())
    @rule(days=st.integers(1, 5))
    def extend(self, days: int) -> None:
        before = self.derived().due_at
        self.events.append(DutyEvent(kind=Kind.EXTENDED, at=self.now, amount=Decimal(days)))
        self.total += days
        if self.running:
            assert self.derived().due_at >= before

    def stood_still(self, day: date) -> bool:
        end = time.max if self.duty.end_rule == EndRule.END_OF_DAY else time(17, 30)
        close = datetime.combine(day, end, tzinfo=NOW.tzinfo)
        last = [running for moment, running in self.switches if moment <= close]
        return bool(last) and not last[-1]

    def uses_up(self, day: date) -> bool:
        worked = CAL.is_workday(day) or self.duty.unit == Unit.NATURAL_DAY
        return worked and not self.stood_still(day)

    def due_day(self) -> date:
        day, left = self.duty.started_at.date(), self.total
        while left:
            day += timedelta(days=1)
            left -= self.uses_up(day)
        while not CAL.is_workday(day) or self.stood_still(day):
            day += timedelta(days=1)
        return day

    @invariant()
    def a_second_count_agrees(self) -> None:
        derived = self.derived()
        assert derived.state == (DutyState.OPEN if self.running else DutyState.PAUSED)
        if self.running:
            assert derived.due_at.date() == self.due_day()
            assert derived.soon_at is None or self.duty.started_at <= derived.soon_at <= derived.due_at

    @invariant()
    def what_is_used_is_never_given_back(self) -> None:
        unit, end_rule = Unit(self.duty.unit), EndRule(self.duty.end_rule)
        now_used = used(self.duty.started_at, self.now, unit, end_rule, CAL, pauses_of(self.events))
        assert now_used >= self.used
        self.used = now_used


TestClock = Clock.TestCase
TestClock.settings = PURE_MACHINE
