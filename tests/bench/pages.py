"""Queries and milliseconds of the main pages over the demo city, in one process without a web server.

The tests assert the bounds; this part keeps the figures. Times are ratios to the cheapest page of the run.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench._product import ROOT, environment, manage

TITLE = "What the pages cost"


def run() -> str:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        manage(folder, "migrate", "--verbosity=0")
        manage(folder, "collectstatic", "--noinput", "--verbosity=0")
        manage(folder, "demo")
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench._pages_probe"],
            cwd=ROOT,
            env=environment(folder, LOG_LEVEL="ERROR"),
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    rows = json.loads(done.stdout.splitlines()[-1])
    cheapest = min(row["ms"] for row in rows)
    lines = ["| page | queries | KB | ms (median of 7) | to the cheapest |", "|---|---|---|---|---|"]
    lines += [
        f"| {row['page']} | {row['queries']} | {row['bytes'] / 1000:.0f} | {row['ms']} | {row['ms'] / cheapest:.1f} |"
        for row in rows
    ]
    return "\n".join(lines)
