"""A department ends in the middle of its cases: whoever has its duties carries on, and nobody else."""

import json
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from casework.approval import actions as approval
from casework.approval.models import Circulation
from casework.approval.queries import units_to_take
from casework.core.access import Can, NotPermitted, access_of
from casework.core.cases.models import Case
from casework.core.cases.queries import cases_for
from casework.core.clocks import actions as clocks
from casework.core.clocks.models import Duty, Reminder
from casework.core.clocks.queries import leaders_of, open_duties_for
from casework.core.clocks.sweep import sweep
from casework.core.ledger.models import LedgerEntry
from casework.core.letters.models import Notice, Recipient
from casework.core.licences.models import Licence
from casework.core.outbox.owners import people_in_charge
from casework.core.rules_data.models import DutyKind
from casework.intake import actions as intake
from casework.supervision import actions as supervision
from casework.supervision.models import ResultPush
from casework.supervision.queries import officers_of, push_targets
from portal.accounts.departments import refuses_end
from portal.accounts.leaving import Leaving, holds_of
from portal.accounts.models import Department, Post, Substitution, User, heirs
from portal.accounts.roles import DepartmentKind, PostKind, Role
from tests import steps
from tests.cast import NOW, Cast, at, department, person

pytestmark = pytest.mark.django_db
LAST_DAY, AFTER = date(2026, 9, 8), at(9, 9)


@pytest.mark.parametrize(
    ("ended", "found"),
    [
        ([], {}),
        ([(1, 2)], {1: 2}),
        ([(1, 2), (2, 3)], {1: 3, 2: 3}),
        ([(1, 3), (2, 3)], {1: 3, 2: 3}),
        ([(1, None), (2, 3)], {2: 3}),
        ([(1, 2), (2, 1)], {}),
        ([(1, 2), (2, 3), (3, 2)], {}),
        ([(1, 2), (2, None)], {1: 2}),
    ],
)
def test_who_has_the_duties_of_departments_that_ended(ended, found) -> None:
    assert heirs(ended) == found


@pytest.fixture
def heir(cast: Cast) -> Department:
    return department("data-bureau", "示例市数据局", DepartmentKind.APPROVAL)


@pytest.fixture
def people(heir: Department) -> dict[str, User]:
    return {
        "handler": person("heir-handler", "示例承办人新", (heir, Role.APPROVAL_HANDLER)),
        "chief": person("heir-chief", "示例审批负责人新", (heir, Role.APPROVAL_LEADER)),
        "supervisor": person("heir-supervisor", "示例监管员新", (heir, Role.SUPERVISOR)),
    }


@pytest.fixture
def claim(cast: Cast):
    def make(key: str = "claim:push:1", now: datetime = NOW) -> Duty:
        given = {"kind": DutyKind.CLAIM, "holder": cast.competent, "case": None, "by": None}
        return clocks.start(key=key, now=now, **given)

    return make


def end(one: Department, heir: Department, *, last: date = LAST_DAY) -> None:
    """Nobody ends the memberships: they count for nothing after the last day."""
    one.valid_to, one.successor = last, heir
    one.save()


def test_access_passes_on_the_day_after_the_last(cast: Cast, heir, people) -> None:
    end(cast.approver, heir)
    assert not access_of(people["chief"], at(9, 8)).can(Can.APPROVE_DECISION, cast.approver.pk)
    found = access_of(people["chief"], AFTER)
    assert found.can(Can.APPROVE_DECISION, cast.approver.pk)
    assert found.can(Can.APPROVE_DECISION, heir.pk)
    assert not found.can(Can.APPROVE_DECISION, cast.elsewhere.pk)
    assert found.names == (heir.name,)
    assert not access_of(cast.chief, AFTER).can(Can.APPROVE_DECISION)
    assert not access_of(cast.stranger, AFTER).can(Can.APPROVE_DECISION, cast.approver.pk)


def test_it_passes_along_a_chain(cast: Cast, heir, people) -> None:
    end(cast.approver, cast.elsewhere)
    end(cast.elsewhere, heir, last=LAST_DAY + timedelta(1))
    assert access_of(cast.stranger, AFTER).can(Can.APPROVE_DECISION, cast.approver.pk)
    assert not access_of(people["chief"], AFTER).can(Can.APPROVE_DECISION, cast.approver.pk)
    later = access_of(people["chief"], at(9, 10))
    assert later.can(Can.APPROVE_DECISION, cast.approver.pk)
    assert later.can(Can.APPROVE_DECISION, cast.elsewhere.pk)


def test_access_is_one_query_however_many_ended(cast: Cast, heir, people, django_assert_num_queries) -> None:
    for one in (cast.approver, cast.unit_a, cast.unit_b):
        end(one, heir)
    with django_assert_num_queries(1):
        assert access_of(people["chief"], AFTER).departments(Can.APPROVE_DECISION) == sorted(
            [cast.approver.pk, cast.unit_a.pk, cast.unit_b.pk, heir.pk]
        )


def test_the_three_administrators_gain_nothing_by_it(cast: Cast) -> None:
    before = access_of(cast.sysadmin, AFTER)
    end(cast.approver, cast.elsewhere)
    assert access_of(cast.sysadmin, AFTER) == before


def test_a_substitute_in_the_successor_carries_it_on_in_the_other_name(cast: Cast, heir, people) -> None:
    other = person("heir-other", "示例承办人丙", (heir, Role.APPROVAL_HANDLER))
    Substitution.objects.create(
        person=people["chief"],
        substitute=other,
        department=heir,
        valid_from=AFTER.date(),
        valid_to=AFTER.date(),
        made_by=people["chief"],
        made_at=NOW,
    )
    end(cast.approver, heir)
    found = access_of(other, AFTER).principal(Can.APPROVE_DECISION, cast.approver.pk)
    assert found is not None
    assert found.id == people["chief"].pk


def test_the_successor_finds_decides_and_closes_the_case(cast: Cast, version, heir, people) -> None:
    case = steps.answered(cast, version)
    end(cast.approver, heir)
    case = Case.objects.get(pk=case.pk)
    handler, chief = people["handler"], people["chief"]
    assert case in cases_for(access_of(handler, AFTER))
    assert {duty.kind for duty in open_duties_for(access_of(chief, AFTER))} == {DutyKind.DECIDE}
    with pytest.raises(NotPermitted):
        approval.propose_decision(case, **steps.GRANT, by=cast.handler, now=AFTER)
    with pytest.raises(NotPermitted):
        approval.propose_decision(case, **steps.GRANT, by=cast.stranger, now=AFTER)
    approval.propose_decision(case, **steps.GRANT, by=handler, now=AFTER)
    approval.approve_decision(case, by=chief, now=AFTER)
    intake.issue_and_close(case, by=cast.clerk, now=AFTER)
    assert Licence.objects.get(case=case).issued_by == heir
    assert set(Notice.objects.filter(case=case, made_at=AFTER).values_list("issuer", flat=True)) == {heir.pk}
    case.refresh_from_db()
    assert case.approver == cast.approver  # what it was stays on the record


def test_a_letter_is_sent_by_and_reaches_the_successor(cast: Cast, version, heir, people) -> None:
    case = steps.decided(cast, version)
    end(cast.competent, heir)
    end(cast.window, cast.elsewhere)
    intake.issue_and_close(case, by=cast.stranger, now=AFTER)
    receipts = Recipient.objects.filter(letter__case=case, delivered_at=AFTER)
    assert set(receipts.values_list("department", flat=True)) == {heir.pk, cast.enforcement.pk}
    assert set(receipts.values_list("sender", flat=True)) == {cast.elsewhere.pk}


def test_an_open_result_is_claimed_and_registered_by_the_successor(cast: Cast, version, heir, people) -> None:
    case = steps.closed(cast, version)
    push = ResultPush.objects.get(case=case, department=cast.competent)
    end(cast.competent, heir)
    assert officers_of(cast.competent.pk, AFTER).get() == people["supervisor"]
    supervision.claim_result(push, by=people["supervisor"], now=AFTER)
    push.refresh_from_db()
    assert push.recipient.claimed_by == people["supervisor"]


def test_reminders_reach_the_people_and_the_posts_of_the_successor(cast: Cast, heir, people, claim) -> None:
    Post.objects.create(department=heir, kind=PostKind.LEADER, user=people["chief"])
    duty = claim()
    end(cast.competent, heir, last=date(2026, 9, 7))
    assert leaders_of(duty, AFTER) == [people["chief"]]
    sweep(now=at(9, 30))
    told = set(Reminder.objects.values_list("recipient__username", flat=True))
    assert told == {"heir-supervisor", "heir-chief", "evaluator"}


def test_new_duties_are_the_successors(cast: Cast, heir, people, claim) -> None:
    end(cast.competent, heir)
    assert claim("before", now=NOW).holder == cast.competent
    assert claim("after", now=AFTER).holder == heir
    assert Duty.objects.count() == 2


def test_the_last_one_who_can_meet_an_inherited_duty_hands_over_first(
    cast: Cast, heir, people, claim
) -> None:
    claim()
    end(cast.competent, heir)
    going = Leaving(people["supervisor"], heir, frozenset({Role.SUPERVISOR}), AFTER.date(), for_good=True)
    assert any("认领办理结果" in hold.text for hold in holds_of(going))
    person("heir-second", "示例监管员乙", (heir, Role.SUPERVISOR))
    assert not any("认领办理结果" in hold.text for hold in holds_of(going))


# -- what no longer is ---------------------------------------------------------


def test_whoever_is_left_in_the_ended_department_does_nothing_there(
    cast: Cast, version, heir, people
) -> None:
    case = steps.decided(cast, version)
    end(cast.window, heir)
    with pytest.raises(NotPermitted):
        intake.issue_and_close(case, by=cast.clerk, now=AFTER)
    assert access_of(cast.clerk, at(9, 8)).can(Can.RECEIVE_CASE)
    assert not access_of(cast.clerk, AFTER).held


def test_their_roles_end_without_anything_to_hand_over(cast: Cast, version, heir, people) -> None:
    steps.answered(cast, version)
    Post.objects.create(department=cast.approver, kind=PostKind.LEADER, user=cast.chief)
    roles = frozenset({Role.APPROVAL_LEADER})
    before = Leaving(cast.chief, cast.approver, roles, date(2026, 9, 8), for_good=True)
    assert len(holds_of(before)) == 2
    end(cast.approver, heir)
    assert holds_of(Leaving(cast.chief, cast.approver, roles, AFTER.date(), for_good=True)) == []
    assert len(holds_of(before)) == 2  # on its last day it still holds them


@pytest.mark.parametrize(
    ("stored", "valid_to", "why"),
    [
        (None, date(2026, 9, 8), "不能早于今天"),
        (None, date(2026, 9, 9), ""),
        (date(2026, 9, 8), None, "已经撤销"),
        (date(2026, 9, 8), date(2026, 9, 30), "已经撤销"),
        (date(2026, 9, 8), date(2026, 9, 8), ""),
        (date(2026, 9, 9), date(2026, 9, 30), ""),
        (date(2026, 9, 9), None, ""),
    ],
)
def test_an_end_is_never_backdated_and_never_taken_back(cast: Cast, heir, stored, valid_to, why) -> None:
    if stored:
        end(cast.approver, heir, last=stored)
    changed = Department.objects.get(pk=cast.approver.pk)
    changed.valid_to, changed.successor = valid_to, heir if valid_to else None
    field, said = refuses_end(changed, date(2026, 9, 9))
    assert (why in said, bool(said), field) == (True, bool(why), "valid_to" if why else "")


def test_applications_are_taken_in_by_the_successor(cast: Cast, version, heir, people, sign_in) -> None:
    clerk = person("heir-clerk", "示例窗口员新", (heir, Role.WINDOW_CLERK))
    end(cast.window, heir)
    with time_machine.travel(AFTER, tick=False):
        page = sign_in(clerk).get(f"{reverse('casework:intake-new')}?item={version.item_id}")
    assert list(page.context["form"].fields["window"].queryset) == [heir]
    case = steps.received(replace(cast, clerk=clerk), version, now=AFTER)
    assert case.window == heir
    assert set(case.participations.values_list("department", flat=True)) == {heir.pk}


# -- two that have become one --------------------------------------------------


def test_a_lapse_after_the_end_is_the_successors(cast: Cast, heir, people, claim) -> None:
    claim("late for the old"), claim("late for the new", now=at(9, 8))
    end(cast.competent, heir)
    sweep(now=at(9, 10))
    lapsed = LedgerEntry.objects.filter(action="duty.lapsed").order_by("id")
    assert {entry.department for entry in lapsed} == {heir}  # who answers when it is noted
    assert [json.loads(entry.payload)["held_by"] for entry in lapsed] == ["competent", "data-bureau"]


def test_a_result_is_not_pushed_to_who_has_it_through_one_that_ended(
    cast: Cast, version, heir, people
) -> None:
    case = steps.closed(cast, version)
    back = ResultPush.objects.get(case=case, department=cast.enforcement)
    supervision.return_result(back, reason="不属于本单位职责", by=cast.enforcer, now=NOW)
    heir.kind = DepartmentKind.COMPETENT
    heir.save()
    assert heir in push_targets(case, AFTER.date())
    end(cast.competent, heir)
    assert heir not in push_targets(case, AFTER.date())
    with pytest.raises(supervision.BadTarget):
        supervision.repush(back, department=heir, by=cast.handler, now=AFTER)


def test_nobody_gives_two_opinions_and_the_approver_none(cast: Cast, version, heir, people) -> None:
    case = steps.circulating(cast, version)
    heir.kind = DepartmentKind.COMPETENT
    heir.save()
    mine = case.circulations.get(unit=cast.unit_a)
    assert heir in units_to_take(mine, AFTER)
    end(cast.unit_b, heir)
    assert heir not in units_to_take(mine, AFTER)
    end(cast.approver, cast.elsewhere)
    assert cast.elsewhere not in units_to_take(Circulation.objects.get(unit=cast.unit_a), AFTER)


def test_the_register_and_dead_letters_are_the_successors(cast: Cast, version, heir, people) -> None:
    case = steps.closed(cast, version)
    end(cast.competent, heir)
    officer = people["supervisor"]
    push = ResultPush.objects.get(case=case, department=cast.competent)
    supervision.claim_result(push, by=officer, now=AFTER)
    made = supervision.register_holder(
        push, activity="餐饮服务（示例）", officer=officer, by=officer, now=AFTER
    )
    assert made.department == heir
    end(cast.window, heir)
    clerk = person("heir-clerk", "示例窗口员新", (heir, Role.WINDOW_CLERK))
    assert clerk in people_in_charge(cast.window, AFTER)
