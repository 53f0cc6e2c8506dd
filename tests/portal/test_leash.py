"""The leash: what it holds ends with its parent, however the parent ends and however stubborn it is."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from portal import leash
from portal.processes import LEASH
from tests.portal.test_up import is_alive, wait_for

pytestmark = [
    pytest.mark.slow,
    pytest.mark.sqlite,
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of their parent's death"),
]

# A program that loses the first SIGTERMs, as a queue does that is still starting.
PROGRAM = """
import os, signal, sys, time
left = [int(sys.argv[2])]
def hear(*_):
    left[0] -= 1
    if left[0] < 0:
        sys.exit(7)
signal.signal(signal.SIGTERM, hear)
open(sys.argv[1], "w").write(f"{os.getpid()} {os.getppid()}")
while True:
    time.sleep(0.05)
"""
PARENT = """
import subprocess, sys, time
for command in sys.argv[3:]:
    subprocess.Popen([sys.executable, "-I", sys.argv[1], sys.executable, "-c", sys.argv[2], *command.split()],
                     start_new_session=True)
time.sleep(600)
"""


def pids(note: Path) -> list[int]:
    """Ids of a running program and its leash, as it noted them."""
    wait_for(lambda: note.exists() and len(note.read_text().split()) == 2, 30, "the program started")
    return [int(word) for word in note.read_text().split()]


@pytest.mark.parametrize(("lost", "seconds"), [(1, leash.AGAIN_SECONDS), (99, leash.POLITE_SECONDS)])
def test_nothing_outlives_a_killed_parent(tmp_path: Path, lost: int, seconds: int) -> None:
    note = tmp_path / "note"
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(LEASH), PROGRAM, f"{note} {lost}"])
    running = pids(note)
    parent.kill()
    parent.wait()
    time.sleep(1)
    assert is_alive(running[0]), "the first signal was lost"
    wait_for(lambda: not any(is_alive(pid) for pid in running), seconds + 60, "program and leash are gone")


@pytest.mark.parametrize("number", leash.ASKS)
def test_it_hands_the_signal_on_and_exits_as_the_program_did(tmp_path: Path, number: int) -> None:
    note = tmp_path / "note"
    command = [sys.executable, "-I", str(LEASH), sys.executable, "-c", PROGRAM, str(note), "0"]
    held = subprocess.Popen(command, start_new_session=True)
    program, own = pids(note)
    assert own == held.pid
    held.send_signal(number)
    assert held.wait(timeout=30) == 7
    assert not is_alive(program)


def test_a_killed_program_is_no_success() -> None:
    command = [sys.executable, "-I", str(LEASH), "sh", "-c", "kill -9 $$"]
    assert subprocess.run(command, start_new_session=True, check=False).returncode == 128 + signal.SIGKILL
