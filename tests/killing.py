"""Kill an import in the middle, as often as asked, and let it run to its end (R-35)."""

import csv
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.bench._outbox import fresh
from tests.bench._product import ROOT, environment, manage
from tests.importing.conftest import HEADER, row

ITEMS = "SELECT count(*) FROM cms_pages_serviceitem"
WRONG = {
    "items": "SELECT count(*) - {rows} FROM cms_pages_serviceitem",
    "doubled items": "SELECT count(*) - count(DISTINCT platform_item_code) FROM cms_pages_serviceitem",
    "items without a guide": "SELECT count(*) FROM cms_pages_serviceitem s WHERE NOT EXISTS"
    " (SELECT 1 FROM cms_pages_guidepage g WHERE g.item_id = s.id)",
    "guides beyond one for each item": "SELECT count(*) - count(DISTINCT item_id) FROM cms_pages_guidepage",
    "doubled places in the tree": "SELECT count(*) - count(DISTINCT path) FROM wagtailcore_page",
    "batches left open": "SELECT count(*) FROM cms_pages_importbatch WHERE NOT complete",
    "departments beyond one of each name": "SELECT count(*) - count(DISTINCT name) FROM accounts_department",
}


@dataclass(frozen=True)
class Told:
    """What the killed runs and the last one left: items after each kill, and the last report."""

    after_kills: list[int]
    report: str
    wrong: dict[str, int]


def write_list(path: Path, rows: int) -> Path:
    """An item list of the shape that real ones have, with generated rows of forty departments."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.writer(file)
        out.writerow(HEADER)
        for number in range(1, rows + 1):
            changes = {"单位": f"示例市第{number % 40}局", "平台事项编码": f"460400-{number:06d}-00"}
            out.writerow(row(number, **changes))
    return path


def ask(url: str, question: str) -> int:
    """One number out of the database, over a connection of its own; 0 while a table is not there yet."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=30)) as database:
            return int(database.execute(question).fetchone()[0])
    with psycopg.connect(url) as connection:
        found = connection.execute(question).fetchone()  # type: ignore[arg-type]
        return int(found[0]) if found else 0


def kill_at(folder: Path, url: str, file: Path, items: int) -> int:
    """Start the import and SIGKILL it once ``items`` are in; how many there are then."""
    command = [sys.executable, "manage.py", "import_items", str(file)]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment(folder, DATABASE_URL=url),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        while process.poll() is None and ask(url, ITEMS) < items:
            time.sleep(0.02)
        if process.poll() is not None:
            raise RuntimeError("the import ended before it could be killed")
        process.send_signal(signal.SIGKILL)
        process.wait()
    return ask(url, ITEMS)


def import_with_kills(folder: Path, url: str, *, rows: int, kills: Sequence[int]) -> Told:
    """Import ``rows`` rows, killed whenever one of ``kills`` items is reached, then run once more to the end."""
    file = write_list(folder / "items.csv", rows)
    fresh(folder, url)
    after = [kill_at(folder, url, file, items) for items in kills]
    report = manage(folder, "import_items", str(file), DATABASE_URL=url)
    found = {name: ask(url, question.format(rows=rows)) for name, question in WRONG.items()}
    return Told(after, report, {name: number for name, number in found.items() if number})
