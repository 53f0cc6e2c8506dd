"""A migrated SQLite file that every test run starts from, made once per state of the migrations.

A fresh ``migrate`` of all libraries takes longer than most test runs. The template stands in
``var/test-templates/`` under a digest of everything a migration can read; PostgreSQL migrates as usual.
"""

import fcntl
import hashlib
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connections

from tests.skips import engine

ROOT = Path(__file__).resolve().parent.parent
READ_BY_MIGRATIONS = (
    "*/migrations/*.py",
    "*/*/migrations/*.py",
    "casework/core/*/seeds.py",
    "casework/core/append_only.py",
)


def digest() -> str:
    """Sixteen characters that change whenever a migration could come out differently."""
    found = hashlib.sha256((ROOT / "requirements-dev.lock").read_bytes())
    for pattern in READ_BY_MIGRATIONS:
        for path in sorted(ROOT.glob(pattern)):
            found.update(path.read_bytes())
    return found.hexdigest()[:16]


def template() -> Path:
    """Path of the migrated file; the first process makes it while the others wait."""
    folder = ROOT / "var" / "test-templates"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{digest()}.sqlite3"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            _migrate(path)
    return path


def _migrate(path: Path) -> None:
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{draft}"}
    command = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    draft.rename(path)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fill Django's in-memory test database from the template before Django looks at it.

    In memory, because Django then keeps the connection open whatever a response closes; the extra
    connection here keeps the shared memory alive until Django has opened its own.
    """
    if engine() != "sqlite":
        request.getfixturevalue("django_db_modify_db_settings_parallel_suffix")  # a database for each worker
        yield
        return
    memory = connections["default"].creation._get_test_db_name()
    keeper = sqlite3.connect(memory, uri=True)
    source = sqlite3.connect(template())
    source.backup(keeper)
    source.close()
    yield
    keeper.close()


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """Migrate what is missing (nothing), instead of starting from an empty file."""
    return engine() == "sqlite"
