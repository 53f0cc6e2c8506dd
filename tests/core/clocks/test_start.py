"""start(): the limit in force, the item's own limit, once per key."""

import json
from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError

from casework.core.clocks import actions
from casework.core.clocks.models import Duty, DutyEvent, DutyState
from casework.core.ledger.models import LedgerEntry
from casework.core.rules_data.actions import new_version
from casework.core.rules_data.models import DutyKind, LimitSource
from casework.core.rules_data.queries import MissingRule
from casework.core.worktime.arithmetic import BadAmount
from casework.core.worktime.units import EndRule, Unit
from tests.cast import NOW, at

pytestmark = pytest.mark.django_db


def test_takes_the_rule_in_force(claim, cast) -> None:
    duty = claim()
    assert (duty.amount, duty.unit, duty.end_rule) == (1, Unit.WORKDAY, EndRule.CLOSE_OF_BUSINESS)
    assert (duty.clause, duty.limit_source, duty.state) == ("9.1", LimitSource.MEASURE, DutyState.OPEN)
    assert (duty.due_at, duty.soon_at) == (at(9, 8, 17, 30), at(9, 8, 14, 30))
    assert duty.red_line_at is None
    assert duty.holder == cast.competent


@pytest.mark.parametrize(
    ("kind", "due_at"),
    [
        (DutyKind.ACCEPT, at(9, 14, 17, 30)),
        (DutyKind.SUBMIT, at(9, 8, 17, 30)),
        (DutyKind.CIRCULATE, at(9, 8, 17, 30)),
        (DutyKind.OPINION, at(9, 10, 17, 30)),
        # 20 working days: the make-up Sunday 20 September counts; Mid-Autumn and National Day do not.
        (DutyKind.DECIDE, at(10, 10, 17, 30)),
        (DutyKind.ISSUE, at(9, 20, 17, 30)),
        (DutyKind.PUSH, at(9, 8, 17, 30)),
        (DutyKind.REPUSH, at(9, 8, 17, 30)),
        (DutyKind.CLAIM, at(9, 8, 17, 30)),
        (DutyKind.REGISTER, at(9, 10, 17, 30)),
    ],
)
def test_every_kind_has_its_limit(claim, kind, due_at) -> None:
    assert claim(kind=kind).due_at == due_at


def test_the_items_limit_wins_and_the_law_is_the_red_line(decide) -> None:
    duty = decide()
    assert (duty.amount, duty.limit_source) == (8, LimitSource.ITEM)
    assert duty.due_at == at(9, 17, 17, 30)
    assert (duty.red_amount, duty.red_unit, duty.red_line_at) == (20, Unit.WORKDAY, at(10, 10, 17, 30))


def test_natural_days_end_at_midnight(claim) -> None:
    duty = claim(amount=Decimal(5), unit=Unit.NATURAL_DAY, source=LimitSource.LAW)
    assert duty.end_rule == EndRule.END_OF_DAY
    assert duty.due_at.date() == date(2026, 9, 14)  # the 12th is a Saturday: on to Monday
    assert duty.limit_source == LimitSource.LAW


def test_half_a_working_day(claim) -> None:
    assert claim(amount=Decimal("0.5")).due_at == at(9, 7, 17, 30)


def test_a_warning_never_comes_before_the_start(claim) -> None:
    duty = claim(kind=DutyKind.DECIDE, amount=Decimal("0.5"), now=at(9, 7, 11))
    assert duty.soon_at == duty.started_at == at(9, 7, 11)


def test_a_limit_that_does_not_fit_its_unit_is_refused(claim) -> None:
    with pytest.raises(BadAmount):
        claim(amount=Decimal("1.3"))
    assert not Duty.objects.exists()


def test_runs_from_when_it_began_not_from_when_it_was_noted(claim) -> None:
    duty = claim(started_at=at(9, 4, 10), now=at(9, 7, 9))
    assert (duty.started_at, duty.due_at) == (at(9, 4, 10), at(9, 7, 17, 30))


def test_no_rule_before_the_measure(claim) -> None:
    with pytest.raises(MissingRule, match="认领办理结果"):
        claim(now=at(9, 1, year=2022))


def test_once_per_key(claim, cast) -> None:
    first = claim()
    again = claim(now=at(9, 9), holder=cast.enforcement)
    assert again.pk == first.pk
    assert (again.holder, again.due_at) == (cast.competent, first.due_at)
    assert DutyEvent.objects.count() == 1
    assert LedgerEntry.objects.filter(action="duty.started").count() == 1


def test_somebody_started_it_in_the_same_moment(claim, monkeypatch) -> None:
    """The look-up finds nothing, the unique key decides."""
    first = claim()
    rows, looked = Duty.objects.filter, []

    def blind_once(**lookup):
        looked.append(lookup)
        return Duty.objects.none() if len(looked) == 1 else rows(**lookup)

    monkeypatch.setattr(actions.Duty.objects, "filter", blind_once)
    assert claim().pk == first.pk
    assert len(looked) == 2
    assert DutyEvent.objects.count() == 1


def test_another_fault_is_not_mistaken_for_a_taken_key(claim, monkeypatch) -> None:
    def broken(*_args, **_kwargs):
        raise IntegrityError("something else")

    monkeypatch.setattr(Duty, "save", broken)
    with pytest.raises(IntegrityError, match="something else"):
        claim()


def test_a_duty_keeps_the_rule_it_began_under(claim, cast) -> None:
    old = claim()
    new_version(
        kind=DutyKind.CLAIM,
        amount=Decimal(2),
        unit=Unit.WORKDAY,
        end_rule=EndRule.CLOSE_OF_BUSINESS,
        warn_before=Decimal(1),
        start_event="推送送达",
        clause="9.1",
        source=LimitSource.MEASURE,
        basis="修订后的办法第九条第一项",
        valid_from=date(2026, 9, 8),
        by=cast.sysadmin,
        now=NOW,
    )
    assert claim("same day").due_at == at(9, 8, 17, 30)
    newer = claim("next day", at(9, 8))
    assert newer.due_at == at(9, 10, 17, 30)
    old.refresh_from_db()
    assert old.due_at == at(9, 8, 17, 30)
    assert old.rule_id != newer.rule_id


def test_the_fact_and_the_ledger(claim, cast, case) -> None:
    duty = claim(case=case, by=cast.clerk)
    event = duty.events.get()
    assert (event.kind, event.at, event.by) == (DutyEvent.Kind.STARTED, NOW, cast.clerk)
    entry = LedgerEntry.objects.get(action="duty.started")
    assert (entry.clause, entry.department, entry.case_number) == ("9.1", cast.competent, case.number)
    assert (entry.actor, entry.object_type, entry.object_id) == (cast.clerk, "duty", str(duty.pk))
    payload = json.loads(entry.payload)
    assert payload["key"] == "claim:push:1"
    assert payload["due_at"] == "2026-09-08T17:30:00+08:00"
    assert case.applicant_name not in entry.payload


def test_beyond_the_published_years_it_is_provisional(claim) -> None:
    duty = claim(amount=Decimal(90), now=NOW)
    assert duty.due_at.year == 2027
    assert duty.provisional
