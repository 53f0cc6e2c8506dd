"""Two real processes on one database: a new calendar is seen at once, and of two approvers one wins (R-22)."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.database import ROOT, template
from tests.skips import engine

# Talks over its pipes: one word in, one line out, inside an action's transaction or outside of any.
WATCHER = """
import sys
from datetime import date
from django.db import transaction
from casework.core.worktime.queries import current_calendar
def look():
    cal = current_calendar()
    print(cal.version, cal.is_workday(date(2099, 6, 1)), flush=True)
def words():
    return iter(sys.stdin.readline, "")
for word in words():
    if word.strip() == "within":
        with transaction.atomic():
            look()
            for inner in words():
                if inner.strip() == "end":
                    break
                look()
        print("done", flush=True)
    else:
        look()
"""
CLOSE = """
from datetime import date
from django.utils import timezone
from casework.core.worktime.actions import NoticeText, load_days
from casework.core.worktime.notices import NamedDay
text = NoticeText(title=TITLE, document_no="", year=2099, published_on=date(2099, 5, 1))
load_days(by=None, now=timezone.now(), text=text, days=[NamedDay(date(2099, 6, 1), WORKED, "示例")], is_local=True)
"""
FOUND = """
from django.utils import timezone
from tests.core.rule_changes.conftest import closure
from portal.accounts.models import Department, Membership, User
from casework.core.rule_changes.actions import propose
where = Department.objects.create(code="one", name="示例单位")
for name, role in (("sys", "sysadmin"), ("sec1", "security_admin"), ("sec2", "security_admin")):
    user = User.objects.create(username=name, name=name)
    Membership.objects.create(user=user, department=where, role=role, valid_from="2020-01-01")
propose(content=closure(), by=User.objects.get(username="sys"), now=timezone.now())
"""
APPROVE = """
import sys
from django.utils import timezone
from casework.core.rule_changes.actions import approve
from casework.core.rule_changes.models import RuleChange
from casework.core.transitions import StaleState
from casework.core.worktime.queries import calendar_version
from portal.accounts.models import User
change, by, seen = RuleChange.objects.get(), User.objects.get(username=WHO), calendar_version()
print("ready", flush=True)
sys.stdin.readline()
try:
    approve(change, version=seen, confirmed=0, by=by, now=timezone.now())
    print("approved", flush=True)
except StaleState:
    print("stale", flush=True)
"""
STATE = """
from casework.core.rule_changes.models import RuleChange
from casework.core.worktime.models import CalendarNotice
from casework.core.ledger.models import LedgerEntry
print(RuleChange.objects.get().state, CalendarNotice.objects.filter(kind="local").count(),
      LedgerEntry.objects.filter(action="rules.change_approved").count())
"""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[str]:
    """The address of a migrated database of this test's own, on the engine of the run."""
    if engine() == "sqlite":
        path = tmp_path / "db.sqlite3"
        path.write_bytes(template().read_bytes())
        yield f"sqlite:///{path}"
        return
    server, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    name = f"linkage_two_processes_{os.getpid()}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
        admin.execute(
            f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'"
        )
        try:
            _run(["migrate", "--verbosity=0"], f"{server}/{name}", tmp_path)
            yield f"{server}/{name}"
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _environment(url: str, folder: Path) -> dict[str, str]:
    return {**os.environ, "DATABASE_URL": url, "VAR_DIR": str(folder), "PYTHONPATH": str(ROOT)}


def _run(arguments: list[str], url: str, folder: Path) -> str:
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env=_environment(url, folder), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def _shell(code: str, url: str, folder: Path) -> str:
    return _run(["shell", "--no-imports", "-c", code], url, folder)


class Process:
    """A Django shell that runs ``code`` and talks line by line."""

    def __init__(self, code: str, url: str, folder: Path) -> None:
        command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", code]
        self.pipe = subprocess.Popen(
            command,
            cwd=ROOT,
            env=_environment(url, folder),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def say(self, word: str) -> None:
        assert self.pipe.stdin is not None
        self.pipe.stdin.write(f"{word}\n")
        self.pipe.stdin.flush()

    def line(self) -> str:
        assert self.pipe.stdout is not None
        return self.pipe.stdout.readline().strip()

    def ask(self, word: str) -> str:
        self.say(word)
        return self.line()

    def end(self) -> None:
        self.pipe.communicate(timeout=60)


def close(title: str, worked: bool, url: str, folder: Path) -> None:
    _shell(CLOSE.replace("TITLE", repr(title)).replace("WORKED", repr(worked)), url, folder)


def test_a_notice_of_one_process_is_seen_by_the_next_call_of_the_other(database: str, tmp_path: Path) -> None:
    watcher = Process(WATCHER, database, tmp_path)
    try:
        assert watcher.ask("look") == "23 True"
        assert watcher.ask("look") == "23 True"  # from memory now
        close("停止办公（示例）", worked=False, url=database, folder=tmp_path)
        assert watcher.ask("look") == "24 False"
        if engine() == "postgresql":  # inside an action, too; SQLite lets nobody commit while one runs
            assert watcher.ask("within") == "24 False"
            close("照常上班（示例）", worked=True, url=database, folder=tmp_path)
            assert watcher.ask("look") == "25 True"
            assert watcher.ask("end") == "done"
    finally:
        watcher.end()


def test_the_watch_notices_a_memo_that_is_never_compared(database: str, tmp_path: Path) -> None:
    """The deliberate break: without the look at the notices another process's calendar is not seen."""
    forgetful = "import casework.core.worktime.queries as queries\nfrom functools import cache\n"
    watcher = Process(
        f"{forgetful}queries._fingerprint = cache(queries._fingerprint)\n{WATCHER}", database, tmp_path
    )
    try:
        assert watcher.ask("look") == "23 True"
        close("停止办公（示例）", worked=False, url=database, folder=tmp_path)
        assert watcher.ask("look") == "23 True"
    finally:
        watcher.end()


def test_of_two_approvers_at_once_one_wins(database: str, tmp_path: Path) -> None:
    _shell(FOUND, database, tmp_path)
    racers = [Process(APPROVE.replace("WHO", repr(who)), database, tmp_path) for who in ("sec1", "sec2")]
    try:
        assert [racer.line() for racer in racers] == ["ready", "ready"]
        for racer in racers:
            racer.say("go")
        assert sorted(racer.line() for racer in racers) == ["approved", "stale"]
    finally:
        for racer in racers:
            racer.end()
    assert _shell(STATE, database, tmp_path).split() == ["approved", "1", "1"]
