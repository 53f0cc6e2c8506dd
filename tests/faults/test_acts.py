"""All or nothing (R-33): every act, failed at statements spread over it. ``make prove PART=faults`` fails every one."""

import os
from pathlib import Path

import pytest

from tests.faults.harness import Scene, sweep
from tests.faults.table import ACTS

# Statements of each act that are failed here; FAULTS=all fails every one, FAULTS_REPORT is told how many.
POINTS = None if os.environ.get("FAULTS") == "all" else 6

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", sorted(ACTS))
def test_nothing_is_half_done(name: str, cast, version) -> None:
    failed = sweep(ACTS[name], Scene(cast, version), most=POINTS)
    assert failed
    if report := os.environ.get("FAULTS_REPORT"):
        with Path(report).open("a", encoding="utf-8") as lines:
            lines.write(f"{name}\t{failed}\n")
