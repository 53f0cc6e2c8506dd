"""Which tests may be skipped, and why; with ``REQUIRE_ALL=1`` a missing tool is a failure instead.

Markers: ``browser`` needs Chromium and playwright, ``realdata`` needs REAL_DATA_DIR, ``postgresql`` and
``sqlite`` need that engine. A test for the other engine is never a failure: CI runs on both.
"""

import importlib.util
import os
import shutil
from collections.abc import Generator
from pathlib import Path

import pytest
from django.conf import settings

# The headless shell first: it draws no window, and takes a third less time.
CHROMIUM = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
DATABASE = {"db", "transactional_db", "django_db_setup"}
ENGINES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def chromium() -> str | None:
    """Path of the browser that tests drive; None if there is none."""
    return next((found for name in CHROMIUM if (found := shutil.which(name))), None)


def real_data() -> Path | None:
    """The folder with real data, as an absolute path; None if REAL_DATA_DIR is unset."""
    given = os.environ.get("REAL_DATA_DIR")
    return Path(given).resolve() if given else None


def engine() -> str:
    """ "sqlite" or "postgresql"."""
    return settings.DATABASES["default"]["ENGINE"].rsplit(".", 1)[-1].removesuffix("3")


def missing(marker: str) -> str:
    """Why a test with ``marker`` cannot run here; "" if it can."""
    if marker == "browser":
        if importlib.util.find_spec("playwright") is None:
            return "playwright is not installed (make test installs it)"
        return (
            "" if chromium() else "no Chromium found (apt-get install chromium-headless-shell fonts-noto-cjk)"
        )
    if marker == "realdata":
        return "" if real_data() else "REAL_DATA_DIR is not set"
    if marker in ENGINES and marker != engine():
        return f"needs {ENGINES[marker]} (DATABASE_URL)"
    return ""


def touches_database(item: pytest.Item) -> bool:
    """Whether a test asks for the database, by marker or by fixture."""
    asked = set(getattr(item, "fixturenames", ()))
    return bool(item.get_closest_marker("django_db") or DATABASE & asked)


def starts_processes(item: pytest.Item) -> bool:
    """Whether a test drives the browser or starts the real processes."""
    return bool(item.get_closest_marker("browser") or item.get_closest_marker("slow"))


def walks_everything(item: pytest.Item) -> bool:
    """Whether a test goes through all addresses, acts or files of the product: those of this folder do."""
    return item.path.parent == Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip, with the reason, what cannot run here; what takes longest begins first.

    ``DB_ONLY=1`` leaves out tests that never touch a database: the second engine cannot change what they show.
    """
    if os.environ.get("DB_ONLY") == "1":
        pure = {item for item in items if not touches_database(item)}
        config.hook.pytest_deselected(items=list(pure))
        items[:] = [item for item in items if item not in pure]
    items.sort(key=lambda item: (not starts_processes(item), not walks_everything(item)))
    for marker in ("browser", "realdata", *ENGINES):
        if reason := missing(marker):
            for item in items:
                if item.get_closest_marker(marker):
                    item.add_marker(pytest.mark.skip(reason=reason))


def excused(reason: str) -> bool:
    """Whether a skip stays a skip under REQUIRE_ALL: only a test for the other engine."""
    others = [label for name, label in ENGINES.items() if name != engine()]
    return any(label in reason for label in others)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With REQUIRE_ALL=1 turn a skip into a failure that gives its reason."""
    report = yield
    if os.environ.get("REQUIRE_ALL") == "1" and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if not excused(reason):
            report.outcome = "failed"
            report.longrepr = f"REQUIRE_ALL=1 allows no skips: {reason}"
    return report
