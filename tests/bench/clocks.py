"""The clocks, proven: arithmetic against second counts, histories, outages, killed and racing sweeps (R-11, R-20 … R-25).

It raises when a property finds one counterexample, a stored clock differs from its events, an outage changes a
reminder, or a reminder is made twice or not at all. A guard taken away, a column altered on purpose must make it fail.
"""

import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.bench._product import ROOT, engines, environment, manage

TITLE = "Clocks: arithmetic, histories, outages, sweeps that are killed"
PROPERTIES = ("tests/core/worktime/test_properties.py", "tests/core/worktime/test_counting.py")
EXPLAINED = ("tests/core/worktime/test_explain.py", "tests/core/clocks/test_histories.py")
FACTS = ("tests/core/clocks/test_rules.py",)
MACHINE = ("tests/core/clocks/test_machine.py", "tests/core/clocks/test_escalation.py")
KILLS = 50
DUTIES = 60
HISTORIES = 10_000
WORKERS = 3


class Proof(Exception):
    """What did not hold."""


def examples(*files: str, **environment: str) -> subprocess.Popen[str]:
    """Run property tests with the examples of ``make prove``."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *files]
    return subprocess.Popen(
        [*command, "--hypothesis-show-statistics"],
        cwd=ROOT,
        env={**os.environ, "HYPOTHESIS_PROFILE": "prove", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def passed(process: subprocess.Popen[str]) -> tuple[int, int]:
    """(tests, examples) of a run of property tests; raises with its last lines when one failed."""
    out, _ = process.communicate(timeout=1700)
    if process.returncode:
        raise Proof(out[-3000:])
    tried = sum(map(int, re.findall(r"(\d+) passing, ", out)))
    return int(re.findall(r"(\d+) passed", out)[-1]), tried


def probe(folder: Path, url: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.bench._clocks_probe", *arguments],
        cwd=ROOT,
        env=environment(folder, LOG_LEVEL="CRITICAL", DATABASE_URL=url),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def answer(process: subprocess.Popen[str]) -> Any:
    """What a process said at its end."""
    out, _ = process.communicate(timeout=900)
    if process.returncode:
        raise Proof("a process of the proof failed")
    return json.loads(out.splitlines()[-1])


def killed_sweeps(engine: str, folder: Path, url: str, expected: list[Any]) -> str:
    """Workers race and are killed at random moments, fifty times; one that is left alone ends the work."""
    answer(probe(folder, url, "make", str(DUTIES)))
    chance, kills = random.Random(11), 0
    while kills < KILLS:
        workers = [probe(folder, url, "sweep") for _ in range(WORKERS)]
        for worker in workers:
            if worker.stdout is not None:
                worker.stdout.readline()  # it begins
        time.sleep(chance.uniform(0.05, 0.5))
        for worker in workers:
            kills += worker.poll() is None
            worker.kill()
            worker.wait()
        if all(worker.returncode == 0 for worker in workers):
            break  # everything was told before anybody was killed
    found = answer(probe(folder, url, "sweep"))
    wrong = [name for name in ("twice", "lapsed twice", "waiting") if found[name]]
    if (
        wrong
        or found["rows"] != expected
        or found["mails"] != found["alone"]
        or found["lapses"] != 2 * DUTIES
    ):
        raise Proof(
            f"{engine}: {wrong}, {len(found['rows'])} reminders, expected {len(expected)}, {found['mails']} mails"
        )
    return f"| {engine} | {kills} | {found['duties']} | {found['reminders']} | {found['twice']} | {found['lapses']} |"


def undisturbed(folder: Path, url: str) -> list[Any]:
    """What one worker tells whom when nobody disturbs it."""
    answer(probe(folder, url, "make", str(DUTIES)))
    rows: list[Any] = answer(probe(folder, url, "sweep"))["rows"]
    return rows


def broken_guard(folder: Path, url: str) -> int:
    """Without its guard a reminder is made twice, and the proof sees it: how many."""
    answer(probe(folder, url, "make", "3"))
    answer(probe(folder, url, "break"))
    twice: int = answer(probe(folder, url, "forgetful"))["twice"]
    if not twice:
        raise Proof("the proof does not see a reminder that is made twice")
    return twice


def stored_histories(engine: str, folder: Path, url: str) -> str:
    """Random histories in a database: the command's check finds no difference, and those made on purpose."""
    made = answer(probe(folder, url, "histories", str(HISTORIES)))
    found = answer(probe(folder, url, "check"))
    if not found["right"] or found["found"]:
        raise Proof(f"{engine}: stored clocks differ from their events: {found['found'][:10]}")
    altered = answer(probe(folder, url, "spoil"))
    seen = answer(probe(folder, url, "check"))
    if seen["right"] or seen["found"] != altered:
        raise Proof(f"{engine}: altered {altered}, the check reports {seen['found']}")
    return (
        f"| {engine} | {made['histories']:,} | {made['facts']:,} | {made['stages']:,} | {made['closed']:,} |"
        f" {made['paused']:,} | {len(found['found'])} | {len(seen['found'])} of {len(altered)} |"
    )


def run() -> str:
    first, second = examples(*PROPERTIES), examples(*EXPLAINED)
    arithmetic, histories = passed(first), passed(second)
    with tempfile.NamedTemporaryFile() as report:
        facts, machine = examples(*FACTS), examples(*MACHINE, MACHINE_REPORT=report.name)
        (_, facts_runs), (outages, _) = passed(facts), passed(machine)
        runs = int(Path(report.name).read_text("ascii"))
    rows, stored, expected, twice = [], [], None, 0
    for engine, database in engines("clocks"):
        for task in ("histories", "undisturbed", "killed", "broken"):
            with tempfile.TemporaryDirectory() as name, database(Path(name)) as url:
                folder = Path(name)
                manage(folder, "migrate", "--verbosity=0", DATABASE_URL=url)
                if task == "histories":
                    stored.append(stored_histories(engine, folder, url))
                elif task == "undisturbed" and expected is None:
                    expected = undisturbed(folder, url)
                elif task == "killed":
                    rows.append(killed_sweeps(engine, folder, url, expected or []))
                elif task == "broken" and engine == "SQLite":
                    twice = broken_guard(folder, url)
    return f"""
## Arithmetic and histories

| what | tests | examples | counterexamples |
|---|---|---|---|
| properties against second counts (half by half; day by day; the package chinesecalendar) | {arithmetic[0]} | {arithmetic[1]:,} | 0 |
| explanations whose sum is the date; stored clocks equal to what their events say | {histories[0]} | {histories[1]:,} | 0 |
| pause, resume, extend, time going by: runs of 50 steps on facts alone against a naive count | 1 | {facts_runs:,} | 0 |
| everything that can happen to a duty: runs of 50 steps through the product's actions, in a database, against the model | 1 | {runs:,} | 0 |
| five days of outage over a holiday, late and repeated sweeps: the same reminders | {outages - 2} | | 0 |

Days off and make-up days: those of 2019 to 2026 are compared with the notices of the State Council, those of 2004 to 2018 stand on the
package chinesecalendar alone.

## Stored clocks

{HISTORIES:,} random histories in a database – any unit, end and way of counting, pauses, extensions, changes of hands, sweeps, closings,
a calendar that changes meanwhile –, columns stored step by step. `recompute_clocks --check` over all of them, then once more after one
column of four duties was altered on purpose. The columns are stored by the product's own derivation; that it is right is shown above, by
second counts and by the model that every act of the product is compared with.

| engine | histories | facts | stages told | closed | paused | differences | altered ones found |
|---|---|---|---|---|---|---|---|
{chr(10).join(stored)}

## Sweeps killed in the middle

{WORKERS} workers at once on {2 * DUTIES} duties over thirty days, killed with SIGKILL at random moments. The reminders are those of one
worker whom nobody disturbed.

| engine | kills | duties | reminders | made twice | lapses |
|---|---|---|---|---|---|
{chr(10).join(rows)}

With the unique rows taken away on purpose, the same count finds {twice} reminders made twice.
"""
