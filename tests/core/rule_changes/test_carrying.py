"""After a notice: every open duty moves, everybody concerned is told once, whatever is killed in between (R-11, R-22)."""

from datetime import date

import pytest

from casework.core.clocks.models import DueMove, Duty
from casework.core.outbox.models import Delivery
from casework.core.rule_changes import actions, carrying
from casework.core.rule_changes.carrying import Carried, carry
from casework.core.rule_changes.digests import mark_read
from casework.core.rule_changes.models import MoveDigest
from casework.core.worktime.queries import calendar_version
from portal import jobs
from portal.accounts.models import Post
from portal.accounts.roles import PostKind
from tests.cast import NOW, at
from tests.core.rule_changes.conftest import closure

pytestmark = pytest.mark.django_db
AFTER = at(9, 7, 10)


@pytest.fixture
def in_force(admins):  # type: ignore[no-untyped-def]
    """``in_force(draft, confirmed=0)``: propose and approve."""

    def make(draft=None, confirmed: int = 0):  # type: ignore[no-untyped-def]
        change = actions.propose(content=draft or closure(), by=admins.proposer, now=NOW)
        version = calendar_version()
        return actions.approve(change, version=version, confirmed=confirmed, by=admins.approver, now=NOW)

    return make


def told() -> list[tuple[str, int, int]]:
    rows = MoveDigest.objects.order_by("id").select_related("recipient")
    return [(row.recipient.username, row.moved, row.shortened) for row in rows]


def test_open_duties_move_and_the_people_concerned_are_told_once(claim, case, cast, in_force) -> None:
    claim("a", case=case)
    claim("b", case=case)
    change = in_force()
    assert carry(now=AFTER) == Carried(moved=2, told=1)
    assert carry(now=AFTER) == Carried()
    assert told() == [("supervisor", 2, 0)]
    mail = Delivery.objects.get(reference__startswith="due-moves:")
    assert mail.address == cast.supervisor.email
    assert "2项任务" in mail.subject
    assert f"《{change.title}》" in mail.body
    assert f"办件{case.number} 认领办理结果：由2026年09月08日 17:30调整为2026年09月09日 17:30" in mail.body
    assert case.applicant_name not in mail.body
    assert not DueMove.objects.filter(told_at=None).exists()


def test_what_moves_forward_is_marked(claim, in_force) -> None:
    claim("a", now=at(9, 11))
    in_force(closure(date(2026, 9, 12), worked=True, title="照常上班（示例）"), confirmed=1)
    carry(now=AFTER)
    assert told() == [("supervisor", 1, 1)]
    body = Delivery.objects.get(reference__startswith="due-moves:").body
    assert "其中1项提前" in body
    assert "（提前）" in body


def test_nobody_is_told_before_the_last_duty_has_moved(claim, in_force) -> None:
    for number in range(5):
        claim(f"d{number}")
    in_force()
    assert carry(now=AFTER, limit=2) == Carried(moved=2, more=True)
    assert carry(now=AFTER, limit=2) == Carried(moved=2, more=True)
    assert told() == []
    assert carry(now=AFTER, limit=2) == Carried(moved=1, told=1)
    assert told() == [("supervisor", 5, 0)]


def test_a_run_that_was_killed_between_two_people_tells_the_second_only(
    claim, cast, in_force, monkeypatch
) -> None:
    claim("a")
    claim("b", holder=cast.enforcement)
    in_force()
    tell, calls = carrying._tell, []

    def killed(*arguments):  # type: ignore[no-untyped-def]
        calls.append(arguments)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return tell(*arguments)

    monkeypatch.setattr(carrying, "_tell", killed)
    with pytest.raises(KeyboardInterrupt):
        carry(now=AFTER)
    monkeypatch.undo()
    assert len(told()) == 1
    assert carry(now=AFTER).told == 1
    assert sorted(told()) == [("enforcer", 1, 0), ("supervisor", 1, 0)]
    assert Delivery.objects.filter(reference__startswith="due-moves:").count() == 2


def test_a_late_move_after_the_digest_is_told_by_itself(claim, in_force) -> None:
    claim("a")
    in_force()
    carry(now=AFTER)
    late = claim("b")  # reckoned before the notice, committed after the sweep
    Duty.objects.filter(pk=late.pk).update(calendar_version=1, due_at=at(9, 8, 17, 30))
    assert carry(now=AFTER) == Carried(moved=1, told=1)
    assert told() == [("supervisor", 1, 0), ("supervisor", 1, 0)]


def test_two_notices_before_the_sweep_make_one_message(claim, in_force) -> None:
    claim()
    in_force()
    in_force(closure(date(2026, 9, 9), title="继续停止办公（示例）"))
    carry(now=AFTER)
    assert told() == [("supervisor", 1, 0)]
    assert DueMove.objects.get().due_at == at(9, 10, 17, 30)


def test_a_department_with_nobody_who_can_act_has_its_leader_told(claim, cast, in_force) -> None:
    claim("a", holder=cast.unit_a)
    Post.objects.create(department=cast.unit_a, user=cast.leader_a, kind=PostKind.LEADER)
    in_force()
    carry(now=AFTER)
    assert told() == [("leader-a", 1, 0)]


def test_a_duty_that_fails_holds_up_nobodys_message(claim, in_force, caplog) -> None:
    bad = claim("a")
    claim("b")
    Duty.objects.filter(pk=bad.pk).update(amount="0.3")
    in_force(closure(date(2026, 9, 8)))
    assert carry(now=AFTER) == Carried(moved=1, told=1)
    assert "could not be recomputed" in caplog.text


def test_an_approval_rings_and_the_job_rings_again_while_duties_wait(
    claim, in_force, monkeypatch, django_capture_on_commit_callbacks
) -> None:
    rung: list[str] = []
    monkeypatch.setattr(actions, "async_task", lambda job, **_options: rung.append(job))
    monkeypatch.setattr(jobs, "async_task", lambda job, **_options: rung.append(job))
    monkeypatch.setattr(carrying.carry, "__kwdefaults__", {"limit": 1})
    claim("a")
    claim("b")
    with django_capture_on_commit_callbacks(execute=True):
        in_force()
    assert rung == [actions.JOB]
    assert jobs.carry_calendar() == 1
    assert rung == [actions.JOB] * 2
    assert jobs.carry_calendar() == 1
    assert rung == [actions.JOB] * 2


def test_nothing_to_do_asks_little(claim, django_assert_max_num_queries) -> None:
    claim()
    carry(now=AFTER)
    with django_assert_max_num_queries(5):
        assert carry(now=AFTER) == Carried()


def test_everybody_reads_the_own_digests_only(claim, cast, in_force) -> None:
    claim()
    in_force()
    carry(now=AFTER)
    digest = MoveDigest.objects.get()
    assert mark_read(up_to=digest.pk, by=cast.enforcer, now=AFTER) == 0
    assert mark_read(up_to=digest.pk, by=cast.supervisor, now=AFTER) == 1
    assert mark_read(up_to=digest.pk, by=cast.supervisor, now=AFTER) == 0
