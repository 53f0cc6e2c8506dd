"""A due time that a calendar moved: later is told anew, earlier is not; what is a fact stays one."""

from datetime import date, datetime

import pytest

from casework.core.clocks import actions
from casework.core.clocks.models import Duty, DutyEvent, Reminder, StagePassed
from casework.core.clocks.recomputing import differences
from casework.core.clocks.sweep import SweepResult, sweep
from casework.core.rules_data.models import Stage
from casework.core.worktime.actions import NoticeText, load_days
from casework.core.worktime.notices import NamedDay
from casework.core.worktime.queries import current_calendar
from tests.cast import NOW, at

pytestmark = pytest.mark.django_db
TUESDAY, WEDNESDAY = at(9, 8, 17, 30), at(9, 9, 17, 30)


def amend(*, is_open: bool, now: datetime = NOW) -> None:
    """Tuesday is a working day, or not; every open clock follows."""
    text = NoticeText(title="办公调整（示例）", document_no="", year=2026, published_on=date(2026, 9, 7))
    day = NamedDay(date(2026, 9, 8), is_workday=is_open, name="台风" if not is_open else "恢复办公")
    load_days(by=None, now=now, text=text, days=[day], is_local=True)
    actions.recompute_all(current_calendar(), now=now)


def told(due_at: datetime) -> dict[str, int]:
    """Stage → reminders made for that due time."""
    rows = Reminder.objects.filter(occasion=due_at).values_list("milestone", flat=True)
    return {stage: list(rows).count(stage) for stage in set(rows)}


def test_a_time_that_had_run_out_and_moved_later_climbs_again_and_the_lapse_is_noted_once(claim) -> None:
    """The closure becomes known in the afternoon of the next day: what lies ahead is told, what is past is not."""
    duty = claim()
    sweep(now=at(9, 9, 15))
    assert set(told(TUESDAY)) == {Stage.SOON, Stage.LAPSED}
    amend(is_open=False, now=at(9, 9, 15))
    assert Duty.objects.get().due_at == WEDNESDAY
    assert sweep(now=at(9, 9, 15)) == SweepResult()
    assert told(WEDNESDAY) == {}
    sweep(now=at(9, 9, 18))
    assert told(WEDNESDAY) == {Stage.LAPSED: 1}
    assert set(duty.stages.filter(due_at=WEDNESDAY).values_list("stage", flat=True)) == {
        Stage.SOON,
        Stage.LAPSED,
    }
    assert DutyEvent.objects.filter(kind=DutyEvent.Kind.LAPSED).count() == 1
    assert list(differences()) == []


def test_a_notice_that_comes_weeks_late_tells_nothing_again(claim) -> None:
    claim()
    sweep(now=at(9, 21, 15))
    before = Reminder.objects.count()
    amend(is_open=False, now=at(9, 21, 16))
    assert sweep(now=at(9, 21, 16)) == sweep(now=at(9, 30)) == SweepResult()
    assert Reminder.objects.count() == before
    assert list(differences()) == []


def test_a_time_that_moved_earlier_is_not_warned_of_again(claim) -> None:
    claim()
    amend(is_open=False)
    sweep(now=at(9, 9, 15))
    amend(is_open=True)
    assert Duty.objects.get().due_at == TUESDAY
    sweep(now=at(9, 9, 15))
    soon = Reminder.objects.filter(milestone=Stage.SOON).values_list("occasion", flat=True)
    assert list(soon) == [WEDNESDAY]
    assert StagePassed.objects.filter(stage=Stage.LAPSED).exists()
    assert list(differences()) == []
