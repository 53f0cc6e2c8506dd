"""meet() and void(): one wins, late is noted, nothing closes twice."""

import json

import pytest

from casework.core.clocks import actions
from casework.core.clocks.actions import NoOpenDuty
from casework.core.clocks.models import Duty, DutyEvent, DutyState
from casework.core.ledger.models import LedgerEntry
from casework.core.transitions import StaleState
from tests.cast import NOW, at

pytestmark = pytest.mark.django_db
Kind = DutyEvent.Kind
KEY = "claim:push:1"


def kinds(duty: Duty) -> list[str]:
    return list(duty.events.order_by("id").values_list("kind", flat=True))


def payload(action: str) -> dict:
    return json.loads(LedgerEntry.objects.get(action=action).payload)


def test_met_in_time(claim, cast) -> None:
    claim()
    duty = actions.meet(KEY, by=cast.supervisor, now=at(9, 8, 10), evidence="推2026-1")
    stored = Duty.objects.get()
    for seen in (duty, stored):
        assert (seen.state, seen.closed_at, seen.closed_by) == (DutyState.MET, at(9, 8, 10), cast.supervisor)
        assert not seen.is_late(at(12, 1))
    assert kinds(duty) == [Kind.STARTED, Kind.MET]
    assert payload("duty.met")["evidence"] == "推2026-1"
    assert payload("duty.met")["late"] is False


@pytest.mark.parametrize(("microsecond", "late"), [(0, False), (1, True)])
def test_the_last_moment_is_in_time(claim, microsecond, late) -> None:
    claim()
    duty = actions.meet(KEY, by=None, now=at(9, 8, 17, 30).replace(microsecond=microsecond))
    assert duty.is_late(duty.closed_at) is late
    assert (Kind.LAPSED in kinds(duty)) is late


def test_met_late_is_a_lapse_and_a_fulfilment_without_any_sweep(claim, cast) -> None:
    claim()
    duty = actions.meet(KEY, by=cast.supervisor, now=at(9, 10))
    assert kinds(duty) == [Kind.STARTED, Kind.LAPSED, Kind.MET]
    lapse = duty.events.get(kind=Kind.LAPSED)
    assert (lapse.at, lapse.by) == (at(9, 8, 17, 30), None)
    assert payload("duty.lapsed")["due_at"] == "2026-09-08T17:30:00+08:00"
    assert payload("duty.met")["late"] is True
    assert LedgerEntry.objects.get(action="duty.lapsed").actor_name == "平台"


def test_the_second_of_two_people_gets_no_open_duty(claim, cast) -> None:
    claim()
    actions.meet(KEY, by=cast.supervisor, now=NOW)
    with pytest.raises(NoOpenDuty):
        actions.meet(KEY, by=cast.enforcer, now=NOW)
    assert Duty.objects.get().closed_by == cast.supervisor
    assert LedgerEntry.objects.filter(action="duty.met").count() == 1


def test_the_update_itself_decides_when_both_read_an_open_duty(claim, cast, monkeypatch) -> None:
    read_before = claim()
    actions.meet(KEY, by=cast.supervisor, now=NOW)
    monkeypatch.setattr(actions, "locked", lambda **_lookup: read_before)
    with pytest.raises(NoOpenDuty):
        actions.meet(KEY, by=cast.enforcer, now=NOW)
    assert kinds(read_before) == [Kind.STARTED, Kind.MET]


def test_no_open_duty_is_a_stale_state(db) -> None:
    with pytest.raises(StaleState):
        actions.meet("nothing", by=None, now=NOW)


def test_void_keeps_its_reason(claim, cast) -> None:
    claim()
    duty = actions.void(KEY, by=cast.supervisor, now=NOW, reason="退回：不属本单位职责")
    assert duty.state == DutyState.VOID
    assert duty.events.get(kind=Kind.VOIDED).reason == "退回：不属本单位职责"
    assert payload("duty.voided")["reason"] == "退回：不属本单位职责"
    with pytest.raises(NoOpenDuty):
        actions.meet(KEY, by=None, now=NOW)


def test_void_after_the_due_time_keeps_the_lapse(claim) -> None:
    claim()
    assert Kind.LAPSED in kinds(actions.void(KEY, by=None, now=at(9, 9), reason="办件终止"))


def test_what_is_done_while_the_clock_stands_still_is_in_time(decide) -> None:
    duty = decide()
    actions.pause(
        duty, by=None, now=at(9, 17, 16), cause="hearing", reason="听证", basis="《行政许可法》第四十五条"
    )
    met = actions.meet(duty.key, by=None, now=at(9, 28, 18))
    assert met.state == DutyState.MET
    assert met.due_at == at(9, 29, 17, 30)
    assert not met.is_late(met.closed_at)


def test_a_refused_ledger_entry_leaves_the_duty_open(claim, monkeypatch) -> None:
    claim()

    def broken(*_args, **_kwargs):
        raise RuntimeError("no ledger")

    monkeypatch.setattr(actions, "tell", broken)
    with pytest.raises(RuntimeError):
        actions.meet(KEY, by=None, now=NOW)
    duty = Duty.objects.get()
    assert (duty.state, duty.closed_at) == (DutyState.OPEN, None)
    assert kinds(duty) == [Kind.STARTED]
