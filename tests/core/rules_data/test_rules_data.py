"""Limits as dated rows (14): seeded for every duty, changed only by a new version."""

import json
from datetime import date
from decimal import Decimal

import pytest
from django.apps import apps

from casework.core.ledger.models import LedgerEntry
from casework.core.rules_data.actions import BadRule, new_version
from casework.core.rules_data.models import DutyKind, LimitRule, LimitSource, PeriodKind, StartFact
from casework.core.rules_data.queries import MissingRule, history, rule_for
from casework.core.rules_data.seeds import PERIOD_SEEDS, SEEDS, seed_rules
from casework.core.worktime.units import EndRule, Unit
from tests.cast import NOW, at

pytestmark = pytest.mark.django_db
FIRST_DAY = date(2022, 9, 25)
VALID = {
    "kind": DutyKind.CLAIM,
    "amount": Decimal(2),
    "unit": Unit.WORKDAY,
    "end_rule": EndRule.CLOSE_OF_BUSINESS,
    "warn_before": Decimal("0.5"),
    "start_event": "推送送达",
    "clause": "9.1",
    "source": LimitSource.MEASURE,
    "basis": "儋府办〔2026〕示例号",
    "valid_from": date(2026, 10, 1),
}


@pytest.mark.parametrize("kind", list(DutyKind))
def test_every_kind_of_duty_has_a_rule_from_the_first_day(kind) -> None:
    rule = rule_for(kind, FIRST_DAY)
    assert rule.valid_from == FIRST_DAY
    assert (rule.unit, rule.end_rule) == (Unit.WORKDAY, EndRule.CLOSE_OF_BUSINESS)
    assert rule.clause
    assert rule.basis
    assert rule.start_event
    assert 0 < rule.warn_before < rule.amount


def test_the_numbers_of_the_measure_and_of_the_law() -> None:
    rows = {rule.duty_kind: (rule.amount, rule.source) for rule in LimitRule.objects.all()}
    source = LimitSource
    assert rows == {
        DutyKind.ACCEPT: (5, source.LAW),
        DutyKind.CORRECT: (15, source.PLATFORM),
        DutyKind.SUBMIT: (1, source.PLATFORM),
        DutyKind.CIRCULATE: (1, source.PLATFORM),
        DutyKind.OPINION: (3, source.MEASURE),
        DutyKind.DECIDE: (20, source.LAW),
        DutyKind.ISSUE: (10, source.LAW),
        DutyKind.PUSH: (1, source.MEASURE),
        DutyKind.REPUSH: (1, source.PLATFORM),
        DutyKind.CLAIM: (1, source.MEASURE),
        DutyKind.REGISTER: (3, source.MEASURE),
        DutyKind.ANSWER_OBJECTION: (3, source.PLATFORM),
        PeriodKind.OBJECTION: (2, source.MEASURE),
    }


def test_a_number_that_is_ours_is_to_be_confirmed_or_marked_as_ours() -> None:
    ours = LimitRule.objects.filter(basis__contains="本平台设定")
    assert {rule.duty_kind for rule in ours} == {
        DutyKind.CORRECT,
        DutyKind.SUBMIT,
        DutyKind.CIRCULATE,
        DutyKind.OPINION,
        DutyKind.REPUSH,
        DutyKind.REGISTER,
        DutyKind.ANSWER_OBJECTION,
    }
    assert all(rule.to_confirm or rule.source == LimitSource.PLATFORM for rule in ours)


def test_the_time_to_object_begins_with_delivery_until_that_is_confirmed() -> None:
    rule = rule_for(PeriodKind.OBJECTION, FIRST_DAY)
    assert (rule.start_fact, rule.to_confirm, rule.clause) == (StartFact.DELIVERY, True, "9.1")
    assert not LimitRule.objects.exclude(pk=rule.pk).exclude(start_fact="").exists()


def test_seeding_twice_adds_nothing() -> None:
    before = list(LimitRule.objects.values())
    seed_rules(apps)
    assert list(LimitRule.objects.values()) == before
    assert len(before) == len(SEEDS) + len(PERIOD_SEEDS)


def test_no_rule_before_the_first_day() -> None:
    with pytest.raises(MissingRule, match="2022-09-24没有生效的“认领办理结果”时限规则"):
        rule_for(DutyKind.CLAIM, date(2022, 9, 24))


def test_a_new_version_holds_from_its_day_on(cast) -> None:
    new = new_version(**VALID, by=cast.sysadmin, now=NOW)
    assert rule_for(DutyKind.CLAIM, date(2026, 9, 30)).amount == 1
    assert rule_for(DutyKind.CLAIM, date(2026, 10, 1)) == new
    assert [rule.amount for rule in history(DutyKind.CLAIM)] == [2, 1]
    assert rule_for(DutyKind.PUSH, date(2026, 10, 1)).amount == 1


def test_of_two_versions_from_one_day_the_later_registered_holds(cast) -> None:
    new_version(**VALID, by=cast.sysadmin, now=NOW)
    corrected = new_version(**{**VALID, "amount": Decimal(3)}, by=cast.sysadmin, now=at(9, 8))
    assert rule_for(DutyKind.CLAIM, date(2026, 10, 1)) == corrected


def test_a_new_version_is_told_with_basis_and_day(cast) -> None:
    rule = new_version(**VALID, by=cast.sysadmin, now=NOW)
    assert (rule.created_by, rule.created_at) == (cast.sysadmin, NOW)
    entry = LedgerEntry.objects.get(action="rules.version_added")
    assert (entry.actor, entry.clause, entry.object_id) == (cast.sysadmin, "14", str(rule.pk))
    payload = json.loads(entry.payload)
    assert payload["basis"] == VALID["basis"]
    assert payload["valid_from"] == "2026-10-01"
    assert payload["amount"] == "2"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"basis": " "}, "basis"),
        ({"clause": ""}, "clause"),
        ({"start_event": ""}, "start_event"),
        ({"amount": Decimal(0)}, "amount"),
        ({"amount": Decimal("1.2")}, "amount"),
        ({"amount": Decimal("0.5"), "unit": Unit.NATURAL_DAY}, "amount"),
        ({"warn_before": Decimal("0.3")}, "warn_before"),
        ({"warn_before": Decimal(-1)}, "warn_before"),
        ({"valid_from": date(2026, 9, 6)}, "valid_from"),
        ({"start_fact": StartFact.CLAIM}, "start_fact"),  # a duty is started by an act
        ({"kind": PeriodKind.OBJECTION}, "start_fact"),
    ],
)
def test_what_cannot_stand_is_refused_at_its_field(cast, change, field) -> None:
    with pytest.raises(BadRule) as refused:
        new_version(**{**VALID, **change}, by=cast.sysadmin, now=NOW)
    assert refused.value.field == field
    assert LimitRule.objects.count() == len(SEEDS) + len(PERIOD_SEEDS)
    assert not LedgerEntry.objects.exists()


def test_today_counts_by_the_shanghai_day(cast) -> None:
    just_after_midnight = at(9, 8, 0, 30)
    with pytest.raises(BadRule):
        new_version(**{**VALID, "valid_from": date(2026, 9, 7)}, by=cast.sysadmin, now=just_after_midnight)
    assert new_version(**{**VALID, "valid_from": date(2026, 9, 8)}, by=cast.sysadmin, now=just_after_midnight)
