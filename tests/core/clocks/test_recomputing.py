"""The stored clocks against their events: what differs is found, open ones are put right, verdicts stand."""

import io
import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from casework.core.clocks import actions
from casework.core.clocks.models import DueMove, Duty, DutyEvent
from casework.core.clocks.recomputing import (
    Difference,
    compare,
    differences,
    facts_of,
    put_all_right,
    put_right,
)
from casework.core.clocks.sweep import sweep, waiting
from casework.core.ledger.models import LedgerEntry
from casework.core.worktime.actions import NoticeText, load_days
from casework.core.worktime.notices import NamedDay
from casework.core.worktime.queries import calendar_as_of, current_calendar
from tests.cast import NOW, at

pytestmark = pytest.mark.django_db
TYPHOON = NoticeText(title="停止办公（示例）", document_no="", year=2026, published_on=date(2026, 9, 7))


def close_tuesday() -> None:
    day = NamedDay(date(2026, 9, 8), is_workday=False, name="台风停止办公")
    load_days(by=None, now=NOW, text=TYPHOON, days=[day], is_local=True)


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("recompute_clocks", *arguments, stdout=out)
    return out.getvalue()


def test_clocks_that_were_kept_by_the_actions_agree(claim, decide) -> None:
    law = {"by": None, "reason": "听证", "basis": "《行政许可法》第四十五条"}
    actions.pause(claim("a"), now=NOW, cause="hearing", **law)
    actions.resume(actions.pause(decide("b"), now=NOW, cause="hearing", **law), by=None, now=at(9, 10))
    actions.extend(decide("c"), amount=Decimal(2), now=NOW, **law)
    actions.meet(claim("d").key, by=None, now=at(9, 8, 10))
    actions.void(
        actions.pause(claim("e"), now=NOW, cause="hearing", **law).key,
        by=None,
        now=at(9, 15),
        reason="撤回申请",
    )
    assert list(differences()) == []
    assert "全部时限与事实一致" in run("--check")


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("due_at", at(9, 30)),
        ("soon_at", None),
        ("red_line_at", at(9, 30)),
        ("next_at", None),
        ("next_at", at(12, 31)),
        ("provisional", True),
        ("calendar_version", 1),
    ],
)
def test_every_wrong_column_is_named_and_put_right(decide, column, value) -> None:
    duty = decide()
    right = getattr(duty, column)
    Duty.objects.filter(pk=duty.pk).update(**{column: value})
    assert list(differences()) == [Difference(duty.pk, duty.key, column, value, right, is_open=True)]
    with pytest.raises(CommandError, match="有1处与事实不一致") as refused:
        run("--check")
    assert refused.value.returncode == 1
    assert getattr(Duty.objects.get(pk=duty.pk), column) == value  # a check writes nothing
    assert "已更正1项" in run()
    assert getattr(Duty.objects.get(pk=duty.pk), column) == right


def test_a_correction_is_told_but_is_no_move_of_the_calendar(claim) -> None:
    duty = claim()
    right = duty.due_at
    Duty.objects.filter(pk=duty.pk).update(due_at=at(9, 30))
    assert put_right(duty.pk, current_calendar(), now=NOW) is True
    assert put_right(duty.pk, current_calendar(), now=NOW) is False
    payload = json.loads(LedgerEntry.objects.get(action="duty.put_right").payload)
    assert (payload["columns"], payload["due_at"]) == (["due_at"], right.isoformat())
    assert not DueMove.objects.exists()
    assert not duty.events.filter(kind=DutyEvent.Kind.RECOMPUTED).exists()


def test_a_duty_left_behind_by_a_new_calendar_is_moved_as_the_sweep_would(claim) -> None:
    duty = claim()
    close_tuesday()
    assert {row.field for row in differences()} == {"due_at", "soon_at", "next_at", "calendar_version"}
    assert put_all_right(now=NOW) == 1
    move = DueMove.objects.get()
    assert (move.duty, move.due_before, move.due_at) == (duty, at(9, 8, 17, 30), at(9, 9, 17, 30))
    assert list(differences()) == []


def test_a_closed_duty_is_verified_by_the_calendar_that_judged_it_and_left_alone(claim) -> None:
    duty = actions.meet(claim().key, by=None, now=at(9, 8, 10))
    close_tuesday()
    assert list(differences()) == []
    Duty.objects.filter(pk=duty.pk).update(due_at=at(9, 30))
    assert [row.is_open for row in differences()] == [False]
    with pytest.raises(CommandError):
        run()
    assert Duty.objects.get(pk=duty.pk).due_at == at(9, 30)


def test_a_duty_that_the_sweep_lost_is_found_and_told_of_again(claim) -> None:
    duty = claim()
    Duty.objects.filter(pk=duty.pk).update(next_at=None)
    late = at(9, 9)
    assert not waiting(late).exists()
    assert [row.field for row in differences()] == ["next_at"]
    assert put_all_right(now=NOW) == 1
    assert sweep(now=late).lapses == 1
    assert list(differences()) == []


def test_a_sweep_leaves_what_the_facts_say(claim, decide) -> None:
    claim("a"), decide("b"), claim("c", now=at(9, 9))
    for moment in (at(9, 8, 8), at(9, 9), at(9, 10), at(9, 30)):
        sweep(now=moment)
        assert list(differences()) == [], moment


def test_a_late_duty_that_changes_hands_is_looked_at_when_the_facts_say(claim, cast) -> None:
    duty = claim()
    actions.reassign(duty, to=cast.enforcement, by=None, now=at(9, 10), reason="职责调整")
    assert list(differences()) == []


def test_a_holder_that_is_not_the_one_it_was_handed_to_is_put_back(claim, cast) -> None:
    duty = actions.reassign(claim(), to=cast.enforcement, by=None, now=at(9, 8, 9), reason="职责调整")
    Duty.objects.filter(pk=duty.pk).update(holder=cast.competent)
    assert [row.field for row in differences()] == ["holder_id"]
    assert put_all_right(now=NOW) == 1
    assert Duty.objects.get(pk=duty.pk).holder == cast.enforcement
    assert list(differences()) == []


def test_the_holder_of_a_closed_duty_is_put_back_and_the_verdict_stays(claim, cast) -> None:
    duty = actions.reassign(claim(), to=cast.enforcement, by=None, now=at(9, 8, 9), reason="职责调整")
    actions.meet(duty.key, by=cast.enforcer, now=at(9, 8, 10))
    close_tuesday()
    Duty.objects.filter(pk=duty.pk).update(holder=cast.competent)
    assert put_all_right(now=NOW) == 1
    again = Duty.objects.get(pk=duty.pk)
    assert (again.holder, again.state, again.due_at) == (cast.enforcement, "met", duty.due_at)
    assert list(differences()) == []


def test_a_closing_that_was_lost_is_put_back(claim, cast) -> None:
    duty = actions.meet(claim().key, by=cast.supervisor, now=at(9, 8, 10))
    Duty.objects.filter(pk=duty.pk).update(state="open", closed_at=None, closed_by=None)
    assert {(row.field, row.is_open) for row in differences()} == {("state", False), ("closed_at", False)}
    assert put_all_right(now=NOW) == 1
    again = Duty.objects.get(pk=duty.pk)
    assert (again.state, again.closed_at, again.closed_by) == ("met", at(9, 8, 10), cast.supervisor)
    assert list(differences()) == []


def test_a_duty_that_nothing_closed_is_open_again(claim, cast) -> None:
    duty = claim()
    closed = {"state": "met", "closed_at": NOW, "closed_by": cast.supervisor, "next_at": None}
    Duty.objects.filter(pk=duty.pk).update(**closed)
    assert {row.field for row in differences()} == {"state", "closed_at", "next_at"}
    assert put_all_right(now=NOW) == 1
    again = Duty.objects.get(pk=duty.pk)
    assert (again.state, again.closed_at, again.closed_by) == ("open", None, None)
    assert again.next_at == duty.next_at
    payload = json.loads(LedgerEntry.objects.get(action="duty.put_right").payload)
    assert payload["columns"] == ["next_at", "state", "closed_at"]


def test_another_time_of_closing_is_told_but_the_verdict_stands(claim) -> None:
    duty = actions.meet(claim().key, by=None, now=at(9, 8, 10))
    Duty.objects.filter(pk=duty.pk).update(closed_at=at(9, 30))
    assert [(row.field, row.derived) for row in differences()] == [("closed_at", at(9, 8, 10))]
    with pytest.raises(CommandError):
        run()
    assert Duty.objects.get(pk=duty.pk).closed_at == at(9, 30)


def test_comparing_reads_no_table(decide, django_assert_num_queries) -> None:
    duty, cal = decide(), current_calendar()
    facts = facts_of(duty)
    with django_assert_num_queries(0):
        assert compare(duty, facts, cal) == []
        assert compare(duty, facts, replace(cal, version=cal.version + 1)) != []


def test_the_calendar_of_an_earlier_version_is_rebuilt() -> None:
    before = current_calendar()
    close_tuesday()
    again = calendar_as_of(before.version)
    assert (again.overrides, again.hours, again.covered) == (before.overrides, before.hours, before.covered)
    assert again.version == before.version != current_calendar().version


def test_differences_say_what_and_where(claim) -> None:
    duty = claim()
    Duty.objects.filter(pk=duty.pk).update(due_at=at(9, 30))
    (found,) = differences()
    assert str(found) == ("claim:push:1（未结）届满时间：存储为2026-09-30 09:30，按事实应为2026-09-08 17:30")
