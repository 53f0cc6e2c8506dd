"""Keep web and workers running as one: a session each, prefixed output, polite end (feasibility §3.3, §4).

A worker is restarted when it dies (with back-off) and when it hangs (its whole session is killed first).
When the web server ends, everything ends. Nothing stays behind.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

LEASH = Path(__file__).with_name("leash.py")
POLITE_SECONDS = 15
TICK_SECONDS = 0.25
WATCH_SECONDS = 2
BACK_OFF = (1, 2, 4, 8, 15, 30)  # seconds before the next start
STEADY_SECONDS = 60  # a worker that ran this long starts again at the first step

Say = Callable[[str], None]


@dataclass
class Child:
    """One program in a session of its own, so that it can be ended with all it started."""

    label: str
    command: Sequence[str]
    environment: Mapping[str, str]
    say: Say
    ends_as_group: bool = False  # gunicorn takes SIGTERM as a group; qcluster must get it alone

    process: subprocess.Popen[str] | None = None
    started: float = 0.0

    def start(self) -> None:
        """Start the program; its lines go to ``say`` with the label in front."""
        self.process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-I", str(LEASH), *self.command],
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self.started = time.monotonic()
        threading.Thread(target=self._relay, args=(self.process.stdout,), daemon=True).start()

    def _relay(self, stream: IO[str]) -> None:
        for line in stream:
            self.say(f"[{self.label}] {line.rstrip()}")

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def ask_to_end(self) -> None:
        """SIGTERM: to the group where the program can take it, else to the main process only."""
        if self.process is None or not self.is_running():
            return
        with contextlib.suppress(ProcessLookupError):
            if self.ends_as_group:
                os.killpg(self.process.pid, signal.SIGTERM)
            else:
                self.process.terminate()

    def kill(self) -> None:
        """SIGKILL for the whole session, also when its leader is gone already."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=5)


@dataclass
class Watched:
    """A background program under watch: when it falls or hangs, it is started again with back-off.

    ``is_hung(seconds)`` judges it after running for so long; ``delay`` seconds after the web server it starts.
    """

    child: Child
    label: str
    is_hung: Callable[[float], bool]
    delay: float = 0.0

    start_at: float | None = None
    falls: int = 0
    next_watch: float = 0.0

    def begin(self, now: float) -> None:
        """Start, at once or after the delay."""
        self.start_at = now + self.delay
        self.mind(now)

    def mind(self, now: float) -> None:
        """Look after it: called several times a second."""
        if self.start_at is not None:
            if now >= self.start_at:
                self.start_at = None
                self.child.start()
        elif not self.child.is_running():
            self._restart_later(now, f"{self.label}进程已退出")
        elif now >= self.next_watch:
            self.next_watch = now + WATCH_SECONDS
            if self.is_hung(now - self.child.started):
                self._restart_later(now, f"{self.label}没有响应")

    def _restart_later(self, now: float, why: str) -> None:
        self.child.kill()
        self.falls = 0 if now - self.child.started > STEADY_SECONDS else self.falls
        wait = BACK_OFF[min(self.falls, len(BACK_OFF) - 1)]
        self.falls += 1
        self.start_at = now + wait
        self.child.say(f"{why}，{wait} 秒后重新启动。")


class Keeper:
    """Starts the web server and the background programs and stays until told to stop or the web server ends."""

    def __init__(self, web: Child, background: Sequence[Watched], *, say: Say) -> None:
        self.web, self.background, self.say = web, background, say
        self._stop = False

    def ask_to_stop(self, *_: object) -> None:
        """Signal handler: the loop sees it within a quarter of a second; twice means at once."""
        if self._stop:
            self._kill_all()
        self._stop = True

    def run(self) -> int:
        """Run until the end; return the exit code (0 = somebody asked to stop, 1 = the web server ended)."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.ask_to_stop)
        try:
            self.web.start()
            for each in self.background:
                each.begin(time.monotonic())
            while not self._stop:
                if not self.web.is_running():
                    self.say("网页服务已退出，平台随之停止。")
                    return 1
                for each in self.background:
                    each.mind(time.monotonic())
                time.sleep(TICK_SECONDS)
            return 0
        finally:
            self.end()

    def end(self) -> None:
        """Ask politely, wait, then kill what is left of every session."""
        running = self._children()
        for child in running:
            child.ask_to_end()
        deadline = time.monotonic() + POLITE_SECONDS
        while time.monotonic() < deadline and any(child.is_running() for child in running):
            time.sleep(0.05)
        self._kill_all()

    def _children(self) -> list[Child]:
        return [self.web, *(each.child for each in self.background)]

    def _kill_all(self) -> None:
        for child in self._children():
            child.kill()
