"""Circulate to the units (7.2)."""

import json
from decimal import Decimal

import pytest

from casework.approval import actions
from casework.approval.actions import UnitRequest
from casework.core.access import NotPermitted
from casework.core.transitions import StaleState
from casework.models import Case, CaseState, Circulation, Duty, DutyState, LedgerEntry, Letter, Participation
from tests import steps
from tests.cast import at, guide


def test_the_units_of_the_item_get_letter_files_and_clock(cast, version):
    case = steps.submitted(cast, version)
    made = actions.circulate(case, by=cast.handler, now=at(9, 8))
    case.refresh_from_db()
    assert case.state == CaseState.CIRCULATING
    assert [row.unit for row in made] == [cast.unit_a, cast.unit_b]
    for row, days, due in zip(made, (3, 2), (at(9, 11, 17, 30), at(9, 10, 17, 30)), strict=True):
        duty = Duty.objects.get(key=f"opinion:circulation:{row.pk}")
        assert (duty.holder, duty.amount, duty.due_at, duty.limit_source) == (row.unit, days, due, "item")
        assert row.recipient.delivered_at == at(9, 8)
        assert row.recipient.letter.files.count() == 2
        assert case.participations.filter(department=row.unit, capacity=Participation.Capacity.UNIT).exists()
    assert Letter.objects.filter(kind="circulation").count() == 2
    assert Duty.objects.get(key=f"circulate:case:{case.pk}").state == DutyState.MET
    entry = LedgerEntry.objects.get(action="approval.circulated")
    assert (entry.clause, json.loads(entry.payload)["units"]) == ("7.2", ["unit-a", "unit-b"])


def test_the_letter_carries_no_personal_data(cast, version):
    case = steps.submitted(cast, version, applicant=steps.PERSON)
    actions.circulate(case, by=cast.handler, now=at(9, 8))
    for letter in Letter.objects.all():
        said = json.dumps(letter.facts, ensure_ascii=False) + letter.title
        for secret in (steps.CITIZEN_ID, steps.PHONE, "示例王小明", "示例经办人"):
            assert secret not in said


def test_another_unit_may_be_added_with_a_reason(cast, version):
    case = steps.submitted(cast, version)
    extra = UnitRequest(department=cast.elsewhere, opinion_days=Decimal("0.5"), reason="核查文物保护")
    actions.circulate(
        case, units=[*actions.default_units(case, at(9, 8)), extra], by=cast.handler, now=at(9, 8)
    )
    assert Circulation.objects.get(unit=cast.elsewhere).opinion_days == Decimal("0.5")


def test_an_item_without_units_goes_straight_on(cast):
    version = guide(cast, joint=False)
    case = steps.submitted(cast, version)
    assert actions.circulate(case, by=cast.handler, now=at(9, 8)) == []
    assert case.state == CaseState.CIRCULATING
    actions.propose_decision(case, **steps.GRANT, by=cast.handler, now=at(9, 8))
    assert case.state == CaseState.PROPOSED


def test_circulation_rejects_a_left_out_an_ended_and_a_repeated_unit(cast, version):
    case = steps.submitted(cast, version)
    both = actions.default_units(case, at(9, 8))
    with pytest.raises(actions.BadCirculation, match="不能减少"):
        actions.circulate(case, units=both[:1], by=cast.handler, now=at(9, 8))
    with pytest.raises(actions.BadCirculation, match="重复"):
        actions.circulate(case, units=[*both, both[0]], by=cast.handler, now=at(9, 8))
    cast.elsewhere.valid_to = at(9, 1).date()
    cast.elsewhere.save()
    ended = UnitRequest(department=cast.elsewhere, opinion_days=Decimal(3), reason="核查")
    with pytest.raises(actions.BadCirculation, match="已撤销"):
        actions.circulate(case, units=[*both, ended], by=cast.handler, now=at(9, 8))
    assert not Circulation.objects.exists()
    assert Case.objects.get().state == CaseState.SUBMITTED


def test_a_fixed_unit_that_has_ended_is_replaced_by_its_successor(cast, version):
    """The case keeps its guide version: without this it could be circulated to nobody."""
    case = steps.submitted(cast, version)
    cast.unit_b.valid_to, cast.unit_b.successor = at(9, 7).date(), cast.elsewhere
    cast.unit_b.save()
    made = actions.circulate(case, by=cast.handler, now=at(9, 8))
    assert [row.unit for row in made] == [cast.unit_a, cast.elsewhere]
    assert made[1].reason == "审查油烟排放条件"
    duty = Duty.objects.get(key=f"opinion:circulation:{made[1].pk}")
    assert (duty.holder, duty.amount, duty.limit_source) == (cast.elsewhere, 2, "item")


def test_two_fixed_units_that_became_one_are_asked_once(cast, version):
    case = steps.submitted(cast, version)
    cast.unit_b.valid_to, cast.unit_b.successor = at(9, 7).date(), cast.unit_a
    cast.unit_b.save()
    assert [row.unit for row in actions.circulate(case, by=cast.handler, now=at(9, 8))] == [cast.unit_a]


def test_circulation_requires_the_handler_and_happens_once(cast, version):
    case = steps.submitted(cast, version)
    for person in (cast.stranger, cast.chief, cast.clerk):
        with pytest.raises(NotPermitted):
            actions.circulate(case, by=person, now=at(9, 8))
    twin = Case.objects.get(pk=case.pk)
    actions.circulate(case, by=cast.handler, now=at(9, 8))
    with pytest.raises(StaleState):
        actions.circulate(twin, by=cast.handler, now=at(9, 8))
    assert Circulation.objects.count() == 2
