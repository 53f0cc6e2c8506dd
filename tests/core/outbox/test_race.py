"""Workers that reach for the same delivery at once: one effect. Real connections, real locks."""

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection, connections

from casework.core.outbox import actions, courier
from casework.core.outbox.models import Attempt, Channel, Delivery, DeliveryState, Endpoint
from portal.accounts.models import Department
from tests.cast import NOW
from tests.core.outbox.receivers import Receiver, answer, silent
from tests.core.rooms import SECRET

pytestmark = pytest.mark.django_db
WORKERS = 8


@pytest.fixture
def elsewhere(db: None, tmp_path: Path) -> Iterator[None]:
    """New threads connect to a database of their own with the same tables, where commits are real.

    The test's own transaction never commits, so other connections could not see its rows.
    """
    if connection.vendor == "sqlite":
        yield from _sqlite_elsewhere(tmp_path)
    else:
        yield from _postgresql_elsewhere()


def _sqlite_elsewhere(tmp_path: Path) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'")
        statements = [row[0] for row in cursor.fetchall()]
    path = tmp_path / "race.sqlite3"
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("PRAGMA synchronous=OFF")
    other.execute("BEGIN")
    for statement in statements:
        if not statement.startswith("CREATE VIRTUAL"):
            other.execute(statement.replace("CREATE TABLE ", "CREATE TABLE IF NOT EXISTS ", 1))
    other.execute("COMMIT")
    other.close()
    configured = connections.settings["default"]
    before = configured["NAME"]
    configured["NAME"] = str(path)
    yield
    configured["NAME"] = before


def _postgresql_elsewhere() -> Iterator[None]:
    """A schema in front of the search path; its tables have the shape of the true ones."""
    configured = connections.settings["default"]
    before = configured.get("OPTIONS", {})
    tables = (
        "accounts_department",
        "casework_endpoint",
        "casework_delivery",
        "casework_attempt",
        "casework_ledgerentry",
    )

    def build() -> None:
        with connection.cursor() as cursor:
            cursor.execute("CREATE SCHEMA race")
            for table in tables:
                cursor.execute(f"CREATE TABLE race.{table} (LIKE public.{table} INCLUDING ALL)")

    def drop() -> None:
        with connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA race CASCADE")

    in_threads(build)
    configured["OPTIONS"] = {**before, "options": "-c search_path=race,public"}
    yield
    configured["OPTIONS"] = before
    in_threads(drop)


def in_threads(*functions) -> None:
    """Run each function in its own thread with its own connection; the first failure is raised here."""
    failures: list[BaseException] = []

    def guarded(function) -> None:
        try:
            function()
        except BaseException as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=guarded, args=(function,)) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def owe(receiver: Receiver, count: int) -> list[int]:
    made: list[int] = []

    def build() -> None:
        department = Department.objects.create(code="peer", name="示例接收单位")
        where = Endpoint.objects.create(
            department=department, channel=Channel.HTTP, address=receiver.url, secret=SECRET
        )
        for number in range(count):
            row = actions.enqueue(
                dedup=f"letter:{number}",
                reference="recipient:1",
                channel=Channel.HTTP,
                endpoint=where,
                address=where.address,
                subject="x",
                body="{}",
                now=NOW,
            )
            made.append(row.pk)

    in_threads(build)
    return made


def facts() -> list[tuple[str, int, int]]:
    """State, attempts and tries of every delivery, as another connection sees them."""
    found: list[tuple[str, int, int]] = []

    def read() -> None:
        for row in Delivery.objects.order_by("id"):
            found.append((row.state, row.attempts, Attempt.objects.filter(delivery=row).count()))

    in_threads(read)
    return found


def test_many_workers_one_delivery_one_effect(elsewhere: None, receiver: Receiver) -> None:
    receiver.script = [answer(200)]
    (delivery,) = owe(receiver, 1)
    barrier, outcomes = threading.Barrier(WORKERS), []

    def work() -> None:
        barrier.wait()
        outcomes.append(actions.deliver(delivery, now=NOW))

    in_threads(*[work] * WORKERS)
    assert len(receiver.got) == 1
    assert [outcome.ok for outcome in outcomes if outcome] == [True]
    assert facts() == [(DeliveryState.SENT, 1, 1)]


def test_a_failing_delivery_is_tried_once_per_turn(elsewhere: None, receiver: Receiver) -> None:
    receiver.script = [silent(1.5)]
    (delivery,) = owe(receiver, 1)
    barrier = threading.Barrier(WORKERS)

    def work() -> None:
        barrier.wait()
        actions.deliver(delivery, now=NOW)

    in_threads(*[work] * WORKERS)
    assert len(receiver.got) == 1
    assert facts() == [(DeliveryState.NEW, 1, 1)]


def test_workers_that_fight_over_a_pile_send_each_once(elsewhere: None, receiver: Receiver) -> None:
    pile = owe(receiver, 20)
    barrier = threading.Barrier(WORKERS)

    def work() -> None:
        barrier.wait()
        for pk in pile:
            actions.deliver(pk, now=NOW)

    in_threads(*[work] * WORKERS)
    assert sorted(got.headers["webhook-id"] for got in receiver.got) == sorted(
        f"letter:{n}" for n in range(20)
    )
    assert facts() == [(DeliveryState.SENT, 1, 1)] * 20


def test_couriers_that_fight_over_a_pile_send_each_once(elsewhere: None, receiver: Receiver) -> None:
    owe(receiver, 90)
    barrier, tries = threading.Barrier(4), []

    def work() -> None:
        barrier.wait()
        tries.append(courier.run(now=NOW))

    in_threads(*[work] * 4)
    assert sum(tries) == 90
    assert sorted(got.headers["webhook-id"] for got in receiver.got) == sorted(
        f"letter:{n}" for n in range(90)
    )
    assert facts() == [(DeliveryState.SENT, 1, 1)] * 90
