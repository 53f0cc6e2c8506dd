"""The outbox's probe, and acts that begin and end long work; told by lines of JSON on its standard input."""

import json
import sys

from tests.bench._outbox_probe import ACTS  # sets Django up

from django.db import transaction  # isort: skip
from django.utils import timezone  # isort: skip
from django_q.models import OrmQ  # isort: skip
from django_q.tasks import async_task  # isort: skip

from casework.core.background import LONG, long_task  # isort: skip
from casework.core.ledger.actions import record, seal_all  # isort: skip


def fill_ledger(entries: int, each: int = 2000) -> int:
    """A sealed ledger of so many entries."""
    now = timezone.now()
    for first in range(0, entries, each):
        with transaction.atomic():
            for number in range(first, first + each):
                record("file.read", by=None, now=now, case_number="bench", number=number)
    return seal_all()


def begin_long(times: int) -> int:
    """Ring for long work so many times."""
    with transaction.atomic():
        for _ in range(times):
            long_task("portal.jobs.check_ledger_nightly")
    return times


def misplace_long(times: int) -> int:
    """Ring for the same work at the cluster of pushes: the break that the proof must see."""
    with transaction.atomic():
        for _ in range(times):
            async_task("portal.jobs.check_ledger_nightly")
    return times


def long_running() -> int:
    """Long tasks that a worker holds."""
    return OrmQ.objects.filter(key=LONG, lock__gt=timezone.now()).count()


def long_waiting() -> int:
    """Long tasks that nobody has finished."""
    return OrmQ.objects.filter(key=LONG).count()


def drop_long() -> int:
    """Forget the tasks that no worker holds."""
    return OrmQ.objects.filter(key=LONG, lock__lte=timezone.now()).delete()[0]


MORE = {
    act.__name__: act
    for act in (fill_ledger, begin_long, misplace_long, long_running, long_waiting, drop_long)
}

if __name__ == "__main__":
    for line in sys.stdin:
        told = json.loads(line)
        print(json.dumps({**ACTS, **MORE}[told.pop("act")](**told)), flush=True)  # noqa: T201
