"""Hand an opinion to another unit (改派, 7.2, 7.3): rules, action, pages."""

import json
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from casework.approval import actions as approval
from casework.approval import reassigning, rules, timing
from casework.approval.models import Circulation
from casework.core.access import NotPermitted, access_of
from casework.core.clocks import actions as clocks
from casework.core.clocks.changes import MissingReason
from casework.core.clocks.models import Duty, DutyEvent, DutyState, Reminder
from casework.core.clocks.queries import open_duties_for
from casework.core.ledger.models import LedgerEntry
from casework.core.letters import actions as letters
from casework.core.letters.models import Recipient
from casework.core.outbox.models import Channel, Delivery, Endpoint
from casework.core.transitions import StaleState
from portal.accounts.models import Department, Membership, Substitution
from portal.accounts.roles import Role
from tests import steps
from tests.cast import NOW, at, person
from tests.seen import hidden, send

pytestmark = pytest.mark.django_db
WHY = "消防职责已划转"
OPINION = {"outcome": "agree", "reasons": "经审查，符合条件", "basis": "《示例条例》第一条"}


@pytest.fixture
def duty(cast, version) -> Duty:
    """The opinion that unit A owes."""
    steps.circulating(cast, version)
    return Duty.objects.get(kind="opinion", holder=cast.unit_a)


@pytest.fixture
def current(cast, version) -> Duty:
    """The same of today, for pages, which read the clock."""
    steps.circulating(cast, version, now=timezone.now())
    return Duty.objects.get(kind="opinion", holder=cast.unit_a)


def hand(duty: Duty, cast, **more: object) -> Duty:
    given = {"to": cast.elsewhere, "reason": WHY, "by": cast.leader_a, "now": at(9, 8)}
    return reassigning.reassign(duty, **{**given, **more})


# -- rules ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unit", "state", "field", "why"),
    [
        ({}, "waiting", "", ""),
        ({}, "drafted", "", "先签发，或者退回修改"),
        ({"department_id": 1}, "waiting", "to", "现由甲局负责"),
        ({"is_active": False}, "waiting", "to", "已撤销，请选择其职责承接单位"),
        ({"department_id": 2}, "waiting", "to", "不能改派给审批部门自己"),
        ({"gives_opinions": False}, "waiting", "to", "不承担联合审批"),
        ({"department_id": 3}, "waiting", "to", "已收到过本办件的流转单"),
        ({"is_active": False, "gives_opinions": False}, "waiting", "to", "已撤销"),
        ({"department_id": 1}, "drafted", "", "先签发"),
    ],
)
def test_rules(unit, state, field, why) -> None:
    facts = {"department_id": 9, "name": "甲局", "is_active": True, "gives_opinions": True, **unit}
    found = rules.refuses_reassignment(
        rules.NewUnit(**facts), circulation_state=state, holder_id=1, approver_id=2, asked={1, 3}
    )
    assert found[0] == field
    assert why in found[1]
    assert bool(found[1]) == bool(why)


# -- action --------------------------------------------------------------------


def test_duty_circulation_letter_and_part_go_over_together(duty, cast) -> None:
    due_at, first = duty.due_at, duty.recipient
    moved = hand(duty, cast)
    assert (moved.holder, moved.due_at, moved.state) == (cast.elsewhere, due_at, DutyState.OPEN)
    circulation = Circulation.objects.get(unit=cast.elsewhere)
    receipt = circulation.recipient
    assert (receipt.department, receipt.duty_id, receipt.letter) == (cast.elsewhere, duty.pk, first.letter)
    assert (receipt.delivered_at, receipt.opened_at) == (at(9, 8), None)
    first.refresh_from_db()
    assert (first.department, first.delivered_at, first.duty) == (cast.unit_a, NOW, None)
    assert set(
        circulation.case.participations.filter(capacity="unit").values_list("department", flat=True)
    ) == {
        cast.unit_a.pk,
        cast.unit_b.pk,
        cast.elsewhere.pk,
    }


def test_it_stands_on_record_from_whom_to_whom(duty, cast) -> None:
    hand(duty, cast)
    event = duty.events.get(kind=DutyEvent.Kind.REASSIGNED)
    assert (event.holder_before, event.holder_after, event.by) == (cast.unit_a, cast.elsewhere, cast.leader_a)
    entry = LedgerEntry.objects.get(action="duty.reassigned")
    assert (entry.actor, entry.case_number) == (cast.leader_a, duty.case.number)
    said = json.loads(entry.payload)
    assert (said["before"], said["after"], said["reason"]) == ("unit-a", "elsewhere", WHY)
    assert said["handed"] == "由消防大队改派至文旅局"
    forwarded = LedgerEntry.objects.get(action="letter.forwarded")
    assert (forwarded.department, json.loads(forwarded.payload)["to"]) == (cast.unit_a, "elsewhere")


def test_the_new_unit_is_told_and_finds_it_in_its_inbox(duty, cast) -> None:
    hand(duty, cast)
    told = Reminder.objects.get(milestone="handed")
    assert (told.recipient, told.duty) == (cast.stranger, duty)
    mail = Delivery.objects.get(reference=f"reminder:{told.pk}")
    assert mail.address == cast.stranger.email
    assert "改派至本单位" in mail.subject
    assert duty in open_duties_for(access_of(cast.stranger, at(9, 8)))
    assert duty not in open_duties_for(access_of(cast.reviewer_a, at(9, 8)))


def test_each_unit_that_gets_it_is_told_and_each_time(duty, cast) -> None:
    """A unit that gets it back is told again (the letter's rule refuses it, the clock's does not)."""
    for to in (cast.elsewhere, cast.unit_a, cast.elsewhere):
        clocks.reassign(duty, to=to, by=None, now=at(9, 8, 8 + len(duty.events.all())), reason=WHY)
    told = Reminder.objects.filter(milestone="handed").values_list("recipient__username", flat=True)
    assert list(told).count(cast.stranger.username) == 2


def test_the_new_unit_gives_the_opinion_and_the_former_one_cannot(duty, cast) -> None:
    hand(duty, cast)
    leader = person("leader-new", "示例分管领导新", (cast.elsewhere, Role.UNIT_LEADER))
    circulation = Circulation.objects.get(unit=cast.elsewhere)
    with pytest.raises(NotPermitted):
        approval.draft_opinion(circulation, **OPINION, by=cast.reviewer_a, now=at(9, 8))
    approval.draft_opinion(circulation, **OPINION, by=cast.stranger, now=at(9, 8))
    approval.sign_opinion(Circulation.objects.get(pk=circulation.pk), by=leader, now=at(9, 8))
    duty.refresh_from_db()
    assert duty.state == DutyState.MET
    assert Recipient.objects.get(duty=duty).answered_by == leader


@pytest.mark.parametrize(
    "who", ["reviewer_a", "leader_b", "handler", "chief", "clerk", "supervisor", "stranger"]
)
def test_only_the_leader_of_the_holder_may(duty, cast, who) -> None:
    with pytest.raises(NotPermitted):
        hand(duty, cast, by=getattr(cast, who))
    assert not LedgerEntry.objects.filter(action="duty.reassigned").exists()


def test_a_substitute_of_the_leader_signs_for_him(duty, cast) -> None:
    Substitution.objects.create(
        person=cast.leader_a,
        substitute=cast.reviewer_a,
        department=cast.unit_a,
        valid_from=NOW.date(),
        valid_to=at(9, 30).date(),
        reason="出差",
        made_at=NOW,
    )
    hand(duty, cast, by=cast.reviewer_a)
    entry = LedgerEntry.objects.get(action="duty.reassigned")
    assert "代" in entry.actor_name


@pytest.mark.parametrize("to", ["unit_a", "unit_b", "approver", "window"])
def test_not_to_everybody(duty, cast, to) -> None:
    with pytest.raises(reassigning.BadReassignment) as refused:
        hand(duty, cast, to=getattr(cast, to))
    assert refused.value.field == "to"
    duty.refresh_from_db()
    assert duty.holder == cast.unit_a


def test_not_to_a_department_that_ended(duty, cast) -> None:
    Department.objects.filter(pk=cast.elsewhere.pk).update(
        valid_to=date(2026, 9, 7), successor=cast.competent
    )
    with pytest.raises(reassigning.BadReassignment, match="已撤销"):
        hand(duty, cast)


def test_nothing_goes_to_and_fro(duty, cast) -> None:
    hand(duty, cast)
    leader = person("leader-new", "示例分管领导新", (cast.elsewhere, Role.UNIT_LEADER))
    moved = Duty.objects.get(pk=duty.pk)
    with pytest.raises(reassigning.BadReassignment, match="请商审批部门"):
        hand(moved, cast, to=cast.unit_a, by=leader)
    assert hand(moved, cast, to=cast.competent, by=leader).holder == cast.competent


def test_not_while_a_draft_waits(duty, cast) -> None:
    steps.drafted(cast, duty.case, "a")
    with pytest.raises(reassigning.BadReassignment, match="退回修改后再改派"):
        hand(duty, cast)
    circulation = Circulation.objects.get(unit=cast.unit_a)
    approval.send_back_opinion(circulation, reason="不属于职责", by=cast.leader_a, now=at(9, 8))
    assert hand(duty, cast).holder == cast.elsewhere


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_reason_is_wanted(duty, cast, reason) -> None:
    with pytest.raises(MissingReason):
        hand(duty, cast, reason=reason)


def test_no_personal_number_in_the_reason(duty, cast) -> None:
    with pytest.raises(reassigning.BadReassignment, match="居民身份证号码"):
        hand(duty, cast, reason=f"申请人{steps.CITIZEN_ID}")


def test_other_duties_are_not_handed_on(duty, cast) -> None:
    Membership.objects.create(user=cast.chief, department=cast.approver, role=Role.UNIT_LEADER)
    deciding = Duty.objects.get(key=f"decide:case:{duty.case_id}")
    with pytest.raises(reassigning.NotThisDuty, match="只有联合审批意见"):
        hand(deciding, cast, by=cast.chief)


def test_a_closed_duty_is_not(duty, cast) -> None:
    clocks.void(duty.key, by=None, now=at(9, 8), reason="示例")
    with pytest.raises(StaleState):
        hand(duty, cast)
    assert Circulation.objects.filter(unit=cast.unit_a).exists()  # taken back as a whole


def test_the_second_of_two_leaders_comes_too_late(duty, cast) -> None:
    """Both read the duty while unit A held it."""
    seen = Duty.objects.get(pk=duty.pk)
    hand(duty, cast)
    with pytest.raises(StaleState):
        hand(seen, cast, to=cast.competent)
    assert duty.events.filter(kind="reassigned").count() == 1


def test_a_clock_that_stands_still_stands_still(duty, cast) -> None:
    why = {"cause": "hearing", "reason": "举行听证会", "basis": "《行政许可法》第四十五条"}
    timing.pause(duty, **why, by=cast.reviewer_a, now=NOW)
    moved = hand(duty, cast)
    assert (moved.state, moved.due_at) == (DutyState.PAUSED, None)
    assert timing.resume(moved, by=cast.stranger, now=at(9, 9)).due_at is not None


def test_a_lapse_stays_with_who_held_it(duty, cast) -> None:
    hand(duty, cast, now=duty.due_at + timedelta(days=1))
    assert LedgerEntry.objects.get(action="duty.lapsed", object_id=str(duty.pk)).department == cast.unit_a
    assert LedgerEntry.objects.get(action="duty.reassigned").department == cast.elsewhere


def test_the_letter_also_leaves_the_platform(duty, cast) -> None:
    Endpoint.objects.create(department=cast.elsewhere, channel=Channel.OA_MAIL, address="oa@example.test")
    hand(duty, cast)
    receipt = Recipient.objects.get(duty=duty)
    assert Delivery.objects.get(reference=f"recipient:{receipt.pk}").address == "oa@example.test"


def test_a_letter_is_forwarded_once_and_only_while_it_expects_something(duty, cast) -> None:
    receipt = Recipient.objects.get(duty=duty)
    with pytest.raises(letters.BadLetter, match="已收到过"):
        letters.forward(receipt, to=cast.unit_a, by=None, now=NOW)
    Recipient.objects.filter(pk=receipt.pk).update(duty=None)
    with pytest.raises(StaleState):
        letters.forward(receipt, to=cast.elsewhere, by=None, now=NOW)


@pytest.mark.parametrize(
    "facts",
    [{"kind": "reassigned"}, {"kind": "resumed", "before": True}, {"kind": "reassigned", "before": True}],
)
def test_the_database_wants_both_holders_of_a_reassignment(duty, cast, facts) -> None:
    before = cast.unit_a if facts.pop("before", False) else None
    with pytest.raises(IntegrityError), transaction.atomic():
        DutyEvent.objects.create(duty=duty, at=NOW, holder_before=before, **facts)


# -- pages, without JavaScript and as a fragment -------------------------------


def page_of(duty: Duty) -> str:
    return reverse("casework:duty", args=[duty.pk])


def act_of(duty: Duty) -> str:
    return reverse("casework:clock-reassign", args=[duty.pk])


def test_hand_it_on_on_the_page(current, cast, sign_in) -> None:
    client, page = sign_in(cast.leader_a), page_of(current)
    shown = client.get(page).content.decode()
    offered = shown.split('name="to"')[1].split("</select>")[0]
    assert cast.elsewhere.name in offered
    for other in (cast.unit_a, cast.unit_b, cast.approver, cast.window):
        assert other.name not in offered
    answer = send(client, page, act_of(current), {"to": cast.elsewhere.pk, "reason": WHY})
    assert answer.status_code == 302
    shown = client.get(page).content.decode()
    for words in (f"已改派给{cast.elsewhere.name}", "改派</strong>（由消防大队改派至文旅局）", WHY):
        assert words in shown
    assert act_of(current) not in shown
    timeline = client.get(reverse("casework:case", args=[current.case.number])).content.decode()
    assert "改派责任单位：出具联合审批意见" in timeline
    assert "改派：由消防大队改派至文旅局" in timeline


def test_the_fragment_says_the_same(current, cast, sign_in) -> None:
    client, page = sign_in(cast.leader_a), page_of(current)
    answer = send(
        client,
        page,
        act_of(current),
        {"to": cast.elsewhere.pk, "reason": WHY},
        headers={"HX-Request": "true", "HX-Current-URL": f"http://testserver{page}"},
    )
    assert answer.status_code == 200
    assert "由消防大队改派至文旅局" in answer.content.decode()


def test_the_new_unit_opens_it_from_its_inbox(current, cast, sign_in) -> None:
    reassigning.reassign(current, to=cast.elsewhere, reason=WHY, by=cast.leader_a, now=timezone.now())
    client = sign_in(cast.stranger)
    inbox = client.get(reverse("casework:desk")).content.decode()
    assert "改派至本单位" in inbox
    assert current.case.number in inbox
    assert "拟定意见" in client.get(reverse("casework:case", args=[current.case.number])).content.decode()
    assert act_of(current) in client.get(page_of(current)).content.decode()


@pytest.mark.parametrize(
    ("to", "reason", "why"),
    [
        ("unit_b", WHY, "已收到过本办件的流转单"),
        ("approver", WHY, "不能改派给审批部门自己"),
        ("unit_a", WHY, "现由消防大队负责"),
        (None, WHY, "请选择接收单位"),
        ("elsewhere", "", "请填写改派理由"),
        ("elsewhere", f"申请人{steps.CITIZEN_ID}", "居民身份证号码"),
    ],
)
def test_refused_in_words_at_the_field(current, cast, sign_in, to, reason, why) -> None:
    client = sign_in(cast.leader_a)
    data = {"to": getattr(cast, to).pk if to else "", "reason": reason}
    answer = send(client, page_of(current), act_of(current), data)
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert why in shown
    if reason:
        assert reason in shown
    current.refresh_from_db()
    assert current.holder == cast.unit_a


def test_a_department_that_ended_is_refused_in_words(current, cast, sign_in) -> None:
    client, page = sign_in(cast.leader_a), page_of(current)
    seen = hidden(client, page, act_of(current))
    yesterday = timezone.localdate() - timedelta(days=1)
    Department.objects.filter(pk=cast.elsewhere.pk).update(valid_to=yesterday, successor=cast.competent)
    answer = client.post(act_of(current), {**seen, "to": cast.elsewhere.pk, "reason": WHY})
    assert answer.status_code == 422
    assert "文旅局已撤销，请选择其职责承接单位" in answer.content.decode()
    assert f">{cast.elsewhere.name}</option>" not in client.get(page).content.decode()


def test_who_saw_another_clock_is_asked_again(current, cast, sign_in) -> None:
    client, page = sign_in(cast.leader_a), page_of(current)
    seen = hidden(client, page, act_of(current))
    why = {"cause": "hearing", "reason": "举行听证会", "basis": "《行政许可法》第四十五条"}
    timing.pause(current, **why, by=cast.reviewer_a, now=timezone.now())
    answer = client.post(act_of(current), {**seen, "to": cast.elsewhere.pk, "reason": WHY})
    assert answer.status_code == 409
    assert WHY in answer.content.decode()
    current.refresh_from_db()
    assert current.holder == cast.unit_a


def test_nobody_else_is_offered_it(current, cast, sign_in) -> None:
    for who in ("reviewer_a", "leader_b", "handler", "chief", "evaluator"):
        assert act_of(current) not in sign_in(getattr(cast, who)).get(page_of(current)).content.decode()


@pytest.mark.parametrize(("who", "status"), [("reviewer_a", 403), ("leader_b", 403), ("stranger", 404)])
def test_nobody_else_may(current, cast, sign_in, who, status) -> None:
    answer = sign_in(getattr(cast, who)).post(act_of(current), {"to": cast.elsewhere.pk, "reason": WHY})
    assert answer.status_code == status


def test_while_a_draft_waits_the_page_says_what_to_do(current, cast, sign_in) -> None:
    steps.drafted(cast, current.case, "a", now=timezone.now())
    shown = sign_in(cast.leader_a).get(page_of(current)).content.decode()
    assert "退回修改后再改派" in shown
    assert act_of(current) not in shown


def test_more_events_cost_no_more_queries(current, cast, sign_in) -> None:
    client, page = sign_in(cast.leader_a), page_of(current)
    client.get(page)
    with CaptureQueriesContext(connection) as before:
        client.get(page)
    for _ in range(5):
        DutyEvent.objects.create(
            duty=current,
            kind="reassigned",
            at=timezone.now(),
            holder_before=cast.elsewhere,
            holder_after=cast.unit_a,
            reason=WHY,
        )
    with CaptureQueriesContext(connection) as after:
        assert client.get(page).status_code == 200
    assert len(after) == len(before)
