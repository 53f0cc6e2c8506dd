"""A real ``qcluster`` whose workers die: each of them, once forked, at a point of its own (R-01).

``KILL_LOG`` gets one digit for each death, the place of the point in ``NAMES``; after ``KILL_LIMIT`` deaths
nobody dies any more. The guard of the cluster starts a new worker for each that died.
"""

import os
import random
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django.setup()

from django.core.management import call_command  # noqa: E402

from tests.bench._kill_points import WORKERS, arm  # noqa: E402

LOG, LIMIT = os.environ.get("KILL_LOG", ""), int(os.environ.get("KILL_LIMIT", "0"))
# Process → the point at which it dies, and how often it passes there before.
_fates: dict[int, list[Any]] = {}


def dies(point: str) -> bool:
    """Whether this process dies here; the death is written down first."""
    chance = random.SystemRandom()
    # Somebody has to get on with the work: a row whose every try is interrupted ends as a dead letter.
    fate = _fates.setdefault(os.getpid(), [chance.choice(WORKERS), chance.randrange(6)])
    if fate[0] != point or os.path.getsize(LOG) >= LIMIT:
        return False
    fate[1] -= 1
    if fate[1] >= 0:
        return False
    with open(LOG, "ab", buffering=0) as log:
        log.write(str(WORKERS.index(point)).encode())
    return True


if __name__ == "__main__":
    for name in WORKERS:
        arm(name, dies=dies)
    call_command("qcluster")
