"""Every list page: few queries however long the list, no row counted off, no count without a limit."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import QuerySet
from django.test import Client

from casework.core import counting, paging, searching
from casework.core.access import access_of
from casework.core.cases.models import Case
from casework.desk import queries as desk
from casework.supervision import actions, queries
from tests.cast import Cast
from tests.scale.plans import check_caps, check_keyset
from tests.supervision.world import fresh, pushed

pytestmark = pytest.mark.django_db
# Who reads which list, and how many queries its page may take at most.
PAGES = {
    "inbox": ("clerk", "/desk/", 10),
    "inbox, one kind": ("supervisor", "/desk/?kind=claim", 10),
    "work of the window": ("clerk", "/desk/intake/", 10),
    "cases": ("handler", "/desk/cases/", 12),
    "cases in a state": ("handler", "/desk/cases/?state=closed", 12),
    "cases by their beginning": ("handler", "/desk/cases/?q=示例", 13),
    "every case": ("evaluator", "/desk/cases/", 12),
    "results to claim": ("supervisor", "/desk/supervision/", 12),
    "results registered": ("supervisor", "/desk/supervision/?tab=registered", 12),
    "register": ("supervisor", "/desk/supervision/register/", 10),
    "deliveries": ("sysadmin", "/desk/deliveries/", 12),
    "ledger": ("auditor", "/desk/ledger/", 13),
    "ledger, one case": ("auditor", "/desk/ledger/?case=4604", 14),
    "heads handed outside": ("auditor", "/desk/ledger/anchors/", 12),
    "substitutions": ("handler", "/desk/substitutions/", 14),
}
Statements = Callable[..., list[str]]


@pytest.fixture
def statements(cast: Cast, version, sign_in, django_assert_max_num_queries) -> Statements:
    """``statements(name)``: what the page of that name asks the database."""
    clients: dict[str, Client] = {}

    def ask(name: str, more: str = "") -> list[str]:
        who, address, most = PAGES[name]
        client = clients.setdefault(who, sign_in(getattr(cast, who)))
        joined = f"{address}{'&' if '?' in address else '?'}{more}" if more else address
        client.get(joined)
        with django_assert_max_num_queries(most) as captured:
            assert client.get(joined).status_code == 200
        return [row["sql"] for row in captured.captured_queries]

    return ask


def add(cast: Cast, version: Any, numbers: range) -> None:
    for number in numbers:
        push = pushed(cast, version, number)
        if number % 2:
            actions.claim_result(fresh(push), by=cast.supervisor, now=push.pushed_at)


def test_a_list_costs_the_same_however_long_it_is(cast: Cast, version, statements: Statements) -> None:
    add(cast, version, range(1, 4))
    few = {name: statements(name) for name in PAGES}
    add(cast, version, range(4, 26))
    for name in PAGES:
        many = statements(name)
        assert len(many) <= len(few[name]) + 1, name  # a full page may look up what its rows refer to
        for asked in (few[name], many, statements(name, "after=3"), statements(name, "before=3")):
            check_keyset(asked)
            check_caps(asked)


def test_nothing_is_shown_of_the_rest_of_a_case(cast: Cast, version) -> None:
    """A row of the inbox loads what it shows; whatever it shows beyond that would cost a query per row."""
    push = pushed(cast, version)
    row = desk.with_case(desk.inbox(_access(cast.supervisor, push))).get()
    assert "reasons" not in row.case.__dict__
    assert {"query_code", "guide_version_id"} <= row.case.get_deferred_fields()


def _access(user: Any, push: Any) -> Any:
    return access_of(user, push.pushed_at)


# -- the proofs can fail


def by_offset(rows: "QuerySet[Any]", params: Any, order: Any) -> paging.Page:
    """The page as it would be without a cursor."""
    number = int(params.get("after") or 0)
    return paging.Page(list(rows.order_by(*order.forward)[number : number + 20]), "", "")


def test_pages_by_offset_do_not_pass(cast: Cast, version, statements: Statements, monkeypatch) -> None:
    add(cast, version, range(1, 4))
    monkeypatch.setattr(paging, "_page", by_offset)
    with pytest.raises(AssertionError, match="skipped"):
        check_keyset(statements("results to claim", "after=3"))


def test_a_count_without_a_cap_does_not_pass(
    cast: Cast, version, statements: Statements, monkeypatch
) -> None:
    def without_cap(rows: Any) -> dict[Any, int]:
        return counting.up_to(rows, cap=10**9)

    monkeypatch.setattr(queries, "up_to", without_cap)
    with pytest.raises(AssertionError, match="as many rows as there are"):
        check_caps(statements("results to claim"))


def test_cases_are_the_same_by_either_way(cast: Cast, version, monkeypatch) -> None:
    """A list reads a department's few cases by their numbers and many one by one."""
    add(cast, version, range(1, 6))
    access = _access(cast.supervisor, pushed(cast, version, 9))
    found = []
    for few in (1000, 0):
        monkeypatch.setattr(searching, "FEW", few)
        found.append(sorted(desk.cases_found(access, state="", words="").values_list("pk", flat=True)))
    assert found[0] == found[1] == sorted(Case.objects.values_list("pk", flat=True))
