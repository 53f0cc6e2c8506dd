"""The real product, started as an operator starts it: ``manage.py up`` in a folder of its own, and a worker apart.

The worker is not ``up``'s own, so that a test can kill it between two clicks and start it again.
"""

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from tests.database import template

ROOT = Path(__file__).resolve().parents[2]
LEASH = ROOT / "portal" / "leash.py"  # ends the child when the tests end, however they end
START_SECONDS = 300  # the demo city is built first
PORTS = ("PORT", "DEMO_SMTP_PORT", "DEMO_HTTP_PORT")


class CityFailed(Exception):
    """The product did not come up; ``str()`` is the end of what it said."""


class City:
    """One running product with its own database, receivers and worker."""

    def __init__(self, var: Path, ports: dict[str, int] | None = None) -> None:
        self.var = var
        self.ports = ports or _free_ports()
        self.base = f"http://127.0.0.1:{self.ports['PORT']}"
        self.log = var.parent / f"{var.name}-up.log"
        self.worker_log = var.parent / f"{var.name}-worker.log"
        self._up: subprocess.Popen[bytes] | None = None
        self._worker: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What ``up`` tells its own worker, too: the same database, the same receivers."""
        kept = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "REAL_DATA_DIR", "VIRTUAL_ENV")
        return {
            **{name: os.environ[name] for name in kept if name in os.environ},
            **{name: str(port) for name, port in self.ports.items()},
            "VAR_DIR": str(self.var),
            "DEMO": "1",
            "PUBLIC_URL": self.base,
            "EMAIL_URL": f"smtp://127.0.0.1:{self.ports['DEMO_SMTP_PORT']}",
            "PUSH_ALLOWED_ENDPOINTS": f"127.0.0.1:{self.ports['DEMO_HTTP_PORT']}",
            "SWEEP_INTERVAL_MINUTES": "1",
            "OUTBOX_LEASE_SECONDS": "30",
            "CANARY_INTERVAL_SECONDS": "60",
            "PYTHONUNBUFFERED": "1",
        }

    # -- processes ------------------------------------------------------------
    def start(self) -> None:
        """``manage.py up`` without a worker, on tables that stand already; returns once ``/healthz`` answers."""
        if not (database := self.var / "db.sqlite3").exists():
            self.var.mkdir(parents=True, exist_ok=True)
            shutil.copy(template(), database)
        self._up = self._spawn(self.log, "up", "--demo", "--no-worker")
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._up.poll() is not None:
                raise CityFailed(self.log.read_text("utf-8")[-2000:])
            with suppress(OSError), urllib.request.urlopen(f"{self.base}/healthz", timeout=5):
                return
            time.sleep(0.2)
        raise CityFailed(f"no answer after {START_SECONDS} s: {self.log.read_text('utf-8')[-2000:]}")

    def start_worker(self) -> None:
        """A real ``qcluster``."""
        if not self.worker_runs():
            self._worker = self._spawn(self.worker_log, "qcluster")

    def kill_worker(self) -> None:
        """SIGKILL for the worker and everything it started: no farewell, no clean-up."""
        if self._worker is not None:
            _kill(self._worker)
            self._worker = None

    def worker_runs(self) -> bool:
        return self._worker is not None and self._worker.poll() is None

    def stop(self) -> list[str]:
        """End everything; return what would not end by itself (empty = all well)."""
        self.kill_worker()
        if self._up is None:
            return []
        self._up.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            self._up.wait(timeout=30)
        left = [] if self._up.poll() is not None else ["up"]
        _kill(self._up)
        return left + [name for name, port in self.ports.items() if _taken(port)]

    def manage(self, *arguments: str) -> str:
        """Run a management command against the city; its output."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        if done.returncode:
            raise CityFailed(f"{' '.join(arguments)}: {done.stdout[-1000:]}{done.stderr[-2000:]}")
        return done.stdout

    def _spawn(self, log: Path, *arguments: str) -> subprocess.Popen[bytes]:
        with log.open("ab") as stream:
            return subprocess.Popen(
                [sys.executable, "-I", str(LEASH), sys.executable, "manage.py", *arguments],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    # -- looking inside, without a hand on it ---------------------------------
    def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """Rows of the city's database, opened read-only."""
        with closing(sqlite3.connect(f"file:{self.var / 'db.sqlite3'}?mode=ro", uri=True, timeout=20)) as db:
            db.row_factory = sqlite3.Row
            return db.execute(sql, values).fetchall()

    def journal(self) -> list[dict[str, Any]]:
        """What the two receivers noted, oldest first."""
        path = self.var / "receivers.jsonl"
        if not path.exists():
            return []
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()]

    def received(self, line: dict[str, Any]) -> bytes:
        """The bytes of one message as they came over the wire."""
        return (self.var / "received" / line["raw"]).read_bytes()

    def password(self) -> str:
        """The one password of all demo accounts, as the demo prints it."""
        rows = json.loads((self.var / "demo_logins.json").read_text("utf-8"))
        (only,) = {row["password"] for row in rows}
        return str(only)


def fresh_city(folder: Path) -> City:
    """A city in ``folder``. BROWSER_CITY names a prepared one to copy: faster while tests are being written."""
    prepared = os.environ.get("BROWSER_CITY")
    if not prepared:
        return City(folder / "var")
    kept = Path(prepared)
    ports_file = kept / "ports.json"
    if not ports_file.exists():
        first = City(kept / "var")
        kept.mkdir(parents=True, exist_ok=True)
        first.start()
        first.stop()
        ports_file.write_text(json.dumps(first.ports), "utf-8")
    shutil.copytree(kept / "var", folder / "var")
    return City(folder / "var", json.loads(ports_file.read_text("utf-8")))


def _free_ports() -> dict[str, int]:
    probes = [socket.socket() for _ in PORTS]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return {name: probe.getsockname()[1] for name, probe in zip(PORTS, probes, strict=True)}
    finally:
        for probe in probes:
            probe.close()


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=10)
