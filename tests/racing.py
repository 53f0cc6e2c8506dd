"""Let functions race: each in its own thread with its own connection to a database file.

The test's own data are copied into that file, so that nothing has to be committed, flushed or seeded
again (append-only tables refuse to be emptied). For SQLite, whose threads need a file of their own.
"""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from django.db import connection, connections
from django.db.backends.sqlite3.base import DatabaseWrapper

TIMEOUT = 60


def race(
    functions: Sequence[Callable[[], object]], folder: Path, *, then: Callable[[], object] | None = None
) -> list[object]:
    """Start all ``functions`` at once; what each returned or raised, in their order.

    ``then`` looks at the same database when all have ended; what it returns comes last.
    """
    path = folder / "race.sqlite3"
    path.write_bytes(connection.connection.serialize())
    barrier = threading.Barrier(len(functions))
    results: list[object] = [None] * len(functions)

    def run(place: int) -> None:
        own = DatabaseWrapper({**connection.settings_dict, "NAME": str(path)}, "default")
        connections["default"] = own
        try:
            barrier.wait(timeout=TIMEOUT)
            results[place] = functions[place]()
        except Exception as error:
            results[place] = error
        finally:
            own.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(functions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=TIMEOUT)
    if then is not None:
        results += _alone(then, path)
    return results


def _alone(look: Callable[[], object], path: Path) -> list[object]:
    """What ``look`` finds in the database file of the race."""
    found: list[object] = []

    def run() -> None:
        own = DatabaseWrapper({**connection.settings_dict, "NAME": str(path)}, "default")
        connections["default"] = own
        try:
            found.append(look())
        finally:
            own.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(timeout=TIMEOUT)
    return found
