"""Run a program that ends when its parent does: ``python leash.py COMMAND ARGUMENT…``.

Run as a file, in a session of its own, before anything is imported. The leash stays between the two: it hands
SIGTERM on, and again until the program has gone, because a queue that is still starting loses the first one.
On Linux the kernel tells it of its parent's death, even by SIGKILL; then nothing of the session is left behind.
"""

import contextlib
import ctypes
import os
import signal
import sys
import time

PR_SET_PDEATHSIG = 1
ASKS = (signal.SIGTERM, signal.SIGINT)  # both reach the program as SIGTERM
TICK_SECONDS = 0.1
AGAIN_SECONDS = 5  # until SIGTERM is sent once more
POLITE_SECONDS = 15  # after the parent's death; then the whole session is killed


def tie(parent: int) -> None:
    """Have the kernel send SIGTERM to this process when its parent dies."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it died in between
        sys.exit(1)


def main() -> None:
    """Start the program and stay until it has ended; exit as it did."""
    parent, asked = os.getppid(), []
    tie(parent)
    for number in ASKS:
        signal.signal(number, lambda *_: asked.append(time.monotonic()))
    leash = os.getpid()
    program = os.fork()
    if not program:
        for number in ASKS:
            signal.signal(number, signal.SIG_DFL)
        tie(leash)
        os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606
    sys.exit(stay(program, parent, asked))


def stay(program: int, parent: int, asked: list[float]) -> int:
    """Wait for the program, handing SIGTERM on (``asked``: when it came, in seconds); return its exit code."""
    next_time = 0.0
    while not (ended := os.waitpid(program, os.WNOHANG))[0]:
        now = time.monotonic()
        if asked and now >= next_time:
            next_time = now + AGAIN_SECONDS
            with contextlib.suppress(ProcessLookupError):
                os.kill(program, signal.SIGTERM)
        if asked and os.getppid() != parent and now > asked[0] + POLITE_SECONDS:
            break
        time.sleep(TICK_SECONDS)
    if os.getppid() != parent:  # nobody else would kill what the program left in its session
        os.killpg(0, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(ended[1])
    return 128 - code if code < 0 else code


if __name__ == "__main__":
    main()
