"""Fail the n-th statement of an act and look at everything that is left (R-33)."""

import gc
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.files.storage import storages
from django.db import DatabaseError, connection, transaction

from casework.core.files.actions import ORPHAN_AGE, remove_orphans
from cms_pages.models import GuideVersion
from tests.cast import NOW, Cast

Act = Callable[[], object]
# Tables that an act of casework writes: its own, the accounts, and Wagtail's log of what administrators did.
ROOMS = ("casework_", "accounts_", "wagtailcore_modellogentry")
KEEPING_ORDER = ("SAVEPOINT", "RELEASE", "ROLLBACK")  # the transaction's own words are not an act's


class Fault(DatabaseError):
    """The statement that fails on purpose."""


@dataclass(frozen=True)
class Scene:
    """The city in which an act is prepared."""

    cast: Cast
    version: GuideVersion


@dataclass(frozen=True)
class Case:
    """One act: ``world`` prepares everything and returns the act, which reads its objects anew each time.

    ``steps``: the act is made of several transactions on purpose; a fault leaves whole steps behind, and
    running it again ends where an undisturbed run ends.
    """

    world: Callable[[Scene], Act]
    steps: bool = False


class Statements:
    """Counts the statements of an act; the one numbered ``fail`` raises instead of running (0 = none)."""

    def __init__(self, fail: int = 0) -> None:
        self.fail, self.seen = fail, 0

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(KEEPING_ORDER):
            return execute(sql, params, many, context)
        self.seen += 1
        if self.seen == self.fail:
            raise Fault(f"statement {self.seen}")
        return execute(sql, params, many, context)


def tables() -> list[str]:
    """Every table that an act may write."""
    return sorted(name for name in connection.introspection.table_names() if name.startswith(ROOMS))


def digest() -> dict[str, str]:
    """Table → digest of all its rows."""
    found = {}
    with connection.cursor() as cursor:
        for table in tables():
            cursor.execute(f'SELECT * FROM "{table}"')
            rows = sorted(repr(row) for row in cursor.fetchall())
            found[table] = f"{len(rows)}:{hashlib.sha256(''.join(rows).encode()).hexdigest()}"
    return found


def counts() -> dict[str, int]:
    """Table → number of rows."""
    return {table: int(value.split(":")[0]) for table, value in digest().items()}


def stored() -> set[str]:
    """Names of all bytes in the private storage."""
    root = storages["private"].location
    return {
        os.path.relpath(os.path.join(folder, name), root)
        for folder, _, names in os.walk(root)
        for name in names
    }


@dataclass
class Seen:
    """What one run of an act did: the error, the statements, and what was left before anything was undone."""

    error: Exception | None
    statements: int
    digest: dict[str, str]
    files: set[str]


def run(act: Act, *, fail: int = 0, again: bool = False) -> Seen:
    """Run ``act`` with its ``fail``-th statement failing, look, and take back what it did.

    ``again``: run it once more without a fault before looking, as the next job would.
    """
    point = transaction.savepoint()
    statements, error = Statements(fail), None
    try:
        with connection.execute_wrapper(statements):
            act()
    except Exception as raised:
        error = raised.with_traceback(None)
        # A lone statement marks the test's own transaction as broken; in production it is its own.
        transaction.set_rollback(False)
    if again:
        act()
    gc.collect(0)  # a file goes with the transaction that wrote it
    seen = Seen(error, statements.seen, digest(), stored())
    transaction.savepoint_rollback(point)
    return seen


def differing(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """Tables that are not as they were."""
    return [table for table in before if before[table] != after.get(table)]


def points(total: int, most: int | None) -> list[int]:
    """Which statements to fail: all, or ``most`` of them spread over the act, first and last among them."""
    if most is None or total <= most:
        return list(range(1, total + 1))
    return sorted({1 + round(place * (total - 1) / (most - 1)) for place in range(most)})


def sweep(case: Case, scene: Scene, *, most: int | None = None) -> int:
    """Fail each statement of one act in turn; return how many were failed. Raises ``AssertionError``."""
    act = case.world(scene)
    before, files = digest(), stored()
    whole = run(act, again=case.steps)
    assert whole.error is None, f"the act does not succeed in its world: {whole.error!r}"
    assert whole.statements, "the act runs no statement"
    chosen = points(whole.statements, most)
    for number in chosen:
        if case.steps:
            _judge_steps(run(act, fail=number, again=True), whole, number)
        else:
            _judge(run(act, fail=number), before, files, number)
    _only_orphans(files)
    return len(chosen)


def _judge(seen: Seen, before: dict[str, str], files: set[str], number: int) -> None:
    if seen.statements < number:  # something that the first run read stands in a cache since
        return
    assert isinstance(seen.error, Exception), f"statement {number} failed and nobody was told"
    half = differing(before, seen.digest)
    assert half == [], f"half done after statement {number}: {', '.join(half)}"
    assert seen.files >= files, f"statement {number} took files away"


def _judge_steps(seen: Seen, whole: Seen, number: int) -> None:
    left = {table: int(value.split(":")[0]) for table, value in seen.digest.items()}
    wanted = {table: int(value.split(":")[0]) for table, value in whole.digest.items()}
    other = {table: (left[table], wanted[table]) for table in wanted if left[table] != wanted[table]}
    assert other == {}, f"not made up for after statement {number}: {other}"


def _only_orphans(files: set[str]) -> None:
    """Bytes that failed runs left are orphans, and the sweep takes them."""
    storage = storages["private"]
    old = (NOW - 2 * ORPHAN_AGE).timestamp()
    for name in stored():
        os.utime(storage.path(name), (old, old))
    remove_orphans(now=NOW)
    assert stored() <= files
