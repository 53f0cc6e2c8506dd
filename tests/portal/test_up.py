"""``manage.py up`` for real: start, a killed worker, a hung worker, a dead web server, Ctrl-C, a busy port.

The database is a migrated one; ``make prove PART=starting`` starts from an empty folder.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import requests

from tests.database import template

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.sqlite]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


LONG = "qcluster --name long"
PATIENCE = (
    180  # seconds; two clusters start at once beside other tests, and waiting costs nothing when all is well
)


def wait_for(what: Callable[[], object], seconds: float, why: str) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(requests.RequestException):
            if what():
                return
        time.sleep(0.2)
    pytest.fail(f"not within {seconds} s: {why}")


class Up:
    """One running ``manage.py up``; its whole output is kept."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.log = folder / f"up-{self.port}.log"
        plain = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self.stream = self.log.open("w")
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--no-demo", "--port", str(self.port)],
            cwd=ROOT,
            env={**plain, "VAR_DIR": str(folder / "var"), "CANARY_INTERVAL_SECONDS": "1", **environment},
            stdout=self.stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def get(self, path: str) -> requests.Response:
        return requests.get(self.address + path, timeout=5)

    def wait_until_ready(self, seconds: float = PATIENCE) -> float:
        began = time.monotonic()
        wait_for(self.answers_or_ended, seconds, "ready")
        assert self.process.poll() is None, "up ended by itself"
        return time.monotonic() - began

    def answers_or_ended(self) -> bool:
        return self.process.poll() is not None or self.get("/readyz").status_code == 200

    def said(self) -> str:
        return self.log.read_text("utf-8")

    def told(self) -> str:
        """What it said and which processes run, without the many times that it was not ready yet."""
        lines = [line for line in self.said().splitlines() if "ready" not in line]
        return "\n".join([*lines[-60:], *(f"{pid} {command}" for pid, command in self.children().items())])

    def children(self) -> dict[int, str]:
        """Every process that ``up`` started, however deep, by id: sessions of its direct children."""
        # ww: through a pipe ps cuts lines at 80 columns, and with them the name of the cluster
        listed = subprocess.run(
            ["ps", "-axwwo", "pid,ppid,pgid,args"], capture_output=True, text=True, check=True
        )
        rows = [line.split(None, 3) for line in listed.stdout.splitlines()[1:]]
        leaders = {row[0] for row in rows if row[1] == str(self.process.pid)}
        return {int(row[0]): row[3] for row in rows if row[2] in leaders}

    def cluster(self, *, long: bool = False) -> list[int]:
        """Ids of a cluster's processes, once it is whole: its leash, itself, a guard, a pusher, a monitor, two workers."""
        rows = self.children().items()
        found = [pid for pid, command in rows if "qcluster" in command and (LONG in command) == long]
        return found if len(found) >= 7 else []

    def leader(self, word: str) -> int:
        """Id of the direct child whose command holds ``word``, not of the cluster for long work; 0 while there is none."""
        rows = self.children().items()
        return min((pid for pid, command in rows if word in command and LONG not in command), default=0)

    def end(self, number: int = signal.SIGINT) -> int:
        self.process.send_signal(number)
        try:
            return self.process.wait(timeout=PATIENCE)
        finally:
            self.process.kill()
            self.stream.close()


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return bool(state.stdout.strip()) and not state.stdout.startswith("Z")


def none_alive(pids: dict[int, str]) -> bool:
    return not any(is_alive(pid) for pid in pids)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("up")
    (made / "var").mkdir()
    shutil.copy(template(), made / "var" / "db.sqlite3")
    return made


@pytest.fixture
def up(folder: Path) -> Iterator[Callable[..., Up]]:
    started: list[Up] = []

    def start(**environment: str) -> Up:
        started.append(Up(folder, **environment))
        return started[-1]

    yield start
    for each in started:
        print(each.told())  # noqa: T201  (pytest shows it when the test fails)
        left = each.children() if each.process.poll() is None else {}
        if each.process.poll() is None:
            each.process.kill()
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        each.process.wait(timeout=10)
        each.stream.close()


def test_it_starts_restarts_a_killed_worker_and_leaves_nothing_behind(up: Callable[..., Up]) -> None:
    running = up()
    running.wait_until_ready()
    assert running.get("/healthz").text == "ok\n"
    wait_for(lambda: "平台已启动" in running.said(), PATIENCE, "the start was said")
    assert running.get("/accounts/login/").status_code == 200

    first = running.leader("qcluster")
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: "后台任务进程已退出" in running.said(), PATIENCE, "the death was seen")
    wait_for(lambda: running.leader("qcluster") not in {0, first}, PATIENCE, "the worker came back")
    assert running.get("/healthz").status_code == 200

    # A port that is taken is said in Chinese, at once, by a second start.
    second = subprocess.run(
        [sys.executable, "manage.py", "up", "--port", str(running.port)],
        cwd=ROOT,
        env={**os.environ, "VAR_DIR": str(running.log.parent / "var")},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert second.returncode != 0
    assert re.search(rf"端口 {running.port} 已被占用", second.stderr)
    assert "Traceback" not in second.stderr

    wait_for(lambda: running.cluster() and running.cluster(long=True), PATIENCE, "both clusters are whole")
    everything = running.children()
    assert running.end(signal.SIGINT) == 0
    assert "平台已停止" in running.said()
    wait_for(lambda: none_alive(everything), PATIENCE, "all processes gone")


def test_it_kills_and_replaces_a_hung_worker(up: Callable[..., Up]) -> None:
    running = up(CANARY_STALE_SECONDS="30", LONG_STALE_SECONDS="901")
    running.wait_until_ready()
    wait_for(running.cluster, PATIENCE, "the cluster is whole")
    first, frozen = running.leader("qcluster"), running.cluster()
    hangs = running.said().count("后台任务没有响应")  # a slow start may look like one, too
    for pid in frozen:  # alive for the operating system, dead for the work
        os.kill(pid, signal.SIGSTOP)
    wait_for(lambda: running.said().count("后台任务没有响应") > hangs, PATIENCE, "the hang was seen")
    wait_for(lambda: none_alive(dict.fromkeys(frozen, "")), PATIENCE, "the hung session was killed")
    wait_for(lambda: running.leader("qcluster") not in {0, first}, PATIENCE, "a new worker runs")
    running.wait_until_ready()
    assert running.end(signal.SIGTERM) == 0


def test_the_death_of_the_web_server_ends_everything(up: Callable[..., Up]) -> None:
    running = up()
    seconds = running.wait_until_ready()
    everything = running.children()
    os.kill(running.leader("gunicorn"), signal.SIGKILL)
    assert running.process.wait(timeout=PATIENCE) == 1
    assert "网页服务已退出" in running.said()
    wait_for(lambda: none_alive(everything), PATIENCE, "all processes gone")
    print(f"second start, ready: {seconds:.1f} s")  # noqa: T201


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of their parent's death")
def test_a_killed_up_takes_its_children_along(up: Callable[..., Up]) -> None:
    running = up()
    running.wait_until_ready()
    everything = running.children()
    running.process.kill()
    running.process.wait(timeout=10)
    wait_for(lambda: none_alive(everything), PATIENCE, "all processes gone")


@pytest.mark.parametrize("address", ["http://linkage.example.gov.cn"])
def test_it_refuses_to_start_under_bad_settings(up: Callable[..., Up], address: str) -> None:
    running = up(PUBLIC_URL=address)
    assert running.process.wait(timeout=PATIENCE) != 0
    assert "portal.E002" in running.said()
    assert running.children() == {}
