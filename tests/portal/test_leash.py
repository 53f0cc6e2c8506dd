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


def session(leader: int) -> list[int]:
    """Ids of what still runs in a session."""
    listed = subprocess.run(
        ["ps", "-o", "pid=", "-s", str(leader)], capture_output=True, text=True, check=False
    )
    return [pid for pid in map(int, listed.stdout.split()) if is_alive(pid)]


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


def test_what_the_program_leaves_in_its_session_goes_too(tmp_path: Path) -> None:
    note = tmp_path / "note"
    spawning = f"import subprocess; subprocess.Popen(['sleep', '600'])\n{PROGRAM}"
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(LEASH), spawning, f"{note} 0"])
    _, own = pids(note)
    parent.kill()
    parent.wait()
    wait_for(lambda: not session(own), 60, "the session is empty")


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
