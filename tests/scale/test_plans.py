"""Every list and every sweep is answered from an index, in the order in which it is shown."""

import ast
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.http import QueryDict

from casework.core import paging
from casework.core.access import access_of
from casework.core.cases.models import CaseState
from casework.core.cases.queries import cases_for
from casework.core.clocks.models import Duty, Reminder
from casework.core.clocks.queries import open_duties
from casework.core.clocks.sweep import waiting
from casework.core.ledger.models import LedgerEntry
from casework.core.letters.models import Recipient
from casework.core.letters.queries import letters_for
from casework.core.outbox.models import Delivery
from casework.core.outbox.queries import free_at
from casework.desk import queries as desk
from casework.intake import queries as intake
from casework.models import DutyKind
from casework.supervision import queries as supervision
from tests.cast import NOW, Cast
from tests.scale.plans import check_plan
from tests.supervision.world import pushed

pytestmark = pytest.mark.django_db


def first(order, rows):
    return rows.order_by(*order.forward)[:21]


def access(cast: Cast, who: str):
    return access_of(getattr(cast, who), NOW)


# Entries without a place: the partial index, or on SQLite the one over places, where they stand together.
UNSEALED = ("ledger_unsealed", "sqlite_autoindex_casework_ledgerentry")
# Which list, its rows for somebody of the cast, and the indexes that may answer it.
LISTS = {
    "desk.views.desk": lambda cast: (
        first(paging.SOONEST_DUE, desk.with_case(desk.inbox(access(cast, "handler")))),
        ("duty_open_",),
    ),
    "desk.views.cases": lambda cast: (
        first(paging.NEWEST, cases_for(access(cast, "handler"))),
        ("casework_case_pkey",),
    ),
    "desk.views._timeline": lambda cast: (
        first(paging.NEWEST, LedgerEntry.objects.filter(case_number="46040020260907000001")),
        ("ledger_case",),
    ),
    "desk.ledger_views.ledger": lambda cast: (
        first(paging.NEWEST, desk.ledger_rows(action="duty.started", number="")),
        ("ledger_action",),
    ),
    "intake.views.work": lambda cast: (
        first(paging.OLDEST, intake.work_of(access(cast, "clerk").all_departments())),
        ("case_open_window",),
    ),
    "supervision.views.pushes": lambda cast: (
        first(
            paging.NEWEST, supervision.pushes_for(access(cast, "supervisor")).filter(state__in=["delivered"])
        ),
        ("push_dept_state",),
    ),
    "supervision.views.register": lambda cast: (
        first(paging.NEWEST, supervision.register_for(access(cast, "supervisor"))),
        ("register_dept", "casework_registerentry_department_id"),
    ),
}

OTHERS = {
    "inbox, one kind": lambda cast: (
        first(paging.SOONEST_DUE, desk.inbox(access(cast, "handler")).filter(kind=DutyKind.DECIDE)),
        ("duty_open_",),
    ),
    "inbox, the page after a duty": lambda cast: (
        desk.inbox(access(cast, "handler"))
        .filter(paging.SOONEST_DUE.beyond(f"{NOW.isoformat()}_7", False)[0])
        .order_by(*paging.SOONEST_DUE.forward)[:21],
        ("duty_open_",),
    ),
    "count of one kind": lambda cast: (
        Duty.objects.open().held_by([cast.approver.pk]).filter(kind=DutyKind.DECIDE)[:1001],
        # With a handful of rows PostgreSQL finds every one of them as cheap.
        ("duty_open_kind",) if connection.vendor == "sqlite" else ("duty_open_",),
    ),
    "any late one of a kind": lambda cast: (
        Duty.objects.open().held_by([cast.approver.pk]).filter(kind=DutyKind.DECIDE, due_at__lt=NOW)[:1],
        ("duty_open_",),
    ),
    "due list of a department": lambda cast: (open_duties([cast.approver.pk])[:50], ("duty_open_holder",)),
    "late ones of a department": lambda cast: (
        Duty.objects.open().held_by([cast.approver.pk]).filter(due_at__lt=NOW).order_by("due_at", "id")[:50],
        ("duty_open_holder",),
    ),
    "cases in a state": lambda cast: (
        first(paging.NEWEST, cases_for(access(cast, "handler")).filter(state=CaseState.RECEIVED)),
        ("case_state",),
    ),
    "cases by the beginning of the applicant's name": lambda cast: (
        cases_for(access(cast, "evaluator")).filter(
            applicant_name__gte="示", applicant_name__lt="示\U0010ffff"
        )[:1001],
        ("case_applicant_name",),
    ),
    "entries by the beginning of a case's number": lambda cast: (
        LedgerEntry.objects.filter(case_number__gte="46", case_number__lt="46\U0010ffff")[:1001],
        ("ledger_case",),
    ),
    "unread reminders": lambda cast: (
        Reminder.objects.filter(recipient=cast.handler, read_at=None).order_by("-id")[:10],
        ("reminder_recipient",),
    ),
    "entries to be sealed": lambda cast: (
        LedgerEntry.objects.filter(seq=None).order_by("id")[:1000],
        UNSEALED,
    ),
    "count of entries to be sealed": lambda cast: (
        LedgerEntry.objects.filter(seq=None)[:1001],
        (*UNSEALED, "casework_ledgerentry_seq"),  # the index of the numbers finds those without one, too
    ),
    "deliveries to carry out": lambda cast: (
        free_at(NOW).order_by("next_at", "id")[:500],
        ("delivery_unsent",),
    ),
    "deliveries in a state": lambda cast: (
        Delivery.objects.filter(state="dead").order_by("-id")[:51],
        ("delivery_state",),
    ),
    "letters that a department got": lambda cast: (
        Recipient.objects.filter(department=cast.competent).order_by("-id")[:21],
        ("recipient_dept", "casework_recipient_department_id"),
    ),
    "letters that a department has to answer": lambda cast: (
        Recipient.objects.filter(department=cast.competent, claimed_at=None, returned_at=None).order_by(
            "delivered_at", "id"
        )[:21],
        ("recipient_unclaimed",),
    ),
    "one letter among those I may read": lambda cast: (
        letters_for(access(cast, "supervisor")).filter(pk=7)[:1],
        ("casework_letter_pkey",),
    ),
}


@pytest.mark.parametrize("name", [*LISTS, *OTHERS])
def test_rows_come_from_an_index_in_their_order(name: str, cast: Cast) -> None:
    rows, indexes = (LISTS | OTHERS)[name](cast)
    check_plan(rows, *indexes)


def test_the_sweep_reads_open_duties_only(cast: Cast) -> None:
    """It may sort: what is waiting is little."""
    check_plan(waiting(NOW).values("pk"), "duty_open_", ordered=False)


def lists_in_the_code() -> dict[str, set[str]]:
    """Functions of views that show a page of rows, as "process.module.function", with the orders they use."""
    found: dict[str, set[str]] = {}
    base = Path(settings.BASE_DIR) / "casework"
    for path in base.rglob("*views.py"):
        room = path.relative_to(base).with_suffix("")
        for node in ast.parse(path.read_text("utf-8")).body:
            calls = {ast.unparse(call.func) for call in ast.walk(node) if isinstance(call, ast.Call)}
            orders = calls & {f"paging.{name}" for name in ("newest", "oldest", "soonest_due")}
            if isinstance(node, ast.FunctionDef) and orders:
                found[".".join([*room.parts, node.name])] = orders
    return found


def test_every_order_of_lists_has_an_index() -> None:
    """Lists go by their key, or stand in the table above with the index that they are read from."""
    orders = {name for name, order in vars(paging).items() if isinstance(order, paging.Order)}
    assert orders == {"NEWEST", "OLDEST", "SOONEST_DUE"}  # a new order needs its lists in the table
    assert (paging.NEWEST.forward, paging.OLDEST.forward) == (("-pk",), ("pk",))
    lists = lists_in_the_code()
    assert lists.keys() >= LISTS.keys()
    assert {name for name, used in lists.items() if "paging.soonest_due" in used} <= LISTS.keys()


# The due times that one change of the calendar moves: read once by the two who decide, with numbered pages.
NUMBERED = {"core/rule_changes/views.py"}


def test_no_list_counts_off_the_rows_before_it() -> None:
    base = Path(settings.BASE_DIR) / "casework"
    found = {
        str(path.relative_to(base)) for path in base.rglob("*.py") if "Paginator" in path.read_text("utf-8")
    }
    assert found == NUMBERED


def test_a_page_is_cut_as_the_table_says(cast: Cast, version, django_assert_num_queries) -> None:
    """``first`` asks what a page asks."""
    pushed(cast, version)
    rows = desk.inbox(access(cast, "supervisor"))
    with django_assert_num_queries(1) as captured:
        paging.soonest_due(rows, QueryDict())
    with django_assert_num_queries(1) as expected:
        list(first(paging.SOONEST_DUE, rows))
    assert captured.captured_queries[0]["sql"] == expected.captured_queries[0]["sql"]


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("desk.views.desk", "duty_open_holder"),
        ("intake.views.work", "case_open_window"),
        ("deliveries to carry out", "delivery_unsent"),
        ("letters that a department has to answer", "recipient_unclaimed"),
    ],
)
def test_without_its_index_a_list_does_not_pass(name: str, index: str, cast: Cast) -> None:
    """The proof can fail: the very same question, one index less."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX {index}")
    rows, indexes = (LISTS | OTHERS)[name](cast)
    with pytest.raises(AssertionError):
        check_plan(rows, *indexes)
