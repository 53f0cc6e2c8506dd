"""Random histories: the columns that a duty stores are those that its events say, whatever happened (R-22, R-23)."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.core.clocks.models import Duty, DutyEvent, DutyState
from casework.core.clocks.rules import derive, pauses_of
from casework.core.clocks.shown import account, spent
from casework.core.worktime.arithmetic import is_paused, same_day_of_month
from casework.core.worktime.units import CountRule, EndRule, Unit
from tests.cast import at
from tests.core.clocks.test_rules import CAL, facts
from tests.core.worktime import oracle
from tests.core.worktime.test_properties import limits, moments
from tests.profiles import THOROUGH

Kind = DutyEvent.Kind
acts = st.lists(
    st.tuples(
        st.sampled_from([Kind.PAUSED, Kind.RESUMED, Kind.EXTENDED, Kind.REASSIGNED]), st.integers(0, 6000)
    ),
    max_size=12,
)
rules, ends = st.sampled_from(list(CountRule)), st.sampled_from(list(EndRule))


def history(start: datetime, told: list[tuple[str, int]]) -> list[DutyEvent]:
    """A history that the actions allow: no pause of a paused clock, nothing resumed that runs."""
    events, now, paused = [DutyEvent(kind=Kind.STARTED, at=start)], start, False
    for kind, minutes in told:
        now += timedelta(minutes=minutes)
        if (kind == Kind.PAUSED and paused) or (kind == Kind.RESUMED and not paused):
            continue
        paused = kind == Kind.PAUSED or (paused and kind != Kind.RESUMED)
        amount = Decimal(1) if kind == Kind.EXTENDED else None
        events.append(DutyEvent(kind=kind, at=now, amount=amount))
    return events


def duty_of(start: datetime, limit: tuple[Unit, Decimal], end_rule: EndRule, counting: CountRule) -> Duty:
    unit, amount = limit
    if unit != Unit.WORKDAY and counting == CountRule.NEXT_HALF:
        counting = CountRule.NEXT_DAY
    return Duty(
        amount=amount,
        unit=unit,
        end_rule=end_rule,
        counting=counting,
        warn_before=Decimal(1),
        started_at=start,
    )


@THOROUGH
@given(moments, limits, ends, rules, acts)
def test_a_clock_is_a_function_of_its_events(
    start: datetime,
    limit: tuple[Unit, Decimal],
    end_rule: EndRule,
    counting: CountRule,
    told: list[tuple[str, int]],
) -> None:
    """Reckoned step by step as the actions do, or at once: the same; and what a second count says."""
    duty, events = duty_of(start, limit, end_rule, counting), history(start, told)
    stored = [derive(duty, events[: place + 1], CAL) for place in range(len(events))][-1]
    assert stored == derive(duty, list(events), CAL)
    if stored.state == DutyState.PAUSED:
        assert (stored.due_at, stored.soon_at, stored.red_line_at) == (None, None, None)
        return
    pauses = pauses_of(events)
    total = duty.amount + sum((event.amount for event in events if event.amount), Decimal(0))
    expected = oracle.due(
        start,
        total,
        Unit(duty.unit),
        end_rule,
        pauses,
        CountRule(duty.counting),
        CAL.is_workday,
    )
    assert stored.due_at == expected
    assert stored.soon_at is None or start <= stored.soon_at <= max(stored.due_at, start)
    assert (
        not is_paused(stored.due_at.date(), end_rule, CAL, pauses)
        or total % 1
        or duty.counting == CountRule.NEXT_HALF
    )


def test_the_histories_notice_a_pause_that_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    """The deliberate break: a clock that runs on while it should stand still must fail the proof above."""
    monkeypatch.setattr("casework.core.clocks.rules.pauses_of", lambda events: [])
    with pytest.raises(AssertionError):
        test_a_clock_is_a_function_of_its_events()


class Told(list):
    """Events as the duty's own manager gives them."""

    def all(self) -> "Told":
        return self


@THOROUGH
@given(moments, limits, ends, rules, acts, st.integers(0, 60 * 24 * 60))
def test_used_and_left_are_the_allowance_at_all_times(
    start: datetime,
    limit: tuple[Unit, Decimal],
    end_rule: EndRule,
    counting: CountRule,
    told: list[tuple[str, int]],
    minutes: int,
) -> None:
    duty, events = duty_of(start, limit, end_rule, counting), numbered(history(start, told))
    found = [
        spent(Shown(duty, events), now=start + timedelta(minutes=each), cal=CAL)
        for each in (minutes, minutes + 600)
    ]
    total = duty.amount + sum((event.amount for event in events if event.amount), Decimal(0))
    if limit[0] == Unit.MONTH:  # in the days that they last
        total = (same_day_of_month(start.date(), int(total)) - start.date()).days
    for place, event in enumerate(events):  # what was used before an act is used after it
        known = [Shown(duty, events[:count]) for count in (place, place + 1)]
        before, after = (spent(each, now=event.at, cal=CAL)[0] for each in known)
        assert before <= after
    for used, left in found:
        assert used + left == total
        assert min(used, left) >= 0
    assert found[1][0] >= found[0][0]


@pytest.mark.parametrize(
    ("now", "told", "words"),
    [
        (at(10, 13, 18), (), "已用12日，剩余19日，共31日（1个月）。"),
        (at(10, 13, 18), ((Kind.EXTENDED, at(10, 9), "1"),), "已用12日，剩余49日，共61日（2个月）。"),
        (
            at(10, 13, 18),
            ((Kind.PAUSED, at(10, 10)), (Kind.RESUMED, at(10, 12))),
            "已用10日，剩余21日，共31日（1个月）。",
        ),
        (at(12, 1), (), "已用31日，剩余0日，共31日（1个月）。"),
    ],
)
def test_months_are_told_in_the_days_that_they_last(now, told, words) -> None:
    start, end_rule = at(10, 1), EndRule.CLOSE_OF_BUSINESS
    duty = duty_of(start, (Unit.MONTH, Decimal(1)), end_rule, CountRule.NEXT_DAY)
    assert account(Shown(duty, numbered(facts(*told))), now=now, cal=CAL) == words


def numbered(events: list[DutyEvent]) -> list[DutyEvent]:
    for place, event in enumerate(events):
        event.pk = place
    return events


class Shown:
    """A duty with events that stand in no database."""

    def __init__(self, duty: Duty, events: list[DutyEvent]) -> None:
        self.__dict__.update(
            {name: getattr(duty, name) for name in ("unit", "amount", "end_rule", "counting", "started_at")}
        )
        self.closed_at, self.events = None, Told(events)
