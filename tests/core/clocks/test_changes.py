"""pause(), resume(), extend(), reassign(): the clock moves with reason, basis and record."""

import json
from decimal import Decimal

import pytest

from casework.core.clocks import actions
from casework.core.clocks.changes import AlreadyLate, BadCause, BadExtension, MissingReason, NotRunning
from casework.core.clocks.models import Duty, DutyEvent, DutyState, PauseCause
from casework.core.clocks.rules import derive
from casework.core.ledger.models import LedgerEntry
from casework.core.worktime.units import Unit
from tests.cast import NOW, at

pytestmark = pytest.mark.django_db
Kind = DutyEvent.Kind
LAW_45 = "《行政许可法》第四十五条"
LAW_42 = "《行政许可法》第四十二条"


def pause(duty: Duty, now) -> Duty:
    return actions.pause(duty, by=None, now=now, cause="hearing", reason="专家评审", basis=LAW_45)


def payload(action: str) -> dict:
    return json.loads(LedgerEntry.objects.get(action=action).payload)


def same_as_its_events(duty: Duty, cal) -> None:
    """The stored columns are what the events say, nothing else."""
    stored = Duty.objects.get(pk=duty.pk)
    derived = derive(stored, list(stored.events.order_by("id")), cal)
    assert (stored.due_at, stored.soon_at, stored.red_line_at, stored.provisional, stored.state) == (
        derived.due_at,
        derived.soon_at,
        derived.red_line_at,
        derived.provisional,
        derived.state,
    )


def test_a_pause_stops_both_lines(decide, cal) -> None:
    duty = pause(decide(), at(9, 9))
    assert duty.state == DutyState.PAUSED
    assert (duty.due_at, duty.soon_at, duty.red_line_at) == (None, None, None)
    assert not duty.is_late(at(12, 31))
    assert payload("duty.paused")["due_before"] == "2026-09-17T17:30:00+08:00"
    same_as_its_events(duty, cal)


def test_resuming_gives_back_the_days(decide, cal) -> None:
    duty = actions.resume(pause(decide(), at(9, 9)), by=None, now=at(9, 11))
    # 9 and 10 September stood still: two working days later, the 18th and the make-up Sunday.
    assert duty.due_at == at(9, 20, 17, 30)
    assert duty.state == DutyState.OPEN
    assert payload("duty.resumed")["due_at"] == "2026-09-20T17:30:00+08:00"
    same_as_its_events(duty, cal)


def test_a_pause_after_close_of_business_takes_nothing_back(decide) -> None:
    duty = actions.resume(pause(decide(), at(9, 9, 18)), by=None, now=at(9, 10, 9))
    assert duty.due_at == at(9, 17, 17, 30)


def test_resuming_after_close_of_business_is_never_late_at_once(decide) -> None:
    duty = actions.resume(pause(decide(), at(9, 17, 9)), by=None, now=at(9, 21, 18))
    assert duty.due_at == at(9, 22, 17, 30)
    assert not duty.is_late(at(9, 21, 18))


@pytest.mark.parametrize(("reason", "basis"), [("", LAW_45), ("听证", " ")])
def test_a_pause_wants_reason_and_basis(decide, reason, basis) -> None:
    with pytest.raises(MissingReason):
        actions.pause(decide(), by=None, now=NOW, cause="hearing", reason=reason, basis=basis)


@pytest.mark.parametrize("cause", PauseCause.values)
def test_every_cause_of_the_law_stops_the_clock(decide, cause) -> None:
    duty = actions.pause(decide(), by=None, now=NOW, cause=cause, reason="示例", basis=LAW_45)
    assert duty.events.get(kind=Kind.PAUSED).cause == cause
    assert payload("duty.paused")["cause"] == cause


@pytest.mark.parametrize("cause", ["site_inspection", "现场踏勘", "", "补正"])
def test_nothing_else_does(decide, cause) -> None:
    """现场踏勘 is none of the causes of 行政许可法 45."""
    duty = decide()
    with pytest.raises(BadCause, match="现场踏勘不在其列") as refused:
        actions.pause(duty, by=None, now=NOW, cause=cause, reason="现场踏勘", basis=LAW_45)
    assert refused.value.field == "cause"
    assert duty.events.count() == 1


def test_several_pauses_each_with_its_cause(decide, cal) -> None:
    duty = decide()
    for day, cause in ((8, "hearing"), (10, "testing"), (14, "expert_review")):
        duty = actions.pause(duty, by=None, now=at(9, day), cause=cause, reason="示例", basis=LAW_45)
        duty = actions.resume(duty, by=None, now=at(9, day + 1))
    # Three working days stood still: from the 17th to the make-up Sunday, the 21st and the 22nd … one each.
    assert duty.due_at == at(9, 21, 17, 30)
    assert [event.cause for event in duty.events.filter(kind=Kind.PAUSED)] == [
        "hearing",
        "testing",
        "expert_review",
    ]
    same_as_its_events(duty, cal)


def test_only_one_of_two_pauses(decide) -> None:
    seen = decide()
    pause(seen, at(9, 9))
    with pytest.raises(NotRunning):
        pause(seen, at(9, 9))
    assert seen.events.filter(kind=Kind.PAUSED).count() == 1


def test_only_a_paused_clock_resumes(decide) -> None:
    with pytest.raises(NotRunning):
        actions.resume(decide(), by=None, now=NOW)


@pytest.mark.parametrize("act", ["pause", "extend"])
def test_what_is_over_cannot_be_moved(decide, act) -> None:
    duty = decide()
    more = {"amount": Decimal(5)} if act == "extend" else {"cause": "hearing"}
    with pytest.raises(AlreadyLate, match="2026-09-17 17:30"):
        getattr(actions, act)(duty, by=None, now=at(9, 18), reason="听证", basis=LAW_45, **more)
    assert duty.events.count() == 1


def test_a_clock_that_went_back_breaks_nothing(decide, cal) -> None:
    duty = actions.resume(pause(decide(), at(9, 9)), by=None, now=at(9, 8))
    assert duty.due_at == at(9, 17, 17, 30)
    same_as_its_events(duty, cal)


def test_an_extension_moves_both_lines(decide, cal, cast) -> None:
    duty = actions.extend(
        decide(), by=cast.chief, now=at(9, 15), amount=Decimal(10), reason="材料复杂，经批准", basis=LAW_42
    )
    assert duty.due_at == at(10, 8, 17, 30)
    assert duty.red_line_at == at(10, 23, 17, 30)
    event = duty.events.get(kind=Kind.EXTENDED)
    assert (event.amount, event.by, event.basis) == (10, cast.chief, LAW_42)
    assert payload("duty.extended")["due_before"] == "2026-09-17T17:30:00+08:00"
    same_as_its_events(duty, cal)


def test_an_extension_never_turns_into_other_days(decide) -> None:
    duty = decide(red_amount=45, red_unit=Unit.NATURAL_DAY)
    before = duty.red_line_at
    longer = actions.extend(duty, by=None, now=NOW, amount=Decimal(2), reason="复杂", basis=LAW_42)
    assert longer.red_line_at == before
    assert longer.due_at > duty.due_at


def test_a_paused_clock_can_be_extended(decide) -> None:
    duty = pause(decide(), at(9, 9))
    duty = actions.extend(duty, by=None, now=at(9, 10), amount=Decimal(1), reason="复杂", basis=LAW_42)
    assert duty.due_at is None
    assert actions.resume(duty, by=None, now=at(9, 11)).due_at == at(9, 21, 17, 30)


@pytest.mark.parametrize("amount", ["0", "-1", "0.3"])
def test_bad_extensions(decide, amount) -> None:
    with pytest.raises(BadExtension):
        actions.extend(decide(), by=None, now=NOW, amount=Decimal(amount), reason="复杂", basis=LAW_42)


def test_reassigned_runs_on_under_another_holder(claim, cast) -> None:
    duty = claim()
    moved = actions.reassign(duty, to=cast.enforcement, by=cast.supervisor, now=at(9, 8), reason="职责调整")
    assert (moved.holder, moved.due_at) == (cast.enforcement, duty.due_at)
    assert (payload("duty.reassigned")["before"], payload("duty.reassigned")["after"]) == (
        "competent",
        "enforcement",
    )


def test_a_lapse_stays_with_the_department_that_held_the_duty(claim, cast) -> None:
    actions.reassign(claim(), to=cast.enforcement, by=None, now=at(9, 9), reason="职责调整")
    assert LedgerEntry.objects.get(action="duty.lapsed").department == cast.competent
    assert LedgerEntry.objects.get(action="duty.reassigned").department == cast.enforcement


def test_a_reason_is_wanted_for_reassignment(claim, cast) -> None:
    with pytest.raises(MissingReason):
        actions.reassign(claim(), to=cast.enforcement, by=None, now=NOW, reason="")


@pytest.mark.parametrize("act", ["pause", "resume", "extend", "reassign"])
def test_a_closed_duty_moves_no_more(decide, cast, act) -> None:
    duty = decide()
    actions.meet(duty.key, by=None, now=NOW)
    more = {
        "pause": {"cause": "hearing", "reason": "听证", "basis": LAW_45},
        "resume": {},
        "extend": {"reason": "复杂", "basis": LAW_42, "amount": Decimal(1)},
        "reassign": {"reason": "调整", "to": cast.enforcement},
    }[act]
    with pytest.raises(actions.NoOpenDuty):
        getattr(actions, act)(duty, by=None, now=NOW, **more)
