"""The ledger under load and under attack, on both engines (R-40 … R-43).

Writers and sealers are processes of their own. It raises when the chain forks, loses or doubles an entry,
or when a manipulation goes unseen; rates are only reported.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.bench._product import ROOT, engines, environment, manage

TITLE = "The ledger: writers, manipulations, speed"
WRITERS = {"SQLite": 4, "PostgreSQL": 8}
EACH = 500
LONG = 100_000
ROUNDS = 20
ATTACKED = 5_000


class Proof(Exception):
    """What did not hold."""


def probe(folder: Path, url: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.bench._ledger_probe", *arguments],
        cwd=ROOT,
        env=environment(folder, LOG_LEVEL="ERROR", DATABASE_URL=url),
        stdout=subprocess.PIPE,
        text=True,
    )


def answer(process: subprocess.Popen[str]) -> dict[str, Any]:
    out, _ = process.communicate(timeout=1500)
    if process.returncode:
        raise Proof("a process of the proof failed")
    found: dict[str, Any] = json.loads(out.splitlines()[-1])
    return found


def writers(engine: str, folder: Path, url: str) -> str:
    stop = folder / "stop"
    sealers = [probe(folder, url, "seal", str(stop)) for _ in range(2)]
    writing = [probe(folder, url, "write", str(EACH)) for _ in range(WRITERS[engine])]
    costs = [answer(process) for process in writing]
    stop.touch()
    sealed = sum(answer(process)["sealed"] for process in sealers)
    state = answer(probe(folder, url, "whole"))
    expected = WRITERS[engine] * EACH * 2
    if state != {"checked": expected, "bad": None, "unsealed": 0, "rows": expected} or sealed != expected:
        raise Proof(f"{engine}: {state}, sealed {sealed}, expected {expected}")
    ours, bare = max(row["ours"] for row in costs), max(row["bare"] for row in costs)
    return f"| {engine} | {WRITERS[engine]} + 2 sealers | {expected} | 0 | {ours} ms | {bare} ms | {ours / bare:.2f} |"


def speed(engine: str, folder: Path, url: str) -> str:
    row = answer(probe(folder, url, "measure", str(LONG)))
    if row["bad"] is not None:
        raise Proof(f"{engine}: a good chain was called bad at {row['bad']}")
    return (
        f"| {engine} | {row['rows']} | {row['sealing']} | {row['verifying']} | {row['reading']} |"
        f" {row['verifying'] / row['reading']:.2f} |"
    )


def attacks(engine: str, folder: Path, url: str) -> str:
    answer(probe(folder, url, "measure", str(ATTACKED)))
    row = answer(probe(folder, url, "attack", str(ROUNDS)))
    if any(right != ROUNDS for right in row["found"].values()) or not row["rewrite seen with one anchor"]:
        raise Proof(f"{engine}: {row}")
    found = ", ".join(f"{name} {right}/{ROUNDS}" for name, right in row["found"].items())
    alone = "yes" if row["rewrite seen by the chain alone"] else "no, as expected"
    return f"| {engine} | {found} | {alone} | yes |"


def each_engine(act: Any) -> str:
    """``act`` on an empty, migrated database of every engine that is there."""
    lines = []
    for engine, url in engines("ledger"):
        with tempfile.TemporaryDirectory() as name, url(Path(name)) as address:
            manage(Path(name), "migrate", "--verbosity=0", DATABASE_URL=address)
            lines.append(act(engine, Path(name), address))
    return "\n".join(lines)


def run() -> str:
    return f"""## Many writers, one chain

Every writer appends {EACH} entries and as many bare rows, each in its own transaction; p95 of the slowest writer.

| engine | processes | entries | lost, doubled or forked | append p95 | bare insert p95 | ratio |
|---|---|---|---|---|---|---|
{each_engine(writers)}

## Manipulated by the owner of the database

Triggers removed, {ROUNDS} random places each; counted is what was found at the right entry.

| engine | found | whole rewrite seen by the chain alone | with one anchor from outside |
|---|---|---|---|
{each_engine(attacks)}

## Speed

| engine | entries | sealed per second | verified per second | read alone per second | verified to read |
|---|---|---|---|---|---|
{each_engine(speed)}

Wanted: 10,000 verified per second.
"""
