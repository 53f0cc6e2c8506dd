"""A due time that a calendar moved: later is told anew, earlier is not; what is a fact stays one."""

from datetime import date

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


def amend(*, is_open: bool) -> None:
    """Tuesday is a working day, or not; every open clock follows."""
    text = NoticeText(title="办公调整（示例）", document_no="", year=2026, published_on=date(2026, 9, 7))
    day = NamedDay(date(2026, 9, 8), is_workday=is_open, name="台风" if not is_open else "恢复办公")
    load_days(by=None, now=NOW, text=text, days=[day], is_local=True)
    actions.recompute_all(current_calendar(), now=NOW)


def test_a_time_that_had_run_out_and_moved_later_climbs_again_and_the_lapse_is_noted_once(claim) -> None:
    duty = claim()
    sweep(now=at(9, 9, 15))
    before = set(duty.stages.values_list("stage", flat=True))
    assert before >= {Stage.SOON, Stage.LAPSED}
    amend(is_open=False)
    assert Duty.objects.get().due_at == WEDNESDAY
    sweep(now=at(9, 10, 15))
    after = list(duty.stages.filter(due_at=WEDNESDAY).values_list("stage", flat=True))
    assert before <= set(after)
    assert len(after) == len(set(after))
    assert DutyEvent.objects.filter(kind=DutyEvent.Kind.LAPSED).count() == 1
    assert sweep(now=at(9, 10, 15)) == SweepResult()
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
