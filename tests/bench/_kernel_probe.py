"""Measure one city, a round at a time; run by ``_kernel.py`` in a process of its own for each size.

``python -m tests.bench._kernel_probe CASES``: fills the database of DATABASE_URL, if it is empty, and says how
long that took; then answers each line of its input with one round (JSON), until the input ends.

What is read is told in milliseconds of processor time, of this process and of the database's: the machine may
be busy with other things. What is written is told in rows per second of the clock, beside the bare form of
the same in the same minute.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django.setup()

import time_machine  # noqa: E402
from django.db import connection  # noqa: E402
from django.http import QueryDict  # noqa: E402
from django.template import engines  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext, setup_test_environment  # noqa: E402

from casework.core import paging  # noqa: E402
from casework.core.access import access_of  # noqa: E402
from casework.core.clocks.models import Duty  # noqa: E402
from casework.core.clocks.queries import open_duties  # noqa: E402
from casework.core.clocks.sweep import waiting  # noqa: E402
from casework.core.outbox.queries import due_deliveries  # noqa: E402
from casework.desk import queries  # noqa: E402
from casework.supervision import queries as supervision  # noqa: E402
from portal import heartbeat  # noqa: E402
from portal.accounts.models import Department, User  # noqa: E402
from tests.bench._kernel_city import fill  # noqa: E402
from tests.bench._kernel_writes import LATER, writes  # noqa: E402

REPEATS = 5
TICK = 1000 / os.sysconf("SC_CLK_TCK")  # milliseconds
COLUMNS = "d.id, d.key, d.kind, d.due_at, d.soon_at, d.state, c.number, c.applicant_name, i.name"
JOINED = "JOIN casework_case c ON c.id = d.case_id JOIN cms_pages_serviceitem i ON i.id = c.item_id"
QUEUE = f"SELECT {COLUMNS} FROM casework_duty d {JOINED} WHERE d.holder_id = %s AND d.closed_at IS NULL"
# The floors of the reference, by the name of what is held against them.
BARE_QUEUE = f"{QUEUE} ORDER BY d.due_at, d.id LIMIT 50"
BARE_CASES = """SELECT c.id, c.number, c.applicant_name, c.state, c.received_at, i.name FROM casework_case c
JOIN cms_pages_serviceitem i ON i.id = c.item_id WHERE EXISTS (SELECT 1 FROM casework_participation p
WHERE p.case_id = c.id AND p.department_id = %s) ORDER BY c.id DESC LIMIT 50"""
BARE_COUNT = """SELECT COUNT(*) FROM (SELECT 1 FROM casework_duty WHERE holder_id = %s AND closed_at IS NULL
LIMIT 1001) counted"""
BARE_DASHBOARD = (
    """SELECT kind, COUNT(*) FROM casework_duty WHERE holder_id = %s AND closed_at IS NULL GROUP BY kind"""
)
BARE_BEGINNING = (
    "SELECT id, number FROM casework_case WHERE number >= %s AND number < %s ORDER BY id DESC LIMIT 50"
)
# Fifty rows of nine columns, neither sign-in nor rights: what a page of a list costs at least.
FLOOR = """<!doctype html><html><body><table>{% for row in rows %}<tr>{% for cell in row %}
<td class="a-cell-of-the-table" data-label="one of nine columns">{{ cell }}</td>{% endfor %}</tr>
{% endfor %}</table></body></html>"""
PAGES = {
    "page: inbox, 50 rows": ("reader", "/desk/?size=50"),
    "page: inbox, 20 rows": ("reader", "/desk/"),
    "page: inbox of a small department, 50 rows": ("reader-small", "/desk/?size=50"),
    "page: cases, 50 rows": ("reader", "/desk/cases/?size=50"),
    "page: cases in a state, 50 rows": ("reader", "/desk/cases/?state=proposed&size=50"),
    "page: cases by a beginning, 50 rows": ("reader", "/desk/cases/?q=示例&size=50"),
    "page: work of the window, 50 rows": ("clerk", "/desk/intake/?size=50"),
    "page: results to claim, 50 rows": ("reader", "/desk/supervision/?size=50"),
    "page: register, 50 rows": ("reader", "/desk/supervision/register/?size=50"),
    "page: deliveries, 50 rows": ("sysadmin", "/desk/deliveries/"),
    "page: ledger, 50 rows": ("auditor", "/desk/ledger/?size=50"),
    "page: ledger of cases by a beginning, 50 rows": ("auditor", "/desk/ledger/?case=46&size=50"),
    "page: substitutions": ("reader", "/desk/substitutions/"),
}


def used() -> float:
    """Milliseconds of processor time so far: ours, and that of our connection's server if it is on this machine."""
    theirs = 0.0
    if connection.vendor == "postgresql":
        stat = Path(f"/proc/{connection.connection.info.backend_pid}/stat").read_text("ascii").rsplit(")", 1)
        theirs = sum(map(int, stat[1].split()[11:13])) * TICK
    return time.process_time() * 1000 + theirs


def cost(act: Callable[[], Any]) -> float:
    """Processor milliseconds of one ``act``, warm."""
    act()
    before = used()
    for _ in range(REPEATS):
        act()
    return round((used() - before) / REPEATS, 3)


def bare(sql: str, *values: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def signed_in(username: str) -> Client:
    client = Client()
    user = User.objects.get(username=username)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def middle(access: Any) -> str:
    """Address of the page in the middle of the largest department's inbox."""
    rows = queries.inbox(access).exclude(due_at=None).order_by("due_at", "pk").values_list("due_at", "pk")
    due, pk = rows[max(rows.count() // 2 - 1, 0)]
    asked = QueryDict(mutable=True)
    asked[paging.AFTER], asked[paging.SIZE] = f"{due.isoformat()}_{pk}", "50"
    return asked.urlencode()


def asks() -> dict[str, Callable[[], Any]]:
    """What is asked of the kernel and of the database alone."""
    largest = Department.objects.get(code="approval").pk
    access = access_of(User.objects.get(username="reader"), LATER)
    small = access_of(User.objects.get(username="reader-small"), LATER)
    page, deep = "size=50", middle(access)

    def inbox(asked: str) -> list[Any]:
        return paging.soonest_due(queries.with_case(queries.inbox(access)), QueryDict(asked)).rows

    def cases(of: Any, words: str = "") -> list[Any]:
        return paging.newest(queries.cases_found(of, state="", words=words), QueryDict(page)).rows

    template = engines["django"].from_string(FLOOR)
    return {
        "bare: queue": lambda: bare(BARE_QUEUE, largest),
        "bare: cases": lambda: bare(BARE_CASES, largest),
        "bare: count up to 1001": lambda: bare(BARE_COUNT, largest),
        "bare: dashboard": lambda: bare(BARE_DASHBOARD, largest),
        "bare: beginning": lambda: bare(BARE_BEGINNING, "46040020261000005", "46040020261000006"),
        "floor: page": lambda: template.render({"rows": bare(BARE_QUEUE, largest)}),
        "inbox, first page": lambda: inbox(page),
        "inbox, page in the middle": lambda: inbox(deep),
        "due list of the largest department": lambda: list(open_duties([largest])[:50]),
        "late ones of the largest department": lambda: list(
            Duty.objects.open().held_by([largest]).filter(due_at__lt=LATER).order_by("due_at", "pk")[:50]
        ),
        "counts of each kind, late ones": lambda: queries.count_kinds(access, LATER),
        "counts of pushes": lambda: supervision.tab_counts(access),
        "cases of the largest department": lambda: cases(access),
        "cases of a small department": lambda: cases(small),
        "cases by the beginning of a number": lambda: cases(access, "46040020261000005"),
        "cases by the beginning of a name": lambda: cases(access, "示例1999"),
        "deliveries to carry out": lambda: due_deliveries(LATER, 50),
        "ledger: state of the chain": queries.ledger_state,
        "sweep: nothing to do": lambda: list(waiting(LATER.replace(year=2020)).values_list("pk")[:500]),
    }


def visited(clients: dict[str, Client], who: str, address: str) -> dict[str, float]:
    """One page: processor milliseconds, and queries of the second request."""
    clients[who].get(address)
    with CaptureQueriesContext(connection) as captured:
        answer = clients[who].get(address)
        count = len(captured)
    if answer.status_code != 200:
        raise RuntimeError(f"{address}: {answer.status_code}")
    return {"ms": cost(lambda: clients[who].get(address)), "queries": count, "kb": len(answer.content) / 1000}


def one_round(clients: dict[str, Client]) -> dict[str, Any]:
    with time_machine.travel(LATER, tick=False):
        for cluster in heartbeat.CLUSTERS:
            heartbeat.stamp(cluster.name, LATER)
        read = {name: {"ms": cost(ask)} for name, ask in asks().items()}
        read |= {name: visited(clients, *where) for name, where in PAGES.items()}
    return {"read": read, "written": writes()}


def main(cases: int) -> None:
    setup_test_environment()
    began = time.perf_counter()
    fill(cases)
    print(json.dumps({"filled": round(time.perf_counter() - began)}), flush=True)  # noqa: T201
    clients = {who: signed_in(who) for who in {who for who, _ in PAGES.values()}}
    for _ in sys.stdin:
        print(json.dumps(one_round(clients)), flush=True)  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]))
