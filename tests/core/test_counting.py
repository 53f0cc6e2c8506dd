"""Counts stop at the cap, many in one statement; how they read."""

import pytest

from casework.core.counting import capped, count, in_words, up_to
from portal.accounts.models import Department


@pytest.mark.parametrize(
    ("number", "beside", "said"),
    [(0, "0", "0项"), (7, "7", "7项"), (1000, "1000", "1000项"), (1001, "1000以上", "1000项以上")],
)
def test_counts_are_shown_up_to_the_cap(number: int, beside: str, said: str) -> None:
    assert (capped(number), in_words(number, "项")) == (beside, said)


@pytest.fixture
def departments(db: None) -> None:
    for number in range(5):
        Department.objects.create(code=f"d{number}", name=f"示例第{number}局")


def test_many_counts_are_one_statement(departments: None, django_assert_num_queries) -> None:
    rows = Department.objects.filter(code__startswith="d")
    asked = {
        "all": rows,
        "sorted": rows.order_by("-name"),
        "first": rows.filter(code="d1"),
        "none": rows.filter(code="x"),
        "impossible": rows.filter(pk__in=[]),
        "any": rows.order_by("code")[:1],
    }
    with django_assert_num_queries(1):
        found = up_to(asked)
    assert found == {"all": 5, "sorted": 5, "first": 1, "none": 0, "impossible": 0, "any": 1}


def test_counting_stops_beyond_the_cap(departments: None) -> None:
    rows = Department.objects.filter(code__startswith="d")
    assert [count(rows, cap) for cap in (3, 4, 5, 6)] == [4, 5, 5, 5]


def test_nothing_to_count_asks_nothing(db: None, django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        assert up_to({"none": Department.objects.filter(pk__in=[])}) == {"none": 0}
