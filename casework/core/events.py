"""Facts that one process tells the others.

An action emits an event; the functions that ``casework/handoffs.py`` lists for it run in order, in
the same transaction, and an exception aborts the whole act: legal facts are born together.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from portal.accounts.models import User


@dataclass(frozen=True, kw_only=True)
class Event:
    """Base of all events: when, and by whom (None = the platform itself)."""

    now: datetime
    by: User | None


Handoffs = Mapping[type[Event], Sequence[Callable[[Any], object]]]
_handoffs: Handoffs = {}


def install(handoffs: Handoffs) -> None:
    """Make ``handoffs`` the table that ``emit`` reads; called once, when the application starts."""
    global _handoffs
    _handoffs = handoffs


def emit(event: Event) -> None:
    """Run the functions listed for this event's type, in order, in the caller's transaction.

    Raises ``KeyError`` for an event without a row in the table and whatever a function raises.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("an event belongs into its action's transaction")
    for function in _handoffs[type(event)]:
        function(event)
