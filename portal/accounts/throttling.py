"""How long the next try to sign in has to wait (R-53). Pure: times of failures in, a wait out.

Three bounds stand side by side: an account from one address, an account from addresses it never signed in
from, and an address whatever the account. None lets a stranger lock somebody out of an address that the
person signs in from; ``docs/operations.md`` says so to operators.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

MEMORY = timedelta(hours=24)  # failures older than that count for nothing
KNOWN = timedelta(days=30)  # an address stays known that long after a success
WINDOW = timedelta(minutes=15)
ADDRESS_WINDOW = timedelta(hours=1)


@dataclass(frozen=True)
class Delay:
    """From the failure that makes ``limit`` of them in ``WINDOW`` on, wait ``first``; each further one doubles it."""

    limit: int
    first: timedelta
    longest: timedelta


def here(limit: int) -> Delay:
    """An account from one address: 15 minutes, 30, 60 … 4 hours."""
    return Delay(limit, timedelta(minutes=15), timedelta(hours=4))


def elsewhere(limit: int) -> Delay:
    """An account from addresses that never signed in to it: 1 minute, 2, 4, 8, 15."""
    return Delay(limit, timedelta(minutes=1), timedelta(minutes=15))


def account_wait(failures: Sequence[datetime], delay: Delay, now: datetime) -> timedelta:
    """What is left of the wait after ``failures`` (ascending, since the last success); zero = try now."""
    recent: list[datetime] = []
    level = 0
    until = now
    for at in failures:
        recent = [each for each in recent if at - each < WINDOW] + [at]
        if level or len(recent) >= delay.limit:
            until = at + min(delay.first * 2 ** min(level, 16), delay.longest)
            level += 1
    return max(until - now, timedelta(0))


def address_wait(failures: Sequence[datetime], limit: int, now: datetime) -> timedelta:
    """What is left of the wait of an address after ``failures`` with any account (ascending)."""
    recent = [at for at in failures if now - at < ADDRESS_WINDOW]
    if len(recent) < limit:
        return timedelta(0)
    return recent[-limit] + ADDRESS_WINDOW - now
