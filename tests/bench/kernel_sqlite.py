"""200,000 cases and 1,000,000 duties on SQLite: lists, counts, searches, sweep, transitions and sealing beside
the same with 10,000 duties and beside bare SQL.

Everything stands in ``_kernel.py``.
"""

from tests.bench._kernel import report

TITLE = "The kernel with a million duties on SQLite"


def run() -> str:
    return report("SQLite")
