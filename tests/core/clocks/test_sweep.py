"""sweep(): each reminder and each lapse exactly once, however often, however late, by however many."""

import json
from datetime import timedelta

import pytest

from casework.core.clocks import actions, mails
from casework.core.clocks import sweep as room
from casework.core.clocks.facts import NoOpenDuty
from casework.core.clocks.models import DutyEvent, Reminder
from casework.core.clocks.sweep import SweepResult, sweep, waiting
from casework.core.ledger.models import LedgerEntry
from casework.core.outbox.models import Channel, Delivery
from casework.core.rules_data.models import DutyKind
from portal.accounts.models import Membership, Post
from portal.accounts.roles import PostKind, Role
from tests.cast import NOW, at, department, person

pytestmark = pytest.mark.django_db
Kind, Milestone = DutyEvent.Kind, Reminder.Milestone
SOON, LATE = at(9, 8, 15), at(9, 8, 18)  # the claim duty of NOW warns at 14:30 and is due at 17:30


def made() -> list[tuple[str, str, str]]:
    rows = Reminder.objects.order_by("duty__key", "id")
    return list(rows.values_list("duty__key", "milestone", "recipient__username"))


def lapses() -> int:
    return DutyEvent.objects.filter(kind=Kind.LAPSED).count()


def test_nothing_is_due_yet(claim) -> None:
    claim()
    assert sweep(now=at(9, 8, 14, 29)) == SweepResult()
    assert made() == []


def test_nothing_due_costs_one_query(claim, django_assert_num_queries) -> None:
    for number in range(5):
        claim(f"key {number}")
    with django_assert_num_queries(1):
        assert sweep(now=NOW) == SweepResult()
    sweep(now=LATE)
    with django_assert_num_queries(1):
        assert sweep(now=LATE) == SweepResult()


def test_a_warning_before_the_time_runs_out(claim, case, cast) -> None:
    claim(case=case)
    assert sweep(now=SOON) == SweepResult(duties=1, reminders=1)
    assert made() == [("claim:push:1", Milestone.SOON, "supervisor")]
    assert lapses() == 0
    reminder = Reminder.objects.get()
    assert (reminder.made_at, reminder.read_at) == (SOON, None)
    mail = Delivery.objects.get()
    assert (mail.dedup, mail.reference) == (f"reminder:{reminder.pk}", f"reminder:{reminder.pk}")
    assert (mail.channel, mail.address) == (Channel.MAIL, cast.supervisor.email)
    assert mail.subject == f"【审管联动】认领办理结果即将到期 {case.number}"
    assert "届满时间：2026年09月08日 17:30" in mail.body
    assert case.applicant_name not in mail.subject + mail.body


def test_a_lapse_when_it_has(claim) -> None:
    duty = claim()
    sweep(now=SOON)
    assert sweep(now=LATE) == SweepResult(duties=1, reminders=1, lapses=1)
    assert made() == [
        ("claim:push:1", Milestone.SOON, "supervisor"),
        ("claim:push:1", Milestone.LAPSED, "supervisor"),
    ]
    entry = LedgerEntry.objects.get(action="duty.lapsed")
    assert (entry.clause, entry.department, entry.actor_name) == ("9.1", duty.holder, "平台")
    assert json.loads(entry.payload)["due_at"] == "2026-09-08T17:30:00+08:00"
    assert Delivery.objects.count() == 2


def test_the_due_moment_itself_is_not_late(claim) -> None:
    claim()
    assert sweep(now=at(9, 8, 17, 30)).lapses == 0
    assert sweep(now=at(9, 8, 17, 30) + timedelta(microseconds=1)).lapses == 1


def test_fifty_runs_make_one_of_each(claim, decide, cast) -> None:
    """R-11."""
    person("second", "示例监管员乙", (cast.competent, Role.SUPERVISOR))
    claim("claim:push:1")
    claim("claim:push:2")
    decide()
    for tick in range(50):
        sweep(now=NOW + timedelta(hours=12 * tick))
    # Two claims to two people each, one decision to two on three stages; each climbs three steps to the evaluator.
    assert len(made()) == len(set(made())) == 2 * (2 * 2 + 3) + (2 * 3 + 3)
    assert lapses() == LedgerEntry.objects.filter(action="duty.lapsed").count() == 3
    assert Delivery.objects.count() == 23


def story(prefix: str) -> tuple[list, list]:
    """Reminders and facts of the duties whose key begins with ``prefix``, without it."""
    reminders = [(key.removeprefix(prefix), *rest) for key, *rest in made() if key.startswith(prefix)]
    events = DutyEvent.objects.filter(duty__key__startswith=prefix).order_by("duty_id", "id")
    rows = events.values_list("duty__key", "kind", "at")
    return reminders, [(key.removeprefix(prefix), *rest) for key, *rest in rows]


def test_after_days_without_a_worker_it_is_as_if_there_had_been_none(claim, decide) -> None:
    """R-24: the same reminders and lapses, at the same legal moments, from one late run as from many."""
    claim("in time:claim"), decide("in time:decide")
    for tick in range(80):
        sweep(now=NOW + timedelta(hours=6 * tick))
    claim("late:claim"), decide("late:decide")
    sweep(now=NOW + timedelta(days=30))
    assert story("late:") == story("in time:")
    assert len(story("late:")[0]) == 2 + 2 * 3 + 2 * 3


def test_only_those_who_can_meet_it_are_reminded(claim, cast) -> None:
    person("liaison", "示例联络员", (cast.competent, Role.LIAISON))
    gone = person("gone", "示例已调离", (cast.competent, Role.SUPERVISOR))
    Membership.objects.filter(user=gone).update(valid_to=at(9, 7).date())
    off = person("off", "示例停用", (cast.competent, Role.SUPERVISOR))
    off.is_active = False
    off.save()
    claim()
    sweep(now=LATE)
    assert {who for _, _, who in made()} == {"supervisor"}


def test_without_an_address_the_reminder_stands_in_the_inbox(claim, cast) -> None:
    cast.supervisor.email = ""
    cast.supervisor.save()
    claim()
    assert sweep(now=SOON).reminders == 1
    assert not Delivery.objects.exists()


def test_nobody_can_meet_it_is_told_once_and_to_the_leader(claim) -> None:
    empty = department("empty", "示例空缺单位")
    leader, deputy = person("boss", "示例分管领导"), person("deputy", "示例代理人")
    Post.objects.create(department=empty, kind=PostKind.LEADER, user=leader, substitute=deputy)
    Post.objects.create(department=empty, kind=PostKind.LEADER, user=deputy, valid_to=at(9, 1).date())
    duty = claim(holder=empty)
    assert sweep(now=SOON) == SweepResult(duties=1, reminders=1, unreachable=1)
    assert sweep(now=LATE) == SweepResult(duties=1, reminders=1, lapses=1)
    assert {who for _, _, who in made()} == {"boss"}
    assert LedgerEntry.objects.get(action="duty.unreachable").department == empty
    assert duty.events.filter(kind=Kind.UNREACHABLE).count() == 1


def test_the_substitute_stands_in_for_a_leader_who_left(claim) -> None:
    empty = department("empty", "示例空缺单位")
    leader, deputy = person("boss", "示例分管领导"), person("deputy", "示例代理人")
    leader.is_active = False
    leader.save()
    Post.objects.create(department=empty, kind=PostKind.LEADER, user=leader, substitute=deputy)
    claim(holder=empty)
    sweep(now=SOON)
    assert {who for _, _, who in made()} == {"deputy"}


def test_a_department_without_anybody_does_not_stay_on_the_list(claim) -> None:
    Membership.objects.filter(role=Role.EVALUATOR).update(valid_to=at(9, 1).date())
    claim(holder=department("empty", "示例空缺单位"))
    assert sweep(now=SOON) == SweepResult(duties=1, unreachable=1)
    assert not waiting(SOON).exists()
    assert sweep(now=LATE) == SweepResult(duties=1, lapses=1)
    assert not waiting(LATE).exists()


def test_closed_and_paused_duties_are_left_alone(claim) -> None:
    actions.meet(claim("a").key, by=None, now=NOW)
    actions.pause(
        claim("b"), by=None, now=NOW, cause="hearing", reason="听证", basis="《行政许可法》第四十五条"
    )
    assert sweep(now=at(12, 1)) == SweepResult()


def test_closed_between_the_list_and_the_work(claim, monkeypatch) -> None:
    claim()

    def closed_meanwhile(**lookup):
        raise NoOpenDuty(str(lookup))

    monkeypatch.setattr(room, "locked", closed_meanwhile)
    assert sweep(now=LATE) == SweepResult()


def test_two_workers_with_the_same_list(claim) -> None:
    """The second one finds the row done, whatever its list said."""
    duty = claim()
    lapse = at(9, 8, 17, 30) + timedelta(microseconds=1)
    assert room._tell_of(duty.pk, LATE) == (SweepResult(reminders=1), lapse)
    assert room._tell_of(duty.pk, LATE) == (SweepResult(reminders=1, lapses=1), None)
    assert room._tell_of(duty.pk, LATE) == (SweepResult(), None)
    assert len(made()) == 2


def test_limit_and_more(claim) -> None:
    """What comes later of the first duties waits until the others had their turn: one order in all."""
    for number in range(5):
        claim(f"key {number}")
    first = sweep(now=LATE, limit=3)
    assert (first.duties, first.reminders, first.more) == (3, 3, True)
    second = sweep(now=LATE, limit=3)
    assert (second.duties, second.reminders, second.more) == (3, 3, True)
    while sweep(now=LATE, limit=3).more:
        pass
    stages = list(Reminder.objects.order_by("id").values_list("milestone", flat=True))
    assert stages == [Milestone.SOON] * 5 + [Milestone.LAPSED] * 5


def test_a_worker_that_dies_in_the_middle_leaves_no_half(claim, cast, monkeypatch) -> None:
    person("second", "示例监管员乙", (cast.competent, Role.SUPERVISOR))
    claim("a"), claim("b")
    real, calls = mails.outbox.enqueue, []

    def dies_on_the_second(**mail):
        calls.append(mail["dedup"])
        if len(calls) == 2:
            raise RuntimeError("killed")
        return real(**mail)

    monkeypatch.setattr(mails.outbox, "enqueue", dies_on_the_second)
    result = sweep(now=SOON)
    assert (result.failed, result.duties) == (1, 1)  # the other duty was not held up
    assert {key for key, _, _ in made()} == {"b"}
    assert sweep(now=SOON) == SweepResult(duties=1, reminders=2)
    assert len(made()) == Delivery.objects.count() == 4


def test_a_date_that_moved_later_is_warned_of_again(decide) -> None:
    duty = decide()
    first = duty.due_at
    sweep(now=at(9, 16, 10))
    duty = actions.pause(
        duty, by=None, now=at(9, 16, 11), cause="hearing", reason="听证", basis="《行政许可法》第四十五条"
    )
    duty = actions.resume(duty, by=None, now=at(9, 28))
    for _ in range(3):
        sweep(now=at(9, 29))
    stages = [milestone for _, milestone, _ in made()]
    assert stages == [Milestone.SOON] * 4 + [Milestone.DUE] * 2
    soon = Reminder.objects.filter(milestone=Milestone.SOON).values_list("occasion", flat=True)
    assert sorted(set(soon)) == [first, duty.due_at]


@pytest.mark.parametrize("kind", list(DutyKind))
def test_every_kind_reaches_somebody(claim, cast, kind) -> None:
    """``stranger`` holds every role of the business, so no kind may be unreachable there."""
    claim(kind=kind, holder=cast.elsewhere)
    result = sweep(now=at(11, 30))
    assert (result.lapses, result.unreachable) == (1, 0)
    assert {milestone for _, milestone, who in made() if who == "stranger"} >= {
        Milestone.SOON,
        Milestone.LAPSED,
    }
