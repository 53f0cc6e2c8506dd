"""How the database would answer a queryset, and the checks that lists and counts must pass.

On PostgreSQL whole scans and sorting are switched off for the question: on a small table the planner would
rightly take them. It still sorts where no index gives the order.
"""

import re
from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction

from casework.core.counting import CAP

SORTED = re.compile(r"USE TEMP B-TREE FOR (?:LAST TERM OF |RIGHT PART OF )?ORDER BY|\bSort\b")
_ASKED = ("enable_seqscan", "enable_bitmapscan", "enable_sort")


def plan_of(sql: str, values: Sequence[Any] = ()) -> str:
    """The plan, as the engine writes it."""
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for name in _ASKED:
                cursor.execute(f"SET LOCAL {name} = off")
        explain = "EXPLAIN" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
        cursor.execute(f"{explain} {sql}", values)
        return "\n".join(str(row[-1]) for row in cursor.fetchall())


def check_plan(rows: Any, *indexes: str, ordered: bool = True) -> None:
    """``rows`` is found by one of ``indexes`` (a name, or how it begins); when ``ordered``, without sorting."""
    plan = plan_of(*rows.query.sql_with_params())
    used = set(re.findall(r"(?:INDEX|using) (\w+)", plan))
    by_key = r"^SCAN (\w+)$|^SEARCH (\w+) USING INTEGER PRIMARY KEY"  # as SQLite says it
    used |= {f"{a or b}_pkey" for a, b in re.findall(by_key, plan, re.MULTILINE)}
    if not any(name.startswith(index) for name in used for index in indexes):
        raise AssertionError(f"none of {indexes} is used:\n{plan}")
    if ordered and SORTED.search(plan):
        raise AssertionError(f"the rows are sorted:\n{plan}")


def check_keyset(statements: Sequence[str]) -> None:
    """No page is reached by counting off the rows before it."""
    for sql in statements:
        if re.search(r"\bOFFSET\b", sql):
            raise AssertionError(f"rows are skipped: {sql}")


def check_caps(statements: Sequence[str]) -> None:
    """Whatever is counted is counted up to the cap."""
    for sql in statements:
        limits = [int(limit) for limit in re.findall(r"LIMIT (\d+)\) counted", sql)]
        if sql.count("COUNT(") > len(limits) or any(limit > CAP + 1 for limit in limits):
            raise AssertionError(f"a count reads as many rows as there are: {sql}")
