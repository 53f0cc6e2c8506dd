"""Every statement of every act fails once, on both engines: nothing is half done (R-33)."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench._product import ROOT, engines

TITLE = "Faults: every statement of every act fails once"


def sweep(url: str, folder: Path) -> dict[str, int]:
    """Act → statements that were failed; raises when anything was left half done."""
    report = folder / "report.tsv"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/faults/test_acts.py"],
        cwd=ROOT,
        env={
            **os.environ,
            "DATABASE_URL": url,
            "TEST_DATABASE_TEMPLATE": url.rsplit("/", 1)[1],  # empty, and of the right locale
            "FAULTS": "all",
            "FAULTS_REPORT": str(report),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stdout[-4000:])
    rows = (line.split("\t") for line in report.read_text("utf-8").splitlines())
    return {name: int(count) for name, count in rows}


def run() -> str:
    found: dict[str, dict[str, int]] = {}
    for engine, database in engines("faults"):
        with tempfile.TemporaryDirectory() as folder, database(Path(folder)) as url:
            found[engine] = sweep(url, Path(folder))
    names = sorted({name for rows in found.values() for name in rows})
    lines = [f"| act | {' | '.join(found)} |", f"|---|{'---|' * len(found)}"]
    lines += [
        f"| `{name}` | {' | '.join(str(rows.get(name, '')) for rows in found.values())} |" for name in names
    ]
    totals = " and ".join(f"{sum(rows.values())} on {engine}" for engine, rows in found.items())
    return (
        f"{len(names)} acts, {totals} statements failed one by one. After each the digest of every table of cases, "
        "clocks, letters, outbox, ledger and accounts was as before; an act of several steps ended, run again, where an "
        "undisturbed run ends; bytes without a row were taken by the orphan sweep.\n\n"
        "Statements failed for each act:\n\n" + "\n".join(lines)
    )
