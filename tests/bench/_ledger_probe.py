"""One process of the ledger's proof: ``write COUNT`` appends entries, ``seal`` seals until told to stop,
``measure`` fills, seals and verifies a long chain, ``attack ROUNDS`` changes it as its owner."""

import json
import os
import random
import statistics
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django.setup()

from django.db import connection, transaction  # noqa: E402

from casework.core import append_only  # noqa: E402
from casework.core.ledger.actions import record, seal_all  # noqa: E402
from casework.core.ledger.chain import START, Anchor  # noqa: E402
from casework.core.ledger.models import LedgerEntry, LedgerHead  # noqa: E402
from casework.core.ledger.queries import verify  # noqa: E402

NOW = datetime(2026, 9, 7, 1, 30, tzinfo=UTC)
TABLE = "casework_ledgerentry"
COLUMNS = "at, action, clause, actor_name, case_number, object_type, object_id, payload, prev_hash, hash"


def write(count: int) -> dict[str, Any]:
    """Append one entry per transaction; milliseconds of each, beside a bare insert of the same row."""
    ours, bare = [], []
    statement = f"INSERT INTO {TABLE} ({COLUMNS}) VALUES (%s,'bench.bare','','','','','','{{}}','','')"
    for number in range(count):
        began = time.perf_counter()
        with transaction.atomic():
            record("bench.noted", by=None, now=NOW, number=number)
        middle = time.perf_counter()
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [NOW])
        ours.append((middle - began) * 1000)
        bare.append((time.perf_counter() - middle) * 1000)
    return {"ours": p95(ours), "bare": p95(bare)}


def p95(values: list[float]) -> float:
    return round(statistics.quantiles(values, n=20)[-1], 2)


def seal(stop: Path) -> dict[str, Any]:
    """A sealer among the writers, until ``stop`` appears and nothing waits."""
    sealed = 0
    while True:
        done = seal_all(limit=200)
        sealed += done
        if not done and stop.exists():
            return {"sealed": sealed}
        time.sleep(0.01)


def fill(count: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {TABLE} ({COLUMNS}) WITH RECURSIVE up(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up"
            f" WHERE n < {count}) SELECT '2026-09-07 01:30:00+00:00', 'duty.met', '9.1', '示例甲', '4604002026',"
            " 'duty', CAST(n AS TEXT), '{\"due_at\":\"2026-09-08\",\"kind\":\"claim\"}', '', '' FROM up"
            if connection.vendor == "sqlite"
            else f"INSERT INTO {TABLE} ({COLUMNS}) SELECT '2026-09-07 01:30:00+00', 'duty.met', '9.1', '示例甲',"
            " '4604002026', 'duty', n::text, '{\"due_at\":\"2026-09-08\",\"kind\":\"claim\"}', '', ''"
            f" FROM generate_series(1, {count}) AS n"
        )


def measure(count: int) -> dict[str, Any]:
    """Rows per second of sealing and verifying, beside reading the same rows alone."""
    fill(count)
    began = time.perf_counter()
    sealed = seal_all(most=count + 1000)
    sealing = sealed / (time.perf_counter() - began)
    began = time.perf_counter()
    verdict = verify([])
    verifying = verdict.checked / (time.perf_counter() - began)
    began = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {TABLE} ORDER BY seq")
        read = len(cursor.fetchall())
    reading = read / (time.perf_counter() - began)
    return {
        "rows": verdict.checked,
        "bad": verdict.bad_seq,
        "sealing": round(sealing),
        "verifying": round(verifying),
        "reading": round(reading),
    }


# -- the six manipulations, at a place -----------------------------------------------------
def edit(at: int) -> list[str]:
    return [f"UPDATE {TABLE} SET payload = '{{}}' WHERE seq = {at}"]


def delete(at: int) -> list[str]:
    return [f"DELETE FROM {TABLE} WHERE seq = {at}"]


def insert(at: int) -> list[str]:
    return [
        f"UPDATE {TABLE} SET seq = seq + 10000000 WHERE seq >= {at}",
        f"UPDATE {TABLE} SET seq = seq - 9999999 WHERE seq >= 10000000",
        f"INSERT INTO {TABLE} (seq, {COLUMNS}) SELECT {at}, {COLUMNS} FROM {TABLE} WHERE seq = {at - 1}",
    ]


def reorder(at: int) -> list[str]:
    swap = ((at, 20_000_000), (at + 1, at), (20_000_000, at + 1))
    return [f"UPDATE {TABLE} SET seq = {new} WHERE seq = {old}" for old, new in swap]


def truncate(at: int) -> list[str]:
    return [f"DELETE FROM {TABLE} WHERE seq >= {at}"]


MANIPULATIONS = (edit, delete, insert, reorder, truncate)


class Undo(Exception):
    """Takes a manipulation back with its transaction."""


def attack(rounds: int) -> dict[str, Any]:
    """Each manipulation at random places: how often it was found at the right entry; then the rewrite."""
    append_only.remove(connection, append_only.Guard(TABLE))
    length = LedgerHead.objects.get().seq
    chance = random.Random(7)  # the same places in every run
    found = {}
    for manipulate in MANIPULATIONS:
        right = 0
        for _ in range(rounds):
            place = chance.randint(2, length - 2)
            right += bad_after(manipulate(place)) == place
        found[manipulate.__name__] = right
    held = Anchor("2026-09-07", length // 2, LedgerEntry.objects.get(seq=length // 2).hash)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {TABLE} SET payload = '{{}}' WHERE seq = 3")
        cursor.execute(f"UPDATE {TABLE} SET seq = NULL, prev_hash = '', hash = ''")
        cursor.execute(f"UPDATE casework_ledgerhead SET seq = 0, hash = '{START}'")
    seal_all(most=length)
    return {
        "rounds": rounds,
        "found": found,
        "rewrite seen by the chain alone": verify([]).bad_seq is not None,
        "rewrite seen with one anchor": verify([held]).bad_seq == held.seq,
    }


def bad_after(statements: list[str]) -> int | None:
    bad = None
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
            bad = verify([]).bad_seq
            raise Undo
    except Undo:
        return bad


def whole() -> dict[str, Any]:
    """After the writers: linear, without fork or gap, nothing left."""
    verdict = verify([])
    return {
        "checked": verdict.checked,
        "bad": verdict.bad_seq,
        "unsealed": LedgerEntry.objects.filter(seq=None).count(),
        "rows": LedgerEntry.objects.count(),
    }


if __name__ == "__main__":
    part, *rest = sys.argv[1:]
    if part == "seal":
        result = seal(Path(rest[0]))
    elif part == "whole":
        result = whole()
    else:
        result = {"write": write, "measure": measure, "attack": attack}[part](int(rest[0]))
    print(json.dumps(result))  # noqa: T201
