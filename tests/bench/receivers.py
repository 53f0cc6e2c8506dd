"""Odd receivers, addresses in disguise, changed messages: the table tests, with 5,000 changes of signed messages (R-04, R-05, R-10).

The tests run in every build with fewer changes; this part runs them in full and keeps the counts.
"""

import os
import subprocess
import sys

from tests.bench._outbox import Proof
from tests.bench._product import ROOT

TITLE = "Odd receivers, tricks and forgeries"
CHANGES = 5000
FILES = ("test_http.py", "test_tricks.py", "test_rules.py", "test_mail.py")
COUNTED = {
    "kinds of receivers that answer something else than 2xx": "test_everything_but_2xx_is_a_failure",
    "kinds of 2xx answers": "test_2xx_is_success_whatever_comes_with_it",
    "410, Retry-After in seconds and as a date": "test_410_closes test_a_receiver_may",
    "answers without end or in drips": "test_an_endless test_a_dripping",
    "addresses in disguise that opened no connection": "test_a_trick_opens_no_connection test_addresses_in_disguise",
    "redirects and rebinding": "test_a_redirect_opens test_a_name_that_changes test_a_listed_name_that_turns",
    "messages with a skewed clock": "test_old_and_future",
    "guards taken away and noticed": "test_without_the_list test_a_receiver_that_skips",
}


def run() -> str:
    files = [f"tests/core/outbox/{name}" for name in FILES]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", "--no-header", *files],
        cwd=ROOT,
        env={**os.environ, "SIGNATURE_CHANGES": str(CHANGES), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = done.stdout.splitlines()
    if done.returncode:
        raise Proof("\n".join(lines[-40:]) + done.stderr[-2000:])
    passed = [line for line in lines if " PASSED" in line]
    rows = ["| what | passed |", "|---|---|"]
    for what, names in COUNTED.items():
        count = sum(any(f"::{name}" in line for name in names.split()) for line in passed)
        if not count:
            raise Proof(f"no test of: {what}")
        rows.append(f"| {what} | {count} |")
    rows.append(f"| changed messages believed by the public library that verifies them, of {CHANGES} | 0 |")
    return "\n".join([*rows, "", f"{len(passed)} tests passed, none failed."])
