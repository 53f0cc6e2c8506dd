"""First and second start of ``manage.py up``: seconds until the site answers and until it is ready."""

import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import requests

from tests.bench._product import ROOT, environment

TITLE = "Starting the platform"
LIMIT = 15.0  # seconds of a second start


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(folder: Path) -> tuple[float, float, float]:
    """Seconds to the first answer, to readiness, and of the stop."""
    port, began = free_port(), time.monotonic()
    ports = {"DEMO_SMTP_PORT": str(free_port()), "DEMO_HTTP_PORT": str(free_port())}
    with subprocess.Popen(
        [sys.executable, "manage.py", "up", "--demo", "--port", str(port)],
        cwd=ROOT,
        env=environment(folder, **ports),
        stdout=subprocess.DEVNULL,
    ) as process:
        answer = wait(f"http://127.0.0.1:{port}/healthz", process) - began
        ready = wait(f"http://127.0.0.1:{port}/readyz", process) - began
        stopping = time.monotonic()
        process.send_signal(signal.SIGINT)
        process.wait(timeout=40)
        return answer, ready, time.monotonic() - stopping


def wait(address: str, process: "subprocess.Popen[bytes]") -> float:
    while process.poll() is None:
        try:
            if requests.get(address, timeout=5).status_code == 200:
                return time.monotonic()
        except requests.RequestException:
            pass
        time.sleep(0.1)
    raise RuntimeError("the platform stopped")


def run() -> str:
    with tempfile.TemporaryDirectory() as folder:
        rows = [start(Path(folder)) for _ in range(2)]
    lines = ["| start | first answer | ready | stop |", "|---|---|---|---|"]
    for name, row in zip(("first, with the demo city", "second"), rows, strict=True):
        lines.append("| " + " | ".join([name, *(f"{value:.1f} s" for value in row)]) + " |")
    if rows[1][0] > LIMIT:
        raise RuntimeError(f"second start took {rows[1][0]:.1f} s, more than {LIMIT} s")
    return "\n".join(lines)
