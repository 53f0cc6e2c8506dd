"""A migrated database that every test process starts from, made once per state of the migrations.

A fresh ``migrate`` of all libraries takes longer than most test runs. On SQLite the template is a file in
``var/test-templates/`` under a digest of everything a migration can read; one that new migrations only add to
is carried on from, instead of beginning again. On PostgreSQL it is a database of the same name. Tests make it when
they need it; ``python -m tests.database`` makes it beforehand.
"""

import fcntl
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.db import connections
from psycopg.sql import SQL, Identifier

from tests.skips import engine

ROOT = Path(__file__).resolve().parent.parent
PREFIX = "linkage_migrated_"
READ_BY_MIGRATIONS = (
    "*/migrations/*.py",
    "*/*/migrations/*.py",
    "casework/core/*/seeds.py",
    "casework/core/append_only.py",
)


def read_by_migrations() -> dict[str, str]:
    """Everything that decides how a migration comes out: path → digest."""
    paths = [
        ROOT / "requirements-dev.lock",
        *(path for name in READ_BY_MIGRATIONS for path in ROOT.glob(name)),
    ]
    return {str(path.relative_to(ROOT)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def digest(read: dict[str, str]) -> str:
    """The name of the state of the migrations."""
    return hashlib.sha256(json.dumps(read, sort_keys=True).encode()).hexdigest()[:16]


@contextmanager
def alone(engine: str) -> Iterator[Path]:
    """The folder of the templates, for one process of each engine at a time."""
    folder = ROOT / "var" / "test-templates"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{engine}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


def template() -> Path:
    """Path of the migrated SQLite file; the first process makes it while the others wait."""
    read = read_by_migrations()
    with alone("sqlite") as folder:
        path = folder / f"{digest(read)}.sqlite3"
        if not path.exists():
            _make_file(path, read)
    return path


def template_database() -> str:
    """Name of the migrated PostgreSQL database; the first process makes it, in the place of older ones."""
    server = os.environ["DATABASE_URL"].rsplit("/", 1)[0]
    empty = connections["default"].settings_dict["TEST"]["TEMPLATE"]
    name = PREFIX + digest({**read_by_migrations(), "template": empty})
    with alone("postgresql"), psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
        made = admin.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [PREFIX])
        present = {str(row[0]) for row in made.fetchall()}
        if name not in present:
            for old in present:
                admin.execute(SQL("DROP DATABASE {}").format(Identifier(old)))
            admin.execute(SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(PREFIX), Identifier(empty)))
            _migrate(f"{server}/{PREFIX}")
            admin.execute(SQL("ALTER DATABASE {} RENAME TO {}").format(Identifier(PREFIX), Identifier(name)))
    return name


def _make_file(path: Path, read: dict[str, str]) -> None:
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    if (base := _base(path.parent, read)) is not None:
        shutil.copyfile(base, draft)
    _migrate(f"sqlite:///{draft}")
    path.with_suffix(".json").write_text(json.dumps(read))
    draft.rename(path)


def _migrate(url: str) -> None:
    command = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "DATABASE_URL": url}, check=True)


def _base(folder: Path, read: dict[str, str]) -> Path | None:
    """The template that was made from the most of ``read`` and from nothing else; None if there is none."""
    made = {path.with_suffix(".sqlite3"): json.loads(path.read_text()) for path in folder.glob("*.json")}
    fitting = {path: len(old) for path, old in made.items() if old.items() <= read.items() and path.exists()}
    return max(fitting, key=lambda path: fitting[path], default=None)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(request: pytest.FixtureRequest) -> Iterator[None]:
    """Have Django's test database begin as a copy of the template.

    On SQLite in memory, because Django then keeps the connection open whatever a response closes; the extra
    connection here keeps the shared memory alive until Django has opened its own.
    """
    if engine() != "sqlite":
        request.getfixturevalue("django_db_modify_db_settings_parallel_suffix")  # a database for each worker
        connections["default"].settings_dict["TEST"]["TEMPLATE"] = template_database()
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


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    made = template() if engine() == "sqlite" else template_database()
    sys.stdout.write(f"{made}\n")
