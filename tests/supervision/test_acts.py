"""Open, claim, return, push again, register: five acts, each with its own rights and facts (9.1)."""

from datetime import timedelta

import pytest
from django.db import connection

from casework.core.access import NotPermitted
from casework.core.clocks.models import Duty, DutyState
from casework.core.ledger.models import LedgerEntry
from casework.core.transitions import StaleState, Transition
from casework.models import PushState, RegisterEntry, ResultPush
from casework.supervision import actions
from portal.accounts.models import Membership
from portal.accounts.roles import DepartmentKind, Role
from tests.cast import NOW, department
from tests.racing import race
from tests.supervision.world import fresh, pushed

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=2)
WRONG = "该项活动由综合执法部门监管"


def duty(kind, push):
    return Duty.objects.get(key=f"{kind}:push:{push.pk}")


def actions_of(push):
    return list(LedgerEntry.objects.filter(case_number=push.case.number).values_list("action", flat=True))


# -- open


def test_open_notes_the_first_opening_only(cast, version):
    push = pushed(cast, version)
    actions.open_result(push, by=cast.supervisor, now=LATER)
    actions.open_result(fresh(push), by=cast.supervisor, now=LATER + timedelta(hours=1))
    assert fresh(push).recipient.opened_at == LATER
    assert actions_of(push).count("letter.opened") == 1
    assert fresh(push).state == PushState.DELIVERED  # opened is not claimed


@pytest.mark.parametrize("who", ["enforcer", "clerk", "handler", "evaluator", "stranger"])
def test_open_requires_a_supervisor_of_that_department(cast, version, who):
    with pytest.raises(NotPermitted):
        actions.open_result(pushed(cast, version), by=getattr(cast, who), now=LATER)


# -- claim


def test_claim_meets_its_duty_and_starts_the_register_duty(cast, version):
    push = pushed(cast, version)
    actions.claim_result(push, by=cast.supervisor, now=LATER)
    push = fresh(push)
    assert push.state == PushState.CLAIMED
    assert (push.recipient.claimed_at, push.recipient.claimed_by) == (LATER, cast.supervisor)
    assert duty("claim", push).state == DutyState.MET
    register = duty("register", push)
    assert (register.holder, register.started_at, register.state) == (cast.competent, LATER, DutyState.OPEN)
    assert {"letter.claimed", "duty.met", "duty.started"} <= set(actions_of(push))
    assert Transition.objects.get(object_type="resultpush", object_id=str(push.pk)).new == PushState.CLAIMED


def test_claim_of_a_refusal_starts_no_register_duty(cast, version):
    push = pushed(cast, version, granted=False)
    actions.claim_result(push, by=cast.supervisor, now=LATER)
    assert duty("claim", push).state == DutyState.MET
    assert not Duty.objects.filter(kind="register").exists()


def test_claim_leaves_the_other_departments_push_alone(cast, version):
    push = pushed(cast, version)
    actions.claim_result(push, by=cast.supervisor, now=LATER)
    other = ResultPush.objects.get(department=cast.enforcement)
    assert other.state == PushState.DELIVERED
    assert duty("claim", other).state == DutyState.OPEN


def test_a_late_claim_is_a_claim_and_a_lapse(cast, version):
    push = pushed(cast, version)
    actions.claim_result(push, by=cast.supervisor, now=NOW + timedelta(days=4))
    assert fresh(push).state == PushState.CLAIMED
    assert duty("claim", push).is_late(NOW + timedelta(days=9))
    assert "duty.lapsed" in actions_of(push)


@pytest.mark.parametrize("who", ["enforcer", "clerk", "handler", "chief", "evaluator", "stranger"])
def test_claim_requires_a_supervisor_of_that_department(cast, version, who):
    push = pushed(cast, version)
    with pytest.raises(NotPermitted):
        actions.claim_result(push, by=getattr(cast, who), now=LATER)
    assert fresh(push).state == PushState.DELIVERED


def test_claim_rejects_one_whose_membership_has_ended(cast, version):
    push = pushed(cast, version)
    Membership.objects.filter(user=cast.supervisor).update(valid_to=NOW.date() - timedelta(days=1))
    with pytest.raises(NotPermitted):
        actions.claim_result(push, by=cast.supervisor, now=LATER)


def test_a_second_claim_is_stale_and_changes_nothing(cast, version):
    push = pushed(cast, version)
    first, second = fresh(push), fresh(push)
    actions.claim_result(first, by=cast.supervisor, now=LATER)
    before = LedgerEntry.objects.count()
    with pytest.raises(StaleState):
        actions.claim_result(second, by=cast.supervisor, now=LATER + timedelta(minutes=1))
    assert fresh(push).recipient.claimed_at == LATER
    assert LedgerEntry.objects.count() == before


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the race runs on a SQLite file")
def test_of_two_claims_at_once_one_wins(cast, version, tmp_path):
    push = pushed(cast, version)
    loaded = [fresh(push), fresh(push)]

    def claim(own):
        actions.claim_result(own, by=cast.supervisor, now=LATER)
        return list(ResultPush.objects.filter(pk=own.pk).values_list("state", flat=True)), actions_of(own)

    results = race([lambda own=own: claim(own) for own in loaded], tmp_path)
    lost = [result for result in results if isinstance(result, StaleState)]
    won = [result for result in results if isinstance(result, tuple)]
    assert (len(won), len(lost)) == (1, 1), results
    assert won[0][0] == [PushState.CLAIMED]
    assert won[0][1].count("letter.claimed") == 1


# -- return


def test_return_ends_the_claim_duty_and_asks_the_approver(cast, version):
    push = pushed(cast, version)
    actions.return_result(push, reason=f" {WRONG} ", by=cast.supervisor, now=LATER)
    push = fresh(push)
    assert push.state == PushState.RETURNED
    assert (push.recipient.returned_by, push.recipient.return_reason) == (cast.supervisor, WRONG)
    claim = duty("claim", push)
    assert claim.state == DutyState.VOID
    assert WRONG in claim.events.get(kind="voided").reason
    again = duty("repush", push)
    assert (again.holder, again.state, again.started_at) == (cast.approver, DutyState.OPEN, LATER)
    assert {"letter.returned", "duty.voided"} <= set(actions_of(push))


def test_return_requires_a_reason(cast, version):
    push = pushed(cast, version)
    with pytest.raises(actions.BadReturn, match="退回理由") as refused:
        actions.return_result(push, reason="  ", by=cast.supervisor, now=LATER)
    assert refused.value.field == "reason"
    assert fresh(push).state == PushState.DELIVERED


def test_a_long_reason_is_kept_whole(cast, version):
    push, reason = pushed(cast, version), "由" * 500
    actions.return_result(push, reason=reason, by=cast.supervisor, now=LATER)
    assert fresh(push).recipient.return_reason == reason


@pytest.mark.parametrize("who", ["enforcer", "handler", "clerk", "stranger"])
def test_return_requires_a_supervisor_of_that_department(cast, version, who):
    with pytest.raises(NotPermitted):
        actions.return_result(pushed(cast, version), reason=WRONG, by=getattr(cast, who), now=LATER)


def test_return_rejects_what_was_claimed(cast, version):
    push = pushed(cast, version)
    actions.claim_result(push, by=cast.supervisor, now=LATER)
    with pytest.raises(StaleState):
        actions.return_result(fresh(push), reason=WRONG, by=cast.supervisor, now=LATER)


def test_claim_rejects_what_was_returned(cast, version):
    push = pushed(cast, version)
    actions.return_result(push, reason=WRONG, by=cast.supervisor, now=LATER)
    with pytest.raises(StaleState):
        actions.claim_result(fresh(push), by=cast.supervisor, now=LATER)


# -- push again


@pytest.fixture
def right(cast):
    return department("right", "示例市农业农村局", DepartmentKind.COMPETENT)


def returned(cast, version, **how):
    push = pushed(cast, version, **how)
    actions.return_result(push, reason=WRONG, by=cast.supervisor, now=LATER)
    return fresh(push)


def test_repush_makes_a_new_push_with_its_own_letter_and_claim(cast, version, right):
    push, at = returned(cast, version), LATER + timedelta(hours=1)
    new = actions.repush(push, department=right, by=cast.handler, now=at)
    assert (new.replaces, new.department, new.state) == (push, right, PushState.DELIVERED)
    assert new.recipient.letter != push.recipient.letter
    assert new.recipient.letter.sender == cast.approver
    assert new.recipient.letter.facts == push.recipient.letter.facts
    assert fresh(push).state == PushState.REPUSHED
    assert duty("repush", push).state == DutyState.MET
    assert (duty("claim", new).holder, duty("claim", new).started_at) == (right, at)
    assert "supervision.repushed" in actions_of(push)


def test_the_new_department_can_claim_it(cast, version, right):
    new = actions.repush(returned(cast, version), department=right, by=cast.handler, now=LATER)
    Membership.objects.create(user=cast.enforcer, department=right, role=Role.SUPERVISOR)
    actions.claim_result(new, by=cast.enforcer, now=LATER)
    assert fresh(new).state == PushState.CLAIMED


@pytest.mark.parametrize("who", ["chief", "clerk", "supervisor", "stranger"])
def test_repush_requires_a_handler_of_the_approver(cast, version, right, who):
    with pytest.raises(NotPermitted):
        actions.repush(returned(cast, version), department=right, by=getattr(cast, who), now=LATER)


@pytest.mark.parametrize(("target", "says"), [("enforcement", "已推送"), ("window", "不是")])
def test_repush_rejects_a_department_that_cannot_get_it(cast, version, target, says):
    push = returned(cast, version)
    with pytest.raises(actions.BadTarget, match=says):
        actions.repush(push, department=getattr(cast, target), by=cast.handler, now=LATER)
    assert fresh(push).state == PushState.RETURNED


def test_the_approver_can_insist_on_the_department_that_returned_it(cast, version):
    push = returned(cast, version)
    new = actions.repush(push, department=cast.competent, by=cast.handler, now=LATER)
    assert (new.department, new.state) == (push.department, PushState.DELIVERED)
    assert duty("claim", new).state == DutyState.OPEN


def test_repush_rejects_a_department_that_has_ended(cast, version, right):
    right.valid_to = NOW.date() - timedelta(days=1)
    right.save()
    with pytest.raises(actions.BadTarget, match="已撤销"):
        actions.repush(returned(cast, version), department=right, by=cast.handler, now=LATER)


def test_repush_rejects_what_was_not_returned(cast, version, right):
    with pytest.raises(StaleState):
        actions.repush(pushed(cast, version), department=right, by=cast.handler, now=LATER)


# -- register


def claimed(cast, version, **how):
    push = pushed(cast, version, **how)
    actions.claim_result(push, by=cast.supervisor, now=LATER)
    return fresh(push)


def test_register_takes_holder_and_activity_into_supervision(cast, version):
    push, at = claimed(cast, version), LATER + timedelta(hours=3)
    entry = actions.register_holder(
        push, activity=" 食品销售 ", officer=cast.supervisor, by=cast.supervisor, now=at
    )
    assert (entry.subject, entry.licence) == (push.case.applicant, push.case.licence)
    assert (entry.activity, entry.department, entry.taken_at) == ("食品销售", cast.competent, at)
    assert fresh(push).state == PushState.REGISTERED
    assert duty("register", push).state == DutyState.MET
    said = LedgerEntry.objects.get(action="supervision.registered")
    assert (said.case_number, said.clause, said.department) == (push.case.number, "9.1", cast.competent)
    assert push.case.applicant_name not in said.payload


def register(push, cast, **changes):
    given = {"activity": "食品销售", "officer": cast.supervisor, "by": cast.supervisor, "now": LATER}
    return actions.register_holder(push, **(given | changes))


def test_register_rejects_what_was_not_claimed(cast, version):
    with pytest.raises(actions.BadRegistration, match="先认领"):
        register(pushed(cast, version), cast)


def test_register_rejects_a_refusal(cast, version):
    with pytest.raises(actions.BadRegistration, match="不予许可"):
        register(claimed(cast, version, granted=False), cast)


def test_register_rejects_an_officer_of_another_department(cast, version):
    with pytest.raises(actions.BadRegistration, match="本部门"):
        register(claimed(cast, version), cast, officer=cast.enforcer)
    assert not RegisterEntry.objects.exists()


def test_register_rejects_an_empty_activity(cast, version):
    with pytest.raises(actions.BadRegistration, match="监管事项"):
        register(claimed(cast, version), cast, activity=" ")


@pytest.mark.parametrize("who", ["enforcer", "handler", "stranger"])
def test_register_requires_a_supervisor_of_that_department(cast, version, who):
    with pytest.raises(NotPermitted):
        register(claimed(cast, version), cast, by=getattr(cast, who))


def test_a_second_registration_is_stale(cast, version):
    push = claimed(cast, version)
    again = fresh(push)
    register(push, cast)
    with pytest.raises(StaleState):
        register(again, cast)
    assert RegisterEntry.objects.count() == 1
