"""Walk everything: each address × role × method × own and other department, and Wagtail's own addresses.

The tests show each object to one role; here every object goes to every role in every way. Times are printed
beside each other and asserted nowhere: an object of another department takes as long as none (R-58).
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench._product import ROOT, environment, manage

TITLE = "Who reaches what"


def run() -> str:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        manage(folder, "migrate", "--verbosity=0")
        manage(folder, "collectstatic", "--noinput", "--verbosity=0")
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench._access_probe"],
            cwd=ROOT,
            env=environment(folder, LOG_LEVEL="CRITICAL"),
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    found = json.loads(done.stdout.splitlines()[-1])
    if found["differences"] or found["opened"]:
        raise AssertionError(json.dumps(found, ensure_ascii=False)[:4000])
    rows = [
        f"| {name} | {count} | {ms['none']:.1f} | {ms['other']:.1f} |" for name, count, ms in found["routes"]
    ]
    return "\n".join(
        [
            f"{found['objects']} objects of {len(found['routes'])} object routes, shown to a stranger of each role that "
            f"may use the route, by each method, plain and by htmx: {found['asked']} requests, every answer the same as "
            "for no object (status and body).",
            "",
            f"{found['wagtail']} addresses of the editors' desk × {found['roles']} roles without rights there × GET and "
            "POST: none opens. Roles with rights there, and what the editors of one department can reach of another's in twelve "
            "ways (R-51), are walked by the tests of each commit.",
            "",
            "| route | objects | no object, ms (median) | another department's, ms (median) |",
            "|---|---|---|---|",
            *rows,
        ]
    )
