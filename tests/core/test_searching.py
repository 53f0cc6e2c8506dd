"""Rows by how a field begins: the same rows whether the index is asked or the newest are walked through."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casework.core import searching
from casework.core.searching import beginning_with, if_few
from portal.accounts.models import Department

pytestmark = pytest.mark.django_db
NAMES = ("示例食品局", "示例食品监督局", "示例", "食品示例局", "AB局", "ab局", "%_局", "示\U0002000b局")


@pytest.fixture
def rows(db: None):
    for number, name in enumerate(NAMES):
        Department.objects.create(code=f"{number:03d}", name=name)
    return Department.objects.filter(code__regex=r"^0\d\d$")


def test_both_ways_find_the_same(rows, monkeypatch) -> None:
    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    @given(
        st.sampled_from(
            [name[:cut] for name in NAMES for cut in range(1, len(name) + 1)] + ["00", "003", "x"]
        )
    )
    def same(words: str) -> None:
        expected = {row.pk for row in rows if row.name.startswith(words) or row.code.startswith(words)}
        for few in (0, 1, 3, 1000):
            monkeypatch.setattr(searching, "FEW", few)
            found = beginning_with(rows, words, "name", "code")
            assert {row.pk for row in found} == expected, (words, few)

    same()


def test_few_are_told_from_many(rows, monkeypatch) -> None:
    monkeypatch.setattr(searching, "FEW", len(NAMES))
    assert len(if_few(rows, "pk")) == len(NAMES)
    monkeypatch.setattr(searching, "FEW", len(NAMES) - 1)
    assert if_few(rows, "pk") is None
