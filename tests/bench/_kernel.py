"""The kernel at city size: 200,000 cases and 1,000,000 duties beside 2,000 and 10,000, in interleaved rounds.

One part for each engine. The two cities are filled once and kept (``var/bench/kernel``, databases
``linkage_kernel_…``) until a migration or the city itself changes; rounds that were measured are kept, too, so
that a run that was interrupted goes on where it stopped.
"""

import contextlib
import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

from tests.bench._product import ROOT, environment, manage
from tests.database import digest, read_by_migrations, template

SIZES = {"small": 2_000, "large": 200_000}  # cases; five duties each
ROUNDS = 5
FOLDER = ROOT / "var" / "bench" / "kernel"
SERVER = os.environ.get("BENCH_DATABASE_URL", "postgres://postgres@127.0.0.1:5432")
# What is held against which floor of the same round, and how much of its speed it has to reach.
FLOORS = {
    "inbox, first page": "bare: queue",
    "inbox, page in the middle": "bare: queue",
    "due list of the largest department": "bare: queue",
    "late ones of the largest department": "bare: queue",
    "counts of each kind, late ones": "bare: dashboard",
    "counts of pushes": "bare: dashboard",
    "cases of the largest department": "bare: cases",
    "cases of a small department": "bare: cases",
    "cases by the beginning of a number": "bare: beginning",
    "cases by the beginning of a name": "bare: beginning",
}
GOALS = {"sweep": 0.5, "transition": 0.3}
MOST_QUERIES = 10  # of the inbox


class Proof(Exception):
    """What did not hold."""


def version() -> str:
    """Changes whenever the filled cities would come out differently."""
    city = (Path(__file__).parent / "_kernel_city.py").read_bytes()
    return digest(read_by_migrations())[:8] + hashlib.sha256(city).hexdigest()[:4]


def sqlite(size: str) -> str:
    """A kept file; those of former versions are removed."""
    path = FOLDER / f"{size}-{version()}.sqlite3"
    for old in FOLDER.glob(f"{size}-*.sqlite3*"):
        if not old.name.startswith(path.name):
            old.unlink()
    if not path.exists():
        shutil.copy(template(), path)
    return f"sqlite:///{path}"


def postgresql(size: str) -> str:
    """A kept database, copied from one that is migrated and empty; those of former versions are dropped."""
    empty, name = f"linkage_kernel_empty_{version()}", f"linkage_kernel_{size}_{version()}"
    with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as admin:
        found = admin.execute("SELECT datname FROM pg_database WHERE datname LIKE 'linkage_kernel_%'")
        there = {row[0] for row in found}
        for old in there:
            if not old.endswith(version()):
                admin.execute(f"DROP DATABASE {old} WITH (FORCE)")
        if empty not in there:
            how = "TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'"
            admin.execute(f"CREATE DATABASE {empty} {how}")
        if name not in there:
            manage(FOLDER, "migrate", "--verbosity=0", DATABASE_URL=f"{SERVER}/{empty}")
            admin.execute(f"CREATE DATABASE {name} TEMPLATE {empty}")
    return f"{SERVER}/{name}"


class City:
    """A probe on one city: a process that answers a line with a round."""

    def __init__(self, engine: str, size: str) -> None:
        FOLDER.mkdir(parents=True, exist_ok=True)
        url = {"SQLite": sqlite, "PostgreSQL": postgresql}[engine](size)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench._kernel_probe", str(SIZES[size])],
            cwd=ROOT,
            env=environment(FOLDER, LOG_LEVEL="ERROR", DATABASE_URL=url),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.filled = self.answer()["filled"]

    def answer(self) -> dict[str, Any]:
        line = self.process.stdout.readline() if self.process.stdout else ""
        if not line:
            raise Proof("a probe failed; what it said stands above")
        found: dict[str, Any] = json.loads(line)
        return found

    def round(self) -> dict[str, Any]:
        print("round", file=self.process.stdin, flush=True)
        return self.answer()

    def close(self) -> None:
        if self.process.stdin:
            self.process.stdin.close()
        self.process.wait(timeout=60)


def commit() -> str:
    git = ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]
    return subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip()


@contextlib.contextmanager
def cities(engine: str) -> Iterator[dict[str, City]]:
    made: dict[str, City] = {}
    try:
        for size in SIZES:
            made[size] = City(engine, size)
        yield made
    finally:
        for city in made.values():
            city.close()


def rounds(engine: str) -> tuple[list[dict[str, Any]], str]:
    """Rounds, each with both sizes; those of an interrupted run of the same commit count."""
    kept = FOLDER / f"rounds-{engine}.json"
    mark = f"{commit()}-{version()}"
    said = json.loads(kept.read_text("utf-8")) if kept.exists() else {}
    done: list[dict[str, Any]] = said.get("rounds", []) if said.get("mark") == mark else []
    manage(FOLDER, "collectstatic", "--noinput", "--verbosity=0")
    with cities(engine) as there:
        filled = ", ".join(f"{SIZES[size]} cases in {city.filled} s" for size, city in there.items())
        while len(done) < ROUNDS:
            order = list(there) if len(done) % 2 else list(reversed(there))
            found = {size: there[size].round() for size in order}
            done.append(found | {"load": round(os.getloadavg()[0], 1)})
            kept.write_text(json.dumps({"mark": mark, "rounds": done}), "utf-8")
    kept.unlink()
    return done, filled


def spread(values: list[float], digits: int = 2) -> str:
    return " / ".join(
        f"{value:.{digits}f}" for value in (min(values), statistics.median(values), max(values))
    )


def read_rows(done: list[dict[str, Any]]) -> list[str]:
    lines = []
    for name in done[0]["large"]["read"]:
        large = [row["large"]["read"][name]["ms"] for row in done]
        small = [row["small"]["read"][name]["ms"] for row in done]
        growth = [a / max(b, 0.01) for a, b in zip(large, small, strict=True)]
        floor = FLOORS.get(name, "floor: page" if name.startswith("page") else "")
        against = [row["large"]["read"][floor]["ms"] for row in done] if floor else []
        ratio = spread([a / max(b, 0.01) for a, b in zip(large, against, strict=True)]) if floor else "—"
        queries = done[0]["large"]["read"][name].get("queries", "—")
        lines.append(
            f"| {name} | {queries} | {spread(small, 1)} | {spread(large, 1)} | {spread(growth)} | {ratio} |"
        )
    return lines


def written_rows(done: list[dict[str, Any]]) -> list[str]:
    lines = []
    for name in done[0]["large"]["written"]:
        large, small = ([row[size]["written"][name] for row in done] for size in ("large", "small"))
        growth = [a["ours"] / max(b["ours"], 0.01) for a, b in zip(large, small, strict=True)]
        ratio = [row["ours"] / row["bare"] for row in large]
        digits = 4 if statistics.median(ratio) < 0.05 else 2
        lines.append(
            f"| {name} | {spread([row['ours'] for row in small], 0)} | {spread([row['ours'] for row in large], 0)} |"
            f" {spread(growth)} | {spread([row['bare'] for row in large], 0)} | {spread(ratio, digits)} |"
        )
    return lines


def median(done: list[dict[str, Any]], size: str, name: str) -> float:
    return statistics.median(row[size]["read"][name]["ms"] for row in done)


def verdicts(done: list[dict[str, Any]]) -> list[str]:
    """The goals, met or missed by the median."""
    first, deep = (median(done, "large", f"inbox, {page}") for page in ("first page", "page in the middle"))
    page, before = (median(done, size, "page: inbox, 50 rows") for size in ("large", "small"))
    floor = median(done, "large", "floor: page")
    nothing = statistics.median(row["large"]["written"]["sweep"]["nothing"] for row in done)
    queries = max(row["large"]["read"]["page: inbox, 50 rows"]["queries"] for row in done)
    rows = [
        (f"inbox at most {MOST_QUERIES} queries", queries <= MOST_QUERIES, f"{queries}"),
        (
            "inbox page at most 1.2 times its cost with 10,000 duties",
            page <= 1.2 * before,
            f"{page / before:.2f}",
        ),
        ("inbox page at least 0.5 of the floor's speed", page <= 2 * floor, f"{floor / page:.2f}"),
        ("queue query at most 10 ms", first <= 10, f"{first:.1f} ms"),
        ("page in the middle at most twice the first", deep <= 2 * first, f"{deep / first:.2f}"),
        ("nothing due at most 50 ms", nothing <= 50, f"{nothing:.1f} ms"),
    ]
    for name, goal in GOALS.items():
        written = [row["large"]["written"][name] for row in done]
        ratio = statistics.median(row["ours"] / row["bare"] for row in written)
        rows.append((f"{name} at least {goal} of the bare form", ratio >= goal, f"{ratio:.4f}"))
    return [f"| {goal} | {found} | {'met' if met else '**missed**'} |" for goal, met, found in rows]


CAUSES = """Why some are missed: **the inbox page** is whole: its list, its counts of each kind and its counts of pushes stand in the
table below, the rest is sign-in, rights, menu and the words, badge and icon of fifty rows, where the floor prints nine columns of one
query. In the large city its counts go up to their caps, in the small one there is less to count. **The queue query** is one statement
with the case, item, rule and holder of fifty duties; making the objects of five tables of them takes nearly all of its time, as the bare
form of the same rows shows. **The sweep** gives each duty
a transaction of its own with ledger entry, reminder, mail and doorbell, so that a worker may die anywhere and nothing is told twice;
the floor marks all rows in two statements. **A transition** writes state, history, ledger, duty with its event and delivery, and
reads rule and calendar; the floor writes two rows.
"""


def report(engine: str) -> str:
    """Run both cities of ``engine``. Raises ``Proof`` when the inbox takes too many queries or a probe fails."""
    done, filled = rounds(engine)
    most = max(row["large"]["read"]["page: inbox, 50 rows"]["queries"] for row in done)
    if most > MOST_QUERIES:
        raise Proof(f"the inbox takes {most} queries")
    loads = spread([row["load"] for row in done], 1)
    return f"""{engine}; filled: {filled} (0 = kept from before). {len(done)} interleaved rounds; load of the machine {loads}
(two cores: above 2 it was busy with other things). All figures are minimum / median / maximum of the rounds.

## Goals

| goal | found (median) | |
|---|---|---|
{chr(10).join(verdicts(done))}

{CAUSES}
## Read

Milliseconds of processor time, the server's included. "to 10,000": the large city's cost to the small one's in
the same round. "to floor": to the bare SQL of the same kind, for pages to a page of fifty rows of nine columns
without sign-in, rights and menu.

| what | queries | 10,000 duties | 1,000,000 duties | to 10,000 | to floor |
|---|---|---|---|---|---|
{chr(10).join(read_rows(done))}

## Written

Per second of the clock; bare: the same rows marked in bulk and one reminder each (sweep), lock, update and one
row of a log (transition), as many rows updated by their ids (sealing).

| what | 10,000 duties | 1,000,000 duties | to 10,000 | bare | to bare |
|---|---|---|---|---|---|
{chr(10).join(written_rows(done))}
"""
