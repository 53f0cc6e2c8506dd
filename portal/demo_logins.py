"""Sign-ins of the demo city: written once by ``manage.py demo``, shown by ``up`` and on the sign-in page.

The file lives in ``var/`` beside the demo database and is read in demo mode only.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings


@dataclass(frozen=True)
class DemoLogin:
    """One account of an invented person: ``label`` says which role it plays, in Chinese."""

    label: str
    username: str
    password: str


def path() -> Path:
    """Where the file lies. Its presence marks the database as a demo database."""
    return Path(settings.VAR_DIR) / "demo_logins.json"


def write(logins: Iterable[DemoLogin]) -> None:
    """Replace the file, readable by its owner only."""
    target = path()
    draft = target.with_suffix(".new")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps([asdict(row) for row in logins], ensure_ascii=False, indent=1), "utf-8")
    draft.replace(target)


def read() -> list[DemoLogin]:
    """The sign-ins, in the order written; none outside demo mode or before the demo city exists."""
    if not settings.DEMO or not path().exists():
        return []
    return [DemoLogin(**row) for row in json.loads(path().read_text("utf-8"))]
