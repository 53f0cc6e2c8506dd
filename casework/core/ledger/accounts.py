"""Facts about accounts become ledger entries: the leaf ``portal.accounts`` tells them, this listens."""

from datetime import datetime
from typing import Any

from casework.core.ledger.actions import record
from portal.accounts.facts import noted
from portal.accounts.models import Department, User


def listen() -> None:
    """Connect, once, when the app is ready."""
    noted.connect(_record, dispatch_uid="ledger of accounts")


def _record(
    *,
    action: str,
    by: User | None,
    now: datetime,
    about: User | None,
    department: Department | None,
    payload: dict[str, Any],
    **_signal: Any,
) -> None:
    record(action, by=by, now=now, clause="", department=department, obj=about, **payload)
