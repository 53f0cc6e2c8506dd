"""A new notice moves what is open, tells both dates, and leaves verdicts alone (R-22)."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from casework.core.clocks import actions
from casework.core.clocks.models import Duty, DutyEvent
from casework.core.clocks.queries import badge
from casework.core.clocks.sweep import sweep
from casework.core.ledger.models import LedgerEntry
from casework.core.worktime.calendar import WorkCalendar
from tests.cast import NOW, at

pytestmark = pytest.mark.django_db
Kind = DutyEvent.Kind


def closing(cal: WorkCalendar, *days: date) -> WorkCalendar:
    """The calendar after a notice that closes the offices on ``days`` (a typhoon)."""
    return replace(cal, overrides={**cal.overrides, **dict.fromkeys(days, False)}, version=cal.version + 1)


def test_everything_open_moves_with_the_calendar(claim, decide, cal) -> None:
    moved, far = claim("a"), decide("b")
    closed = actions.meet(claim("c").key, by=None, now=at(9, 8))
    paused = actions.pause(claim("d"), by=None, now=NOW, reason="听证", basis="《行政许可法》第四十五条")
    newer = closing(cal, date(2026, 9, 8))

    assert actions.recompute_all(newer, now=at(9, 8, 7), chunk=1) == 2

    stored = Duty.objects.in_bulk([moved.pk, far.pk, closed.pk, paused.pk])
    assert stored[moved.pk].due_at == at(9, 9, 17, 30)
    assert stored[moved.pk].soon_at == at(9, 9, 14, 30)
    assert stored[far.pk].due_at == at(9, 18, 17, 30)
    assert stored[closed.pk].due_at == closed.due_at
    assert [stored[duty.pk].calendar_version for duty in (moved, far, paused)] == [newer.version] * 3
    assert stored[closed.pk].calendar_version == cal.version
    assert badge(stored[closed.pk], at(12, 1), newer).text == "按时完成"


def test_both_dates_are_kept(claim, cal, cast) -> None:
    duty = claim()
    newer = closing(cal, date(2026, 9, 8))
    actions.recompute_all(newer, now=at(9, 8, 7), by=cast.sysadmin)
    event = duty.events.get(kind=Kind.RECOMPUTED)
    assert event.reason == "工作日历更新，届满时间由2026-09-08 17:30调整为2026-09-09 17:30"
    payload = json.loads(LedgerEntry.objects.get(action="duty.recomputed").payload)
    assert payload["due_before"] == "2026-09-08T17:30:00+08:00"
    assert payload["due_at"] == "2026-09-09T17:30:00+08:00"
    assert payload["calendar"] == newer.version


def test_a_second_run_finds_nothing(claim, cal, django_assert_num_queries) -> None:
    claim()
    newer = closing(cal, date(2026, 9, 8))
    actions.recompute_all(newer, now=NOW)
    with django_assert_num_queries(1):
        assert actions.recompute_all(newer, now=NOW) == 0
    assert DutyEvent.objects.filter(kind=Kind.RECOMPUTED).count() == 1


def test_a_date_that_stays_leaves_no_event(claim, cal) -> None:
    duty = claim()
    assert actions.recompute_all(closing(cal, date(2026, 12, 1)), now=NOW) == 0
    assert duty.events.count() == 1
    assert not LedgerEntry.objects.filter(action="duty.recomputed").exists()


def test_the_awaited_notice_makes_the_date_certain(claim, cal) -> None:
    duty = claim(amount=Decimal(90))
    assert duty.provisional
    newer = replace(cal, covered=cal.covered | {2027}, version=cal.version + 1)
    actions.recompute_all(newer, now=NOW)
    duty.refresh_from_db()
    assert not duty.provisional


def test_a_late_notice_takes_the_lateness_away_but_not_the_record(claim, cal) -> None:
    duty = claim()
    sweep(now=at(9, 8, 18))
    newer = closing(cal, date(2026, 9, 8))
    actions.recompute_all(newer, now=at(9, 8, 20))
    duty.refresh_from_db()
    assert badge(duty, at(9, 8, 20), newer).tone == "ok"
    assert [event.kind for event in duty.events.order_by("id")] == [
        Kind.STARTED,
        Kind.LAPSED,
        Kind.RECOMPUTED,
    ]
    assert actions.meet(duty.key, by=None, now=at(9, 9)).is_late(at(9, 9)) is False


def test_a_closed_duty_is_not_recomputed(claim, cal) -> None:
    duty = actions.meet(claim().key, by=None, now=NOW)
    with pytest.raises(actions.NoOpenDuty):
        actions.recompute(duty, cal, now=NOW)
