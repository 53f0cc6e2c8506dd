"""Try a range of dead deliveries again: look first, then in batches, each row in its own transaction."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from casework.core.access import Can, NotPermitted, access_of
from casework.core.errors import Refusal
from casework.core.outbox.actions import retry
from casework.core.outbox.models import DeadLetter
from casework.core.transitions import StaleState
from portal.accounts.models import User

log = logging.getLogger(__name__)
BATCH = 100  # rows of one request


@dataclass(frozen=True)
class Range:
    """Which dead deliveries: of one endpoint (None = all), given up from ``since`` to before ``until``."""

    endpoint_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None

    def rows(self) -> QuerySet[DeadLetter]:
        """Open dead letters in the range, oldest first."""
        wanted = Q(closed_at=None)
        if self.endpoint_id is not None:
            wanted &= Q(delivery__endpoint_id=self.endpoint_id)
        if self.since is not None:
            wanted &= Q(died_at__gte=self.since)
        if self.until is not None:
            wanted &= Q(died_at__lt=self.until)
        return DeadLetter.objects.filter(wanted).order_by("pk")


@dataclass(frozen=True)
class Preview:
    """What a replay would take: how many rows in the range, how many of them behind an endpoint that is off
    or paused, and the highest id that the reader has seen."""

    total: int
    off: int
    paused: int
    up_to: int


@dataclass(frozen=True)
class Replayed:
    """What became of one row: ``error`` is "" for one that waits for its turn again."""

    dead: DeadLetter
    error: str


def preview(chosen: Range) -> Preview:
    """Look before acting (four small queries)."""
    rows = chosen.rows()
    off = rows.filter(delivery__endpoint__active=False).count()
    paused = rows.filter(delivery__endpoint__active=True, delivery__endpoint__paused_at__isnull=False).count()
    last = rows.order_by("-pk").values_list("pk", flat=True).first()
    return Preview(rows.count(), off, paused, last or 0)


def replay(chosen: Range, *, up_to: int, by: User, now: datetime) -> list[Replayed]:
    """Try up to ``BATCH`` rows of the range again, none beyond ``up_to``: only what was looked at.

    Rows behind an endpoint that is off stay dead. Raises ``NotPermitted``.
    """
    if not access_of(by, now).can(Can.RETRY_DELIVERY):
        raise NotPermitted("您没有重新投递的权限。")
    rows = chosen.rows().filter(pk__lte=up_to).exclude(delivery__endpoint__active=False)
    related = rows.select_related("delivery__endpoint__department", "department")
    return _each(list(related.defer("delivery__body")[:BATCH]), by, now)


def _each(rows: Sequence[DeadLetter], by: User, now: datetime) -> list[Replayed]:
    """One transaction each: what fails holds up nothing."""
    done = []
    for dead in rows:
        error = ""
        try:
            retry(dead.delivery, by=by, now=now)
        except StaleState:
            error = "状态已变化，未重新投递"
        except Refusal as refusal:
            error = str(refusal)
        except Exception:
            log.exception("delivery %s could not be replayed", dead.delivery_id)
            error = "平台内部错误，未重新投递"
        done.append(Replayed(dead, error))
    return done
