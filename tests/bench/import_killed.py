"""A list of 20,000 rows, the import killed ten times: it goes on where it was, on both engines (R-35)."""

import tempfile
from pathlib import Path

from tests.bench._product import engines
from tests.killing import import_with_kills

TITLE = "Killed in the middle of an import"
ROWS, KILLS = 20_000, 10


def run() -> str:
    kills = [1 + ROWS * place // (KILLS + 1) for place in range(KILLS)]
    lines = ["| engine | items in the catalogue after each SIGKILL | at the end |", "|---|---|---|"]
    for engine, database in engines("killed"):
        with tempfile.TemporaryDirectory() as folder, database(Path(folder)) as url:
            told = import_with_kills(Path(folder), url, rows=ROWS, kills=kills)
        if told.wrong:
            raise RuntimeError(f"{engine}: {told.wrong}")
        if "从中断处接着导入" not in told.report:
            raise RuntimeError(f"{engine}: the report does not say that the import was resumed")
        lines.append(f"| {engine} | {', '.join(f'{count:,}' for count in told.after_kills)} | {ROWS:,} |")
    return (
        f"{ROWS:,} generated rows of the shape of a real list, {KILLS} kills at spread points. After the last run: every "
        "item once, a draft guide for each, no place in the page tree twice, no department twice, no batch left open; "
        "the report says that it went on after an interruption.\n\n" + "\n".join(lines)
    )
