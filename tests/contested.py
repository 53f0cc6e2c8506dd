"""Acts that several people do at the same moment: one of them wins, the others are told (R-31)."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pytest

from casework.approval import actions as approval
from casework.core.transitions import StaleState
from casework.models import Case, Circulation, ResultPush
from casework.supervision import actions as supervision
from portal.accounts.models import User
from tests.cast import NOW
from tests.racing import race
from tests.supervision.world import fresh

Act = Callable[[], object]
# PostgreSQL has its races in full size in tests/bench/contested.py, on a database of their own.
only_sqlite = pytest.mark.sqlite


def claims(push: ResultPush, by: User, count: int) -> list[Act]:
    """``count`` people of one department who claim the same result, each as it stood on the page."""
    return [partial(supervision.claim_result, fresh(push), by=by, now=NOW) for _ in range(count)]


def signatures(circulation: Circulation, by: User, count: int) -> list[Act]:
    """``count`` times the same draft signed."""
    rows = Circulation.objects.select_related("case", "unit")
    return [partial(approval.sign_opinion, rows.get(pk=circulation.pk), by=by, now=NOW) for _ in range(count)]


def approvals(case: Case, by: User, count: int) -> list[Act]:
    """``count`` times the same proposal approved."""
    return [
        partial(approval.approve_decision, Case.objects.get(pk=case.pk), by=by, now=NOW) for _ in range(count)
    ]


def winners(acts: Sequence[Act], folder: Path) -> int:
    """How many of ``acts`` were carried out; what is neither done nor refused as stale is raised."""
    results = race(acts, folder)
    for result in results:
        if isinstance(result, Exception) and not isinstance(result, StaleState):
            raise result
    return sum(not isinstance(result, StaleState) for result in results)
