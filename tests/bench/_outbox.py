"""What the outbox's proofs share: a migrated database, a receiver with a journal, real clusters, a hand that owes."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bench._product import ROOT, environment, manage
from tests.database import template


class Proof(Exception):
    """What did not hold."""


@dataclass(frozen=True)
class Message:
    """One message that reached the receiver."""

    at: float
    id: str
    connection: int
    path: str
    acted: bool  # False: the receiver knew the id and did nothing


@dataclass
class Receiver:
    """The other side, in a process of its own."""

    folder: Path
    milliseconds: int = 20
    journal: Path = field(init=False)

    def __enter__(self) -> "Receiver":
        self.journal = self.folder / "journal"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench._receiver", str(self.journal), str(self.milliseconds)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.port = int(self.process.stdout.readline())
        return self

    def __exit__(self, *_error: object) -> None:
        end(self.process)

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.port}"

    def messages(self, since: int = 0) -> list[Message]:
        """Everything noted so far, from line ``since`` on."""
        if not self.journal.exists():
            return []
        rows = [line.split(" ") for line in self.journal.read_text("utf-8").splitlines()[since:]]
        return [
            Message(float(at), named, int(number), path, acted == "1")
            for at, named, number, path, acted in rows
        ]

    def url(self, path: str) -> str:
        return f"http://{self.place}/{path}"


def end(process: "subprocess.Popen[Any]", *, patience: float = 30) -> None:
    """End a process and its session, politely first."""
    with suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=patience)
    except subprocess.TimeoutExpired:
        pass
    finally:
        kill(process)


def kill(process: "subprocess.Popen[Any]") -> None:
    """SIGKILL for the process and all that it started: its session when it has one."""
    with suppress(ProcessLookupError, PermissionError):
        if os.getpgid(process.pid) == process.pid:
            os.killpg(process.pid, signal.SIGKILL)
    with suppress(ProcessLookupError):
        process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with suppress(BrokenPipeError):
                stream.close()


def kept(part: str, engine: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What ``make`` finds, kept in ``var/proofs/`` for this commit alone: a part that was interrupted goes on with
    the next engine, and what a result says of its commit is true of all of it."""
    git = ["git", "-C", str(ROOT), "rev-parse", "HEAD"]
    done = subprocess.run(git, capture_output=True, text=True, check=False)
    path = ROOT / "var" / "proofs" / f"{part}-{engine}-{done.stdout.strip()[:12] or 'unknown'}.json"
    if not path.exists():
        found = make()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(found), "utf-8")
    return dict(json.loads(path.read_text("utf-8")))


def fresh(folder: Path, url: str) -> None:
    """Fill an empty database: a copy of the migrated template on SQLite, migrations on PostgreSQL."""
    if url.startswith("sqlite"):
        shutil.copy(template(), url.removeprefix("sqlite:///"))
    else:
        manage(folder, "migrate", "--verbosity=0", DATABASE_URL=url)


@dataclass
class Product:
    """The product's processes on one database."""

    folder: Path
    url: str
    receiver: Receiver
    more: dict[str, str] = field(default_factory=dict)

    def environment(self, **more: str) -> dict[str, str]:
        told = {"DATABASE_URL": self.url, "LOG_LEVEL": "CRITICAL"}
        told["PUSH_ALLOWED_ENDPOINTS"] = self.receiver.place
        return environment(self.folder, **told, **self.more, **more)

    def cluster(self, *, weak: str = "", **more: str) -> "subprocess.Popen[bytes]":
        """A real ``qcluster`` in a session of its own; ``weak`` takes one guard away, KILL_LOG kills its workers."""
        command = [sys.executable, "manage.py", "qcluster"]
        if weak:
            command, more = [sys.executable, "-m", "tests.bench._weak_cluster"], {**more, "WEAKEN": weak}
        if "KILL_LOG" in more:
            command = [sys.executable, "-m", "tests.bench._deadly_cluster"]
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env=self.environment(**more),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL if "BENCH_LOUD" not in os.environ else None,
            start_new_session=True,
        )

    @contextmanager
    def hand(self, *options: str, probe: str = "tests.bench._outbox_probe") -> Iterator["Hand"]:
        """A process that owes deliveries and says what became of them; ``--fork``: each time in a child.

        ``probe`` is its module.
        """
        process = subprocess.Popen(
            [sys.executable, "-m", probe, *options],
            cwd=ROOT,
            env=self.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            yield Hand(process)
        finally:
            kill(process)


@dataclass
class Hand:
    """Asks the probe, one line of JSON each way."""

    process: "subprocess.Popen[str]"

    def ask(self, act: str, **values: Any) -> Any:
        self.process.stdin.write(json.dumps({"act": act, **values}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise Proof(f"the probe ended at {act}")
        return json.loads(line)

    def died(self, act: str, **values: Any) -> bool:
        """Ask a hand that forks; whether its child was killed. Raises ``Proof`` when it failed otherwise."""
        found = self.ask(act, **values)
        if found["signal"] not in {0, signal.SIGKILL} or (not found["signal"] and found["failed"]):
            raise Proof(f"{act}: {found}")
        return bool(found["signal"])

    def until_done(self, *, seconds: float, leave: int = 0) -> dict[str, int]:
        """Wait until at most ``leave`` deliveries wait; their counts by state. Raises ``Proof`` after ``seconds``."""
        limit = time.monotonic() + seconds
        while (states := self.ask("states")).get("new", 0) > leave:
            if time.monotonic() > limit:
                raise Proof(f"still waiting after {seconds:.0f} s: {states}")
            time.sleep(0.2)
        return dict(states)
