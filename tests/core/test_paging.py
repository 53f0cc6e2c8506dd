"""Keyset pages: addresses keep the filters and drop old cursors, no row is skipped or shown twice."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.http import QueryDict

from casework.core.clocks import actions as clocks
from casework.core.clocks.models import Duty, DutyState
from casework.core.paging import query, soonest_due
from casework.core.rules_data.models import DutyKind
from tests.cast import NOW, Cast


@pytest.mark.parametrize(
    ("present", "changes", "address"),
    [
        ("tab=claimed&after=9", {"after": "3"}, "?tab=claimed&after=3"),
        ("after=9&use_partial=body", {"before": "3"}, "?before=3"),
        ("show=duties&q=", {"show": ""}, "?"),
        (
            "size=50",
            {"after": "2026-09-07T09:30:00+08:00_4"},
            "?size=50&after=2026-09-07T09%3A30%3A00%2B08%3A00_4",
        ),
    ],
)
def test_an_address_keeps_filters_and_one_cursor(present, changes, address):
    assert query(QueryDict(present), **changes) == address


def params(**given: str) -> QueryDict:
    """An address with those parameters."""
    return QueryDict(urlencode(given))


def walk(rows, page, address: str, leave: str) -> list[list[int]]:
    """Ids of every page, following the addresses of one direction."""
    found = []
    while address:
        there = page(rows, QueryDict(address))
        found.append([row.pk for row in there.rows])
        address = getattr(there, leave).removeprefix("?")
    return found


@pytest.fixture
def duties(cast: Cast) -> list[int]:
    """Forty-five duties in the order of their due times: several share one, the last eleven stand still."""
    for number in range(45):
        clocks.start(
            key=f"claim:{number}", kind=DutyKind.CLAIM, holder=cast.competent, case=None, now=NOW, by=None
        )
    pks = list(Duty.objects.order_by("pk").values_list("pk", flat=True))
    for place, pk in enumerate(pks):
        Duty.objects.filter(pk=pk).update(due_at=NOW + timedelta(days=place // 6))
    still = {"state": DutyState.PAUSED, "due_at": None, "soon_at": None, "next_at": None}
    Duty.objects.filter(pk__in=pks[34:]).update(**still)
    return pks


@pytest.mark.parametrize("size", [20, 50])
def test_no_row_is_skipped_or_shown_twice_forth_and_back(duties: list[int], size: int) -> None:
    forth = walk(Duty.objects.all(), soonest_due, f"size={size}", "next_url")
    assert [len(page) for page in forth] == ([20, 20, 5] if size == 20 else [45])
    assert [pk for page in forth for pk in page] == duties
    end = Duty.objects.get(pk=duties[-1])
    back = walk(Duty.objects.all(), soonest_due, f"size={size}&before=-_{end.pk}", "prev_url")
    assert [pk for page in reversed(back) for pk in page] == duties[:-1]


def test_a_cut_falls_between_those_that_run_and_those_that_stand_still(duties: list[int]) -> None:
    last = Duty.objects.get(pk=duties[33])
    after = soonest_due(Duty.objects.all(), params(after=f"{last.due_at.isoformat()}_{last.pk}"))
    assert [row.pk for row in after.rows] == duties[34:]
    before = soonest_due(Duty.objects.all(), params(before=f"-_{duties[34]}"))
    assert [row.pk for row in before.rows] == duties[14:34]


@pytest.mark.parametrize(
    "cursor", ["x", "_", "2026_1", "2026-09-07T09:30:00_1", "-_x", "9999-12-31T00:00:00+00:00_1"]
)
def test_a_cursor_that_somebody_typed_begins_at_the_beginning(duties: list[int], cursor: str) -> None:
    page = soonest_due(Duty.objects.all(), params(after=cursor))
    assert [row.pk for row in page.rows] == duties[:20]
    assert page.prev_url == ""
