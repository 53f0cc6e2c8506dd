"""Is the platform alive, is it ready? Terse on purpose: details go to the log, not to strangers."""

import logging

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from casework.core.access import public
from casework.core.ledger.queries import oldest_unsealed
from portal import heartbeat

log = logging.getLogger(__name__)
_migrated = False  # once true it stays true for the life of the process; reading it costs 0.1 s


@public
@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """200 as long as this process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@public
@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when the database answers, its tables are up to date, background tasks run and the ledger is sealed; else 503."""
    wanting = missing()
    if wanting:
        log.warning("not ready: %s", ", ".join(wanting))
        return HttpResponse("not ready\n", status=503, content_type="text/plain")
    return HttpResponse("ready\n", content_type="text/plain")


def missing() -> list[str]:
    """What keeps the platform from being ready: "database", "migrations", "worker", "long", "ledger"."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        if not _is_migrated():
            return ["migrations"]
        now = timezone.now()
        silent = heartbeat.silent(now)
        unsealed = oldest_unsealed(now) is not None
    except DatabaseError:
        return ["database"]
    return [*silent, *(["ledger"] if unsealed else [])]


def _is_migrated() -> bool:
    global _migrated
    if not _migrated:
        executor = MigrationExecutor(connection)
        _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _migrated
