"""Run the product's commands on a database of their own."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parents[2]


def environment(folder: Path, **more: str) -> dict[str, str]:
    """A clean environment whose data lies in ``folder``."""
    plain = {
        name: os.environ[name] for name in ("PATH", "HOME", "LANG", "DATABASE_URL") if name in os.environ
    }
    # Probes sign people in without a telephone at hand.
    return {**plain, "VAR_DIR": str(folder), "SECOND_FACTOR_ROLES": "", **more}


def manage(folder: Path, *arguments: str, **more: str) -> str:
    """Output of one management command, with ``more`` in its environment; raises when it fails."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment(folder, **more),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{arguments}: {done.stderr[-2000:]}")
    return done.stdout


def real_file(name: str) -> Path:
    """A file of REAL_DATA_DIR; raises when the folder is not given."""
    folder = os.environ.get("REAL_DATA_DIR")
    if not folder:
        raise RuntimeError("REAL_DATA_DIR is not set")
    return Path(folder) / name


Database = Callable[[Path], AbstractContextManager[str]]


def engines(name: str) -> list[tuple[str, Database]]:
    """SQLite, and PostgreSQL where BENCH_DATABASE_URL (or the usual local one) answers: an empty database each.

    The database is called ``linkage_bench_<name>`` there; it is dropped before and after.
    """
    server = os.environ.get("BENCH_DATABASE_URL", "postgres://postgres@127.0.0.1:5432")

    @contextmanager
    def sqlite(folder: Path) -> Iterator[str]:
        yield f"sqlite:///{folder / 'db.sqlite3'}"

    @contextmanager
    def postgresql(_folder: Path) -> Iterator[str]:
        database = f"linkage_bench_{name}"
        drop = f"DROP DATABASE IF EXISTS {database} WITH (FORCE)"
        with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
            admin.execute(drop)
            admin.execute(
                f"CREATE DATABASE {database} TEMPLATE template0 ENCODING 'UTF8'"
                " LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'"
            )
            try:
                yield f"{server}/{database}"
            finally:
                admin.execute(drop)

    try:
        psycopg.connect(f"{server}/postgres", connect_timeout=3).close()
    except psycopg.OperationalError:
        return [("SQLite", sqlite)]
    return [("SQLite", sqlite), ("PostgreSQL", postgresql)]
