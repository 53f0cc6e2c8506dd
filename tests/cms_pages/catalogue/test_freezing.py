"""Frozen guide versions: what they hold, what is missing, and that they never change."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from cms_pages.catalogue import freezing
from cms_pages.catalogue.codes import ItemState
from cms_pages.catalogue.models import GuideVersion, JointUnit, LimitVersion
from tests import cast as people

TODAY = people.NOW.date()


@pytest.fixture
def item(cast):
    return people.item(cast)


def again(item):
    """The item as the database has it now."""
    return type(item).objects.get(pk=item.pk)


def test_a_snapshot_holds_what_the_guide_says(item, cast):
    snapshot = freezing.snapshot_of(item, TODAY)
    assert snapshot["limits"]["promised"] == {
        "amount": "8",
        "unit": "workday",
        "extension": "0",
        "basis": "《行政许可法》第四十二条",
        "source": "example",
        "valid_from": "2022-09-25",
    }
    assert [row["name"] for row in snapshot["materials"]] == ["申请书", "场所平面图", "补充说明"]
    assert [row["position"] for row in snapshot["materials"]] == [1, 2, 3]
    assert snapshot["joint_units"][0] == {
        "department_id": cast.unit_a.pk,
        "name": cast.unit_a.name,
        "opinion_days": "3",
        "reason": "审查消防安全条件",
    }
    assert [row["kind"] for row in snapshot["supervisors"]] == ["competent", "enforcement"]
    assert snapshot["item"]["approval_department"]["name"] == cast.approver.name
    assert freezing.gaps_of(snapshot) == []


GAPS = {
    "promised limit": (lambda item: item.limits.filter(kind="promised").delete(), freezing.GAP_LIMIT),
    "basis": (lambda item: item.bases.all().delete(), freezing.GAP_BASIS),
    "materials": (lambda item: item.materials.all().delete(), freezing.GAP_MATERIALS),
    "supervisors": (lambda item: item.supervisors.all().delete(), freezing.GAP_SUPERVISORS),
    "approver": (lambda item: type(item).objects.update(approval_department=None), freezing.GAP_APPROVER),
    "joint units": (lambda item: item.joint_units.all().delete(), freezing.GAP_JOINT_UNITS),
    "suspended": (lambda item: type(item).objects.update(state=ItemState.SUSPENDED), freezing.GAP_IN_USE),
    "ended units": (
        lambda item: item.joint_units.update(valid_to=date(2026, 1, 1)),
        freezing.GAP_JOINT_UNITS,
    ),
    "limit not yet in force": (
        lambda item: item.limits.update(valid_from=TODAY + timedelta(days=1)),
        freezing.GAP_LIMIT,
    ),
}


@pytest.mark.parametrize("case", GAPS)
def test_each_missing_part_is_named(item, case: str):
    remove, name = GAPS[case]
    remove(item)
    assert freezing.gaps_of(freezing.snapshot_of(again(item), TODAY)) == [name]


def test_the_statutory_limit_may_be_absent(item):
    item.limits.filter(kind="statutory").delete()
    snapshot = freezing.snapshot_of(again(item), TODAY)
    assert snapshot["limits"]["statutory"] is None
    assert freezing.gaps_of(snapshot) == []


def test_an_item_that_is_not_joint_needs_no_units(cast):
    plain = people.item(cast, joint=False)
    assert freezing.gaps_of(freezing.snapshot_of(plain, TODAY)) == []


def test_the_newest_limit_in_force_counts(item):
    for day, amount in ((date(2026, 9, 7), "6"), (date(2026, 9, 8), "5")):
        LimitVersion.objects.create(item=item, kind="promised", amount=Decimal(amount), valid_from=day)
    assert freezing.snapshot_of(again(item), date(2026, 9, 6))["limits"]["promised"]["amount"] == "8"
    assert freezing.snapshot_of(again(item), date(2026, 9, 7))["limits"]["promised"]["amount"] == "6"
    assert freezing.snapshot_of(again(item), date(2026, 9, 8))["limits"]["promised"]["amount"] == "5"


@pytest.mark.parametrize(("amount", "text"), [("0.5", "0.5"), ("20", "20"), ("20.0", "20"), ("100", "100")])
def test_amounts_are_written_plainly(amount: str, text: str):
    assert freezing.plain(Decimal(amount)) == text


def test_freezing_makes_a_first_version(item, cast):
    version = freezing.freeze(item, by=cast.editor, now=people.NOW)
    assert (version.version, version.current, version.published_by) == (1, True, "示例编辑")
    assert version.takes_applications
    assert version.sha256 == freezing.digest_of(version.snapshot)


def test_an_unchanged_item_makes_no_second_version(item, cast):
    first = freezing.freeze(item, by=cast.editor, now=people.NOW)
    assert freezing.freeze(again(item), by=None, now=people.NOW + timedelta(days=3)) == first
    assert GuideVersion.objects.count() == 1


def test_a_changed_item_makes_a_new_current_version_and_leaves_the_old_one(item, cast):
    first = freezing.freeze(item, by=cast.editor, now=people.NOW)
    before = GuideVersion.objects.filter(pk=first.pk).values("snapshot", "sha256", "gaps").get()
    item.materials.all().delete()
    second = freezing.freeze(item, by=None, now=people.NOW)
    assert (second.version, second.current, second.gaps) == (2, True, [freezing.GAP_MATERIALS])
    assert second.published_by == freezing.SYSTEM
    first.refresh_from_db()
    assert first.current is False
    assert GuideVersion.objects.filter(pk=first.pk).values("snapshot", "sha256", "gaps").get() == before


def test_going_back_to_an_old_content_is_a_new_version(item):
    freezing.freeze(item, by=None, now=people.NOW)
    unit = JointUnit.objects.filter(item=item).first()
    unit.reason = "另一内容"
    unit.save()
    freezing.freeze(item, by=None, now=people.NOW)
    unit.reason = "审查消防安全条件"
    unit.save()
    third = freezing.freeze(item, by=None, now=people.NOW)
    assert third.version == 3
    assert list(GuideVersion.objects.filter(current=True)) == [third]


def test_it_freezes_what_the_database_says_not_a_stale_object(item):
    stale = again(item)
    type(item).objects.filter(pk=item.pk).update(name="改名后的示例许可")
    assert freezing.freeze(stale, by=None, now=people.NOW).snapshot["item"]["name"] == "改名后的示例许可"
