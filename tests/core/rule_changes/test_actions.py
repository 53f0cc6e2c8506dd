"""Propose, approve, reject, withdraw: two people, one transaction, both records (14, R-22)."""

import json
from dataclasses import replace
from datetime import date, time
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from wagtail.models import ModelLogEntry

from casework.core.access import NotPermitted
from casework.core.clocks.models import Duty
from casework.core.ledger.models import LedgerEntry
from casework.core.rule_changes import actions, rules
from casework.core.rule_changes.content import LimitDraft, draft_of, limit_of
from casework.core.rule_changes.models import ChangeState, RuleChange
from casework.core.rule_changes.queries import compared, standing_version
from casework.core.rules_data.actions import BadRule
from casework.core.rules_data.models import DutyKind, LimitRule, LimitSource
from casework.core.rules_data.queries import rule_for
from casework.core.transitions import StaleState, Transition
from casework.core.worktime.actions import DoubledDay, load_days
from casework.core.worktime.calendar import DayHours, HoursPeriod
from casework.core.worktime.models import CalendarNotice
from casework.core.worktime.notices import Draft, NamedDay, NoticeKind, NoticeText
from casework.core.worktime.queries import calendar_version, calendar_with, current_calendar
from casework.core.worktime.units import EndRule, Unit
from portal.accounts.models import Membership
from portal.accounts.roles import Role
from tests.cast import NOW, at
from tests.core.rule_changes.conftest import TUESDAY, closure

pytestmark = pytest.mark.django_db

LIMIT = LimitDraft(
    kind=DutyKind.CLAIM,
    amount=Decimal(2),
    unit=Unit.WORKDAY,
    end_rule=EndRule.CLOSE_OF_BUSINESS,
    warn_before=Decimal("0.5"),
    start_event="推送送达",
    clause="9.1",
    source=LimitSource.MEASURE,
    basis="儋府办〔2026〕示例号",
    valid_from=date(2026, 10, 1),
)
SUMMER = Draft(
    text=NoticeText(title="关于调整作息时间的通知（示例）", document_no="", year=2026),
    kind=NoticeKind.HOURS,
    hours=HoursPeriod(TUESDAY, DayHours(time(8), time(12), time(14), time(17)), date(2026, 9, 30)),
)
CORRECTION = closure(date(2026, 9, 12), worked=True, title="关于9月12日照常上班的通告（示例）")


def approve(change: RuleChange, by, confirmed: int = 0, **more):  # type: ignore[no-untyped-def]
    return actions.approve(
        change, **{"version": standing_version(change), "confirmed": confirmed, "by": by, "now": NOW, **more}
    )


@pytest.mark.parametrize("content", [closure(), SUMMER, LIMIT], ids=["closure", "hours", "limit"])
def test_what_was_proposed_comes_back_as_it_was(admins, content) -> None:
    change = actions.propose(content=content, by=admins.proposer, now=NOW)
    change.refresh_from_db()
    assert (limit_of(change) if content is LIMIT else draft_of(change)) == content
    assert change.state == ChangeState.PROPOSED


def test_a_proposal_puts_nothing_in_force(admins) -> None:
    before = calendar_version(), LimitRule.objects.count()
    actions.propose(content=closure(), by=admins.proposer, now=NOW)
    actions.propose(content=LIMIT, by=admins.proposer, now=NOW)
    assert (calendar_version(), LimitRule.objects.count()) == before
    assert current_calendar().is_workday(TUESDAY)


def test_approval_loads_the_notice_and_tells_both_records(admins) -> None:
    change = actions.propose(content=closure(), by=admins.proposer, now=NOW)
    wanted = calendar_with(closure())
    done = approve(change, admins.approver)
    assert (done.state, done.notice.title, done.shortened) == (ChangeState.APPROVED, change.title, 0)
    loaded = current_calendar()
    assert (loaded.overrides, loaded.hours, loaded.version) == (
        wanted.overrides,
        wanted.hours,
        done.calendar_version,
    )
    entries = list(LedgerEntry.objects.filter(action__startswith="rules.change").order_by("id"))
    assert [(row.action, row.actor, row.clause) for row in entries] == [
        ("rules.change_proposed", admins.proposer, "14"),
        ("rules.change_approved", admins.approver, "14"),
    ]
    assert json.loads(entries[1].payload)["proposed_by"] == admins.proposer.pk
    assert LedgerEntry.objects.filter(action="worktime.notice_loaded", actor=admins.approver).count() == 1
    logged = ModelLogEntry.objects.for_instance(change).order_by("id")
    assert [(row.action, row.user) for row in logged] == [
        ("rules.change_proposed", admins.proposer),
        ("rules.change_approved", admins.approver),
    ]
    moved = Transition.objects.get(object_type="rulechange", object_id=str(change.pk))
    assert (moved.old, moved.new, moved.by) == ("proposed", "approved", admins.approver)


def test_office_hours_come_into_force(admins) -> None:
    approve(actions.propose(content=SUMMER, by=admins.proposer, now=NOW), admins.approver)
    assert current_calendar().hours_on(TUESDAY).afternoon_end == time(17)
    assert current_calendar().hours_on(date(2026, 10, 8)) == DayHours()


def test_a_limit_comes_into_force_on_its_day(admins) -> None:
    change = approve(actions.propose(content=LIMIT, by=admins.proposer, now=NOW), admins.approver)
    assert rule_for(DutyKind.CLAIM, date(2026, 9, 30)).amount == 1
    assert rule_for(DutyKind.CLAIM, date(2026, 10, 1)) == change.rule
    assert LedgerEntry.objects.filter(action="rules.version_added", actor=admins.approver).count() == 1
    assert change.calendar_version is None


def test_a_limit_whose_day_has_passed_is_not_approved(admins) -> None:
    change = actions.propose(content=LIMIT, by=admins.proposer, now=NOW)
    with pytest.raises(BadRule):
        approve(change, admins.approver, now=at(10, 2))
    change.refresh_from_db()
    assert change.state == ChangeState.PROPOSED


# -- who ------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["approver", "auditor", "editor", "clerk", "chief"])
def test_only_the_system_administrator_proposes(admins, cast, who) -> None:
    person = admins.approver if who == "approver" else getattr(cast, who)
    with pytest.raises(NotPermitted):
        actions.propose(content=closure(), by=person, now=NOW)
    assert not RuleChange.objects.exists()


@pytest.mark.parametrize("act", ["approve", "reject"])
@pytest.mark.parametrize("who", ["sysadmin", "auditor", "editor", "clerk", "evaluator"])
def test_only_the_security_administrator_decides(admins, cast, who, act) -> None:
    change = actions.propose(content=closure(), by=admins.proposer, now=NOW)
    person = getattr(cast, who)
    with pytest.raises(NotPermitted):
        approve(change, person) if act == "approve" else actions.reject(
            change, reason="不妥", by=person, now=NOW
        )
    assert calendar_version() == current_calendar().version
    assert not CalendarNotice.objects.filter(kind=NoticeKind.LOCAL).exists()


def test_a_proposer_who_was_appointed_security_administrator_still_cannot_approve(admins, cast) -> None:
    change = actions.propose(content=closure(), by=admins.proposer, now=NOW)
    Membership.objects.filter(user=admins.proposer).delete()
    Membership.objects.create(user=admins.proposer, department=cast.elsewhere, role=Role.SECURITY_ADMIN)
    with pytest.raises(actions.NotASecondPerson):
        approve(change, admins.proposer)
    with pytest.raises(actions.NotASecondPerson):
        actions.reject(change, reason="改由他人处理", by=admins.proposer, now=NOW)


def test_the_database_itself_wants_a_second_person(admins) -> None:
    change = actions.propose(content=closure(), by=admins.proposer, now=NOW)
    rows = RuleChange.objects.filter(pk=change.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(state="approved", decided_at=NOW, decided_by=admins.proposer)


@pytest.mark.parametrize(("hands", "allowed"), [({2}, True), ({1}, False), ({2, 1}, False)])
def test_nobody_decides_what_the_own_or_a_lent_hand_proposed(hands, allowed) -> None:
    assert (rules.why_not_decide(proposed_by=1, hands=hands) == "") is allowed


# -- once -----------------------------------------------------------------------------


def test_a_decided_change_stays_decided(admins) -> None:
    change = actions.propose(content=closure(), by=admins.proposer, now=NOW)
    stale = RuleChange.objects.get(pk=change.pk)
    approve(change, admins.approver)
    for act in (
        lambda: approve(stale, admins.other),
        lambda: actions.reject(stale, reason="晚了", by=admins.other, now=NOW),
        lambda: actions.withdraw(stale, by=admins.proposer, now=NOW),
    ):
        with pytest.raises(StaleState):
            act()
    assert CalendarNotice.objects.filter(kind=NoticeKind.LOCAL).count() == 1


def test_an_approval_under_another_calendar_than_was_seen_is_stale(admins) -> None:
    change = actions.propose(content=closure(), by=admins.proposer, now=NOW)
    seen = calendar_version()
    other = closure(date(2026, 9, 9), title="另一通告（示例）")
    load_days(by=None, now=NOW, text=other.text, days=other.days, is_local=True)
    with pytest.raises(StaleState):
        approve(change, admins.approver, version=seen)
    assert approve(change, admins.approver).state == ChangeState.APPROVED


def test_a_limit_compared_with_one_that_holds_no_more_is_stale(admins) -> None:
    first = actions.propose(content=LIMIT, by=admins.proposer, now=NOW)
    second = actions.propose(
        content=replace(LIMIT, amount=Decimal(3), valid_from=date(2026, 10, 8)), by=admins.proposer, now=NOW
    )
    seen = standing_version(second)
    approve(first, admins.approver)
    with pytest.raises(StaleState):
        approve(second, admins.approver, version=seen)
    second.refresh_from_db()
    assert (second.state, LimitRule.objects.filter(duty_kind=DutyKind.CLAIM).count()) == ("proposed", 2)
    assert ("时限", "2个工作日", "3个工作日") in compared(second)
    assert approve(second, admins.approver).state == ChangeState.APPROVED


@pytest.mark.parametrize("other", [{"kind": DutyKind.PUSH}, {"valid_from": date(2026, 10, 8)}])
def test_a_limit_of_another_kind_or_a_later_day_leaves_the_comparison_standing(admins, other) -> None:
    change = actions.propose(content=LIMIT, by=admins.proposer, now=NOW)
    seen = standing_version(change)
    approve(actions.propose(content=replace(LIMIT, **other), by=admins.proposer, now=NOW), admins.approver)
    assert approve(change, admins.approver, version=seen).state == ChangeState.APPROVED


def test_the_same_notice_is_proposed_once_and_not_after_it_is_loaded(admins) -> None:
    change = actions.propose(content=closure(), by=admins.proposer, now=NOW)
    with pytest.raises(actions.AlreadyProposed):
        actions.propose(content=closure(), by=admins.proposer, now=NOW)
    approve(change, admins.approver)
    with pytest.raises(actions.AlreadyProposed):
        actions.propose(content=closure(), by=admins.proposer, now=NOW)


def test_a_rejected_notice_can_be_proposed_again(admins) -> None:
    change = actions.propose(content=closure(), by=admins.proposer, now=NOW)
    done = actions.reject(change, reason="  文号有误  ", by=admins.approver, now=NOW)
    assert (done.state, done.reason) == (ChangeState.REJECTED, "文号有误")
    assert actions.propose(content=closure(), by=admins.proposer, now=NOW).pk != change.pk


def test_a_rejection_says_why(admins) -> None:
    change = actions.propose(content=closure(), by=admins.proposer, now=NOW)
    with pytest.raises(actions.ReasonMissing) as refused:
        actions.reject(change, reason=" ", by=admins.approver, now=NOW)
    assert refused.value.field == "reason"


def test_only_the_proposer_withdraws(admins, cast) -> None:
    change = actions.propose(content=closure(), by=admins.proposer, now=NOW)
    with pytest.raises(NotPermitted):
        actions.withdraw(change, by=admins.approver, now=NOW)
    second = cast.editor
    Membership.objects.filter(user=second).update(role=Role.SYSADMIN)
    with pytest.raises(actions.NotOwnChange):
        actions.withdraw(change, by=second, now=NOW)
    assert actions.withdraw(change, by=admins.proposer, now=NOW).state == ChangeState.WITHDRAWN


def test_what_cannot_be_loaded_is_not_proposed(admins) -> None:
    with pytest.raises(DoubledDay):
        actions.propose(content=closure(TUESDAY, TUESDAY), by=admins.proposer, now=NOW)


# -- shortening -----------------------------------------------------------------------


def test_shortening_wants_the_number_that_was_seen(admins, claim) -> None:
    friday = claim("a", now=at(9, 11))  # due Monday the 14th, or Saturday the 12th when it is worked
    change = actions.propose(content=CORRECTION, by=admins.proposer, now=NOW)
    with pytest.raises(actions.ShorteningNotConfirmed) as refused:
        approve(change, admins.approver)
    assert "1项" in str(refused.value)
    claim("b", now=at(9, 11))
    with pytest.raises(actions.ShorteningNotConfirmed):  # one more than was confirmed
        approve(change, admins.approver, confirmed=1)
    assert approve(change, admins.approver, confirmed=2).shortened == 2
    assert Duty.objects.get(pk=friday.pk).due_at == at(9, 14, 17, 30)  # moved by the job, not by the approval


def test_earlier_closing_hours_are_a_shortening_too(admins, claim) -> None:
    claim()
    change = actions.propose(content=SUMMER, by=admins.proposer, now=NOW)
    with pytest.raises(actions.ShorteningNotConfirmed):
        approve(change, admins.approver)
    assert approve(change, admins.approver, confirmed=1).shortened == 1


# -- nobody edits, nobody deletes -----------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE casework_rulechange SET title = 'x'",
        "UPDATE casework_rulechange SET reason = 'x'",
        "DELETE FROM casework_rulechange",
        "UPDATE casework_calendarnotice SET title = 'x'",
        "DELETE FROM casework_calendarday",
    ],
)
def test_what_was_decided_is_kept_by_the_database(admins, statement) -> None:
    approve(actions.propose(content=closure(), by=admins.proposer, now=NOW), admins.approver)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_what_waits_can_be_decided_but_not_reworded(admins) -> None:
    actions.propose(content=closure(), by=admins.proposer, now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        RuleChange.objects.update(content={})


# -- rules ----------------------------------------------------------------------------


def day(text: str, name: str, *, worked: bool = False) -> NamedDay:
    return NamedDay(date.fromisoformat(text), worked, name)


WHOLE = [
    *(day(f"2027-01-0{n}", "元旦") for n in (1, 2, 3)),
    *(day(f"2027-02-0{n}", "春节") for n in range(5, 10)),
    *(day(f"2027-04-0{n}", "清明节") for n in (3, 4, 5)),
    day("2027-05-01", "劳动节"),
    day("2027-06-09", "端午节"),
    day("2027-10-01", "国庆节"),
    day("2027-01-09", "元旦", worked=True),
]


def test_a_whole_notice_has_no_warnings() -> None:
    assert rules.warnings_of(2027, WHOLE) == []


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ([row for row in WHOLE if row.name != "春节"], "没有写到：春节"),
        (WHOLE[:4], "放假日期只有4天"),
        ([*WHOLE, day("2027-01-11", "元旦", worked=True)], "2027-01-11本来就是工作日"),
    ],
)
def test_an_odd_notice_is_pointed_out(days, words) -> None:
    assert any(words in warning for warning in rules.warnings_of(2027, days))
