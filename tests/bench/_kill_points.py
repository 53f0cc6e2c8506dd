"""Where a worker may die: each name stands before or after one step of a delivery. Only proofs import this.

``arm`` makes the process that calls it kill itself, as ``kill -9`` would, at the n-th pass of a point. ``weaken``
takes a guard away, to show that a proof sees it.
"""

import http.client
import os
import secrets
import signal
from collections.abc import Callable
from typing import Any

from casework.core.outbox import actions, leases, rules, transports
from casework.core.outbox.models import Delivery
from tests.bench._kill_points_names import NAMES

# owner, attribute, whether the step itself is still carried out; in the order of ``NAMES``
_STEPS: tuple[tuple[Any, str, bool], ...] = (
    (leases, "claim", False),
    (transports, "attach", False),
    (leases, "carry", False),
    (http.client.HTTPConnection, "getresponse", False),
    (leases, "note", False),
    (leases, "_accept", False),
    (leases, "append", False),
    (leases, "note", True),
    (actions, "ring", False),
    (actions, "ring", False),
)
POINTS = dict(zip(NAMES, _STEPS, strict=True))
WORKERS = NAMES[:8]  # what a worker of the queue passes; the others stand where a delivery is born or swept


def arm(point: str, nth: int = 1, *, dies: Callable[[str], bool] = lambda point: True) -> None:
    """Die at the ``nth`` pass of ``point`` and, while ``dies`` says no, at a later one."""
    owner, name, after = POINTS[point]
    step: Callable[..., Any] = getattr(owner, name)
    passed = 0

    def deadly(*args: Any, **kwargs: Any) -> Any:
        nonlocal passed
        passed += 1
        if passed < nth or not dies(point):
            return step(*args, **kwargs)
        if after:
            step(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)
        return None

    setattr(owner, name, deadly)


def weaken(guard: str) -> None:
    """Take one guard away."""
    WEAK[guard]()


def _no_lease() -> None:
    leases._take = lambda same, now: None


def _new_identity() -> None:
    headers = transports._headers

    def fresh(delivery: Delivery, *args: Any) -> dict[str, str]:
        return {**headers(delivery, *args), "webhook-id": secrets.token_hex(8)}

    transports._headers = fresh


def _no_back_off() -> None:
    leases.rules = _Eager()


class _Eager:
    """Rules that let a failed message come first again, for ever."""

    def __getattr__(self, name: str) -> Any:
        return getattr(rules, name)

    def gap_after(self, tries: int, random: Any) -> Any:
        return -rules.LONGEST_WAIT

    def is_last(self, tries: int) -> bool:
        return False


WEAK = {"lease": _no_lease, "identity": _new_identity, "back-off": _no_back_off}
