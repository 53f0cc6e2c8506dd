"""/healthz and /readyz: terse, and honest about what is missing."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction
from django.test import Client
from django.utils import timezone

from casework.core.ledger.actions import record, seal_all
from portal import health, heartbeat

pytestmark = pytest.mark.django_db


def test_healthz_answers_without_the_database(client: Client, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(0):
        response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")
    assert "no-store" in response["Cache-Control"]


def test_readyz_wants_a_fresh_canary(client: Client) -> None:
    assert client.get("/readyz").status_code == 503
    heartbeat.stamp(heartbeat.WORKER, timezone.now())
    assert health.missing() == ["long"]
    heartbeat.stamp(heartbeat.LONG, timezone.now() - timedelta(minutes=10))  # behind a long task
    response = client.get("/readyz")
    assert (response.status_code, response.content) == (200, b"ready\n")
    heartbeat.stamp(heartbeat.LONG, timezone.now() - timedelta(hours=1))
    assert health.missing() == ["long"]
    heartbeat.stamp(heartbeat.LONG, timezone.now())
    heartbeat.stamp(heartbeat.WORKER, timezone.now() - timedelta(hours=1))
    response = client.get("/readyz")
    assert (response.status_code, response.content) == (503, b"not ready\n")


@pytest.mark.parametrize(("minutes", "missing"), [(4, []), (6, ["ledger"])])
def test_readyz_wants_a_sealed_ledger(client: Client, minutes: int, missing: list[str]) -> None:
    now = timezone.now()
    for name in (heartbeat.WORKER, heartbeat.LONG):
        heartbeat.stamp(name, now)
    with transaction.atomic():
        record("duty.met", by=None, now=now - timedelta(minutes=minutes))
    assert health.missing() == missing
    assert client.get("/readyz").status_code == (503 if missing else 200)
    seal_all()
    assert health.missing() == []


def test_readyz_wants_every_migration(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    heartbeat.stamp(heartbeat.WORKER, timezone.now())
    monkeypatch.setattr(health, "_migrated", False)
    monkeypatch.setattr(health.MigrationExecutor, "migration_plan", lambda *_: ["one"])
    assert health.missing() == ["migrations"]
    assert client.get("/readyz").content == b"not ready\n"


def test_readyz_says_503_when_the_database_is_gone(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> None:
        raise OperationalError("no such host db.internal")

    monkeypatch.setattr(connection, "cursor", gone)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert b"internal" not in response.content


@pytest.mark.parametrize("address", ["/healthz", "/readyz"])
def test_probes_may_only_read(client: Client, address: str) -> None:
    assert client.post(address).status_code == 405
