"""Fifty people at fifty results, and the other contested acts, in full size on both engines (R-31)."""

import json
import tempfile
from pathlib import Path

from tests.bench._product import engines, manage

TITLE = "Contested acts"
PROBE = "from tests.bench._contested_probe import main; main({people}, {results})"
SIZES = {"SQLite": (16, 50), "PostgreSQL": (50, 50)}  # people at once, results


def run() -> str:
    lines = [
        "| engine | people at once | act | contested | won | told | doubled |",
        "|---|---|---|---|---|---|---|",
    ]
    for engine, database in engines("contested"):
        people, results = SIZES[engine]
        with tempfile.TemporaryDirectory() as folder, database(Path(folder)) as url:
            place = Path(folder)
            manage(place, "migrate", "--verbosity", "0", DATABASE_URL=url)
            command = PROBE.format(people=people, results=results)
            out = manage(place, "shell", "--no-imports", "--command", command, DATABASE_URL=url)
        for row in json.loads(out.strip().splitlines()[-1]):
            if row["won"] != row["contested"] or row["doubled"]:
                raise RuntimeError(f"{engine}: {row}")
            cells = (engine, people, *(row[key] for key in ("act", "contested", "won", "told", "doubled")))
            lines.append(f"| {' | '.join(str(cell) for cell in cells)} |")
    return (
        "Every person tries every object, each over a connection of its own and with the object as it stood on the page. "
        "*won* counts acts that were carried out, *told* those refused because somebody was faster; *doubled* counts rows "
        "beyond one for each object (history, ledger, duties, licences, numbers).\n\n" + "\n".join(lines)
    )
