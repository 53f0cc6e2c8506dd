"""A new notice moves what is open, tells both dates, and leaves verdicts alone (R-22)."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from casework.core.clocks import actions
from casework.core.clocks.models import DueMove, Duty, DutyEvent
from casework.core.clocks.queries import badge
from casework.core.clocks.sweep import sweep
from casework.core.ledger.models import LedgerEntry
from casework.core.worktime.actions import NoticeText, load_days
from casework.core.worktime.calendar import WorkCalendar
from casework.core.worktime.notices import NamedDay
from tests.cast import NOW, at

pytestmark = pytest.mark.django_db
Kind = DutyEvent.Kind


def closing(cal: WorkCalendar, *days: date) -> WorkCalendar:
    """The calendar after a notice that closes the offices on ``days`` (a typhoon)."""
    return replace(cal, overrides={**cal.overrides, **dict.fromkeys(days, False)}, version=cal.version + 1)


def test_everything_open_moves_with_the_calendar(claim, decide, cal) -> None:
    moved, far = claim("a"), decide("b")
    closed = actions.meet(claim("c").key, by=None, now=at(9, 8))
    paused = actions.pause(
        claim("d"), by=None, now=NOW, cause="hearing", reason="听证", basis="《行政许可法》第四十五条"
    )
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


def test_an_older_calendar_never_moves_a_duty_back(claim, cal) -> None:
    duty = claim()
    newer = closing(cal, date(2026, 9, 8))
    actions.recompute_all(newer, now=NOW)
    assert actions.recompute(duty, cal, now=NOW) is False
    assert actions.recompute_all(cal, now=NOW) == 0
    assert Duty.objects.get(pk=duty.pk).due_at == at(9, 9, 17, 30)


def test_a_run_stops_at_its_limit_and_the_next_goes_on(claim, cal) -> None:
    for number in range(5):
        claim(f"d{number}")
    newer = closing(cal, date(2026, 9, 8))
    assert [actions.recompute_all(newer, now=NOW, limit=2, chunk=2) for _ in range(4)] == [2, 2, 1, 0]


def test_a_duty_that_fails_does_not_hold_up_the_others(claim, cal, caplog) -> None:
    bad, good = claim("a"), claim("b")
    Duty.objects.filter(pk=bad.pk).update(amount=Decimal("0.3"))  # no limit in steps of half a day
    newer, failed = closing(cal, date(2026, 9, 8)), []
    assert actions.recompute_all(newer, now=NOW, failed=failed) == 1
    assert failed == [bad.pk]
    assert Duty.objects.get(pk=good.pk).calendar_version == newer.version
    assert "could not be recomputed" in caplog.text


# -- nothing is judged by a calendar that has been replaced ----------------------------


def close_tuesday() -> None:
    """A closure comes into force; no sweep has followed it yet."""
    text = NoticeText(title="停止办公（示例）", document_no="", year=2026, published_on=date(2026, 9, 7))
    day = NamedDay(date(2026, 9, 8), is_workday=False, name="台风停止办公")
    load_days(by=None, now=NOW, text=text, days=[day], is_local=True)


def test_no_lapse_is_noted_by_a_replaced_calendar(claim) -> None:
    duty = claim()
    close_tuesday()
    sweep(now=at(9, 8, 18))
    duty.refresh_from_db()
    assert duty.due_at == at(9, 9, 17, 30)
    assert not duty.events.filter(kind=Kind.LAPSED).exists()


def test_no_fulfilment_is_late_by_a_replaced_calendar(claim) -> None:
    duty = claim()
    close_tuesday()
    done = actions.meet(duty.key, by=None, now=at(9, 9))
    assert not done.is_late(at(9, 9))
    assert DueMove.objects.get().duty == duty


def test_what_a_new_calendar_leaves_running_can_still_be_paused_and_extended(claim) -> None:
    law = {"by": None, "reason": "听证", "basis": "《行政许可法》第四十五条"}
    first, second = claim("a"), claim("b")
    close_tuesday()
    assert actions.pause(first, now=at(9, 9), cause="hearing", **law).due_at is None
    assert actions.extend(second, now=at(9, 9), amount=Decimal(1), **law).due_at == at(9, 10, 17, 30)
