"""The background jobs and the table of when they run."""

import inspect
import os
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.core.signing import BadSignature
from django.db import connection, transaction
from django.utils.module_loading import import_string
from django_q.conf import Conf
from django_q.models import Failure, OrmQ, Schedule
from django_q.signing import SignedPackage

from casework.core.access import access_of
from casework.core.background import LONG
from casework.core.clocks.sweep import SweepResult, sweep
from casework.core.ledger import checks as ledger_checks
from casework.core.ledger.actions import record
from casework.core.ledger.models import LedgerEntry
from casework.core.outbox import actions as outbox
from casework.core.outbox import courier
from casework.core.outbox.alarms import sweep_alarms
from casework.core.outbox.models import Attempt, Channel, DeadLetter, Delivery, DeliveryState
from casework.core.outbox.queries import due_deliveries
from portal import heartbeat, jobs, schedules
from tests.cast import NOW
from tests.core.outbox.letters import http_endpoint, letter_to
from tests.core.rooms import make_case

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def a_delivery(number: int, now: datetime = NOW) -> Delivery:
    return outbox.enqueue(
        dedup=f"test:{number}",
        reference="test:1",
        channel=Channel.MAIL,
        endpoint=None,
        address="somebody@example.test",
        subject="示例",
        body="示例",
        now=now,
    )


def test_bytes_without_a_row_are_removed_every_night(settings) -> None:
    assert "portal.jobs.remove_orphans" in [row.job for row in schedules.planned()]
    orphan = settings.PRIVATE_ROOT / "2026" / "09" / "left-over"
    orphan.parent.mkdir(parents=True)
    orphan.write_bytes(b"x")
    assert jobs.remove_orphans() == 0  # it may belong to a transaction that still runs
    two_days_ago = (datetime.now(UTC) - 2 * DAY).timestamp()
    os.utime(orphan, (two_days_ago, two_days_ago))
    assert jobs.remove_orphans() == 1
    assert not orphan.exists()


@pytest.mark.parametrize(("seconds", "parts"), [(60, 3), (-1, 1)])
def test_a_sweep_after_an_outage_leaves_the_rest_to_the_next_minute(
    monkeypatch, settings, seconds, parts
) -> None:
    """It goes on part by part while there is time, and never holds a worker until the time-out."""
    results = iter(
        [SweepResult(duties=9, more=True), SweepResult(duties=9, more=True), SweepResult(duties=1)]
    )
    called: list[int] = []

    def part(*, now: datetime, limit: int) -> SweepResult:
        called.append(limit)
        return next(results)

    monkeypatch.setattr(jobs, "sweep", part)
    monkeypatch.setattr(jobs, "SWEEP_SECONDS", seconds)
    jobs.sweep_duties()
    assert called == [jobs.SWEEP_DUTIES] * parts


def test_every_job_of_the_table_can_be_imported() -> None:
    for row in schedules.planned():
        assert callable(import_string(row.job))
    assert callable(import_string(outbox.JOB))


def test_names_of_the_table_are_unique() -> None:
    names = [row.name for row in schedules.planned()]
    assert len(names) == len(set(names))


def test_sync_makes_the_queue_equal_the_table() -> None:
    Schedule.objects.create(name="left-over", func="portal.jobs.gone", schedule_type=Schedule.DAILY)
    kept, removed = schedules.sync(NOW)
    assert (kept, removed) == (len(schedules.planned()), 1)
    found = {row.name: row for row in Schedule.objects.all()}
    assert set(found) == {row.name for row in schedules.planned()}
    assert found["canary"].minutes == 1
    assert found["canary"].next_run == NOW
    assert found["clean-up"].schedule_type == Schedule.DAILY
    assert found["clean-up"].next_run == datetime(2026, 9, 7, 18, 30, tzinfo=UTC)  # 02:30 in Shanghai


def test_sync_again_keeps_the_next_run_and_corrects_what_was_edited() -> None:
    schedules.sync(NOW)
    Schedule.objects.filter(name="canary").update(next_run=NOW + DAY)
    Schedule.objects.filter(name="seal-ledger").update(func="portal.jobs.other", minutes=59)
    schedules.sync(NOW + timedelta(hours=1))
    assert Schedule.objects.get(name="canary").next_run == NOW + DAY
    sealing = Schedule.objects.get(name="seal-ledger")
    assert (sealing.func, sealing.minutes) == ("portal.jobs.seal_ledger", 1)
    assert Schedule.objects.count() == len(schedules.planned())


def test_the_interval_is_a_setting(settings: object) -> None:
    settings.SWEEP_INTERVAL_MINUTES = 5
    call_command("sync_schedules", verbosity=0)
    assert Schedule.objects.get(name="sweep-outbox").minutes == 5


def test_the_sweep_rings_for_every_due_delivery_however_old() -> None:
    old = a_delivery(1, NOW - 400 * DAY)
    later = a_delivery(2)
    Delivery.objects.filter(pk=later.pk).update(next_at=datetime(2100, 1, 1, tzinfo=UTC))
    assert jobs.sweep_outbox() == 1
    rung = [row.task for row in OrmQ.objects.all()]
    assert [(task["func"], task["args"]) for task in rung] == [("portal.jobs.deliver", (old.pk,))]


def test_the_sweep_rings_a_second_time_when_there_is_more_than_one_worker_carries() -> None:
    rows = [a_delivery(number) for number in range(courier.HANDS + 2)]
    assert jobs.sweep_outbox() == 2
    rung = [row.task["args"][0] for row in OrmQ.objects.all()]
    assert sorted(rung) == [rows[0].pk, rows[courier.HANDS].pk]


def test_a_doorbell_carries_out_all_that_is_due_and_a_late_one_nothing(monkeypatch) -> None:
    first, second = a_delivery(1), a_delivery(2)
    jobs.deliver(second.pk)
    assert [row.state for row in Delivery.objects.order_by("pk")] == ["sent", "sent"]
    third = a_delivery(3)
    jobs.deliver(first.pk)  # an old doorbell is as good as a new one
    third.refresh_from_db()
    assert third.state == "sent"
    monkeypatch.setattr(courier, "run", lambda **_kwargs: pytest.fail("nothing is due"))
    jobs.deliver(first.pk)
    jobs.deliver(999_999)


def test_the_canary_is_stamped_and_moves_on() -> None:
    assert heartbeat.last_beat(heartbeat.WORKER) is None
    jobs.stamp_canary()
    first = heartbeat.last_beat(heartbeat.WORKER)
    jobs.stamp_canary()
    second = heartbeat.last_beat(heartbeat.WORKER)
    assert first is not None
    assert second is not None
    assert second > first


def test_the_alarm_says_how_long_background_tasks_have_been_silent(settings: object) -> None:
    settings.CANARY_STALE_SECONDS = 180
    assert "尚未运行" in heartbeat.worker_alarm(NOW)
    heartbeat.stamp(heartbeat.WORKER, NOW)
    heartbeat.stamp(heartbeat.LONG, NOW)
    assert heartbeat.worker_alarm(NOW + timedelta(seconds=180)) == ""
    assert "3 分钟" in heartbeat.worker_alarm(NOW + timedelta(seconds=181))


def test_clean_up_removes_old_failures_and_keeps_recent_ones() -> None:
    now = datetime.now(UTC)
    for name, age in (("old", 91), ("recent", 1)):
        Failure.objects.create(
            id=name, name=name, func="x", started=now - age * DAY, stopped=now - age * DAY, success=False
        )
    jobs.clean_up()
    assert list(Failure.objects.values_list("name", flat=True)) == ["recent"]


def test_clean_up_refreshes_what_sqlite_knows_of_its_tables(cast) -> None:
    if connection.vendor != "sqlite":
        assert jobs.refresh_statistics() is None  # PostgreSQL looks after itself
        return
    jobs.clean_up()
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM sqlite_stat1 WHERE tbl = 'accounts_user'")
        assert cursor.fetchone()[0]


def test_statistics_are_taken_of_a_sealed_ledger(cast) -> None:
    """Else SQLite would read all of it to find the next entry to seal, until the next night."""
    if connection.vendor != "sqlite":
        return
    with transaction.atomic():
        for _ in range(3):
            record("duty.met", by=None, now=NOW)
    jobs.refresh_statistics()
    assert not LedgerEntry.objects.filter(seq=None).exists()
    waiting = LedgerEntry.objects.filter(seq=None).order_by("id")
    assert "SCAN" not in waiting.explain()


# -- two clusters --------------------------------------------------------------

LONG_JOBS = {"carry-calendar", "check-ledger", "clean-up", "long-canary", "refresh-search", "remove-orphans"}


def test_long_work_is_planned_for_its_own_cluster_and_nothing_else_is() -> None:
    schedules.sync(NOW)
    found = dict(Schedule.objects.values_list("name", "cluster"))
    assert {name for name, cluster in found.items() if cluster == LONG} == LONG_JOBS
    assert {found[name] for name in set(found) - LONG_JOBS} == {None}
    Schedule.objects.filter(name="refresh-search").update(cluster=None)
    schedules.sync(NOW)
    assert Schedule.objects.get(name="refresh-search").cluster == LONG


def test_a_verification_that_is_asked_for_waits_at_the_long_cluster(
    cast, django_capture_on_commit_callbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        ledger_checks.ask(access_of(cast.auditor, NOW), now=NOW)
    assert [(row.key, row.task["func"]) for row in OrmQ.objects.all()] == [(LONG, "portal.jobs.check_ledger")]


def test_a_doorbell_rings_at_the_cluster_for_pushes_whoever_rings(
    monkeypatch, settings, django_capture_on_commit_callbacks
) -> None:
    monkeypatch.setattr(Conf, "CLUSTER_NAME", LONG)  # as in a process of the long cluster
    with django_capture_on_commit_callbacks(execute=True):
        a_delivery(1)
    assert [row.key for row in OrmQ.objects.all()] == [settings.Q_CLUSTER["name"]]


def test_jobs_take_ids_and_no_persons_data() -> None:
    """What stands in the queue is a pickle: ids only (R-02, R-114)."""
    for name, job in inspect.getmembers(jobs, inspect.isfunction):
        if job.__module__ == jobs.__name__ and not name.startswith("_"):
            kinds = {parameter.annotation for parameter in inspect.signature(job).parameters.values()}
            assert kinds <= {int, "int"}, name


def test_a_task_signed_with_another_key_is_not_unpickled(monkeypatch) -> None:
    """R-114: whoever can write the queue's table but has not the key runs nothing; the sweep rings again."""
    a_delivery(1)
    jobs.sweep_outbox()
    (task,) = OrmQ.objects.all()
    assert task.task["func"] == outbox.JOB
    monkeypatch.setattr(Conf, "SECRET_KEY", "another key " * 5)
    with pytest.raises(BadSignature):
        SignedPackage.loads(task.payload)


# -- nothing is lost while the scheduler stands --------------------------------


def test_a_scheduler_that_stood_three_days_finds_everything_at_its_first_run(cast, version) -> None:
    """R-09, R-12: deliveries, dead ones without owner, alarms and reminders, whatever their age."""
    later = NOW + 3 * DAY
    http_endpoint(cast.competent)
    case = make_case(cast, version)
    letter_to(cast, case, cast.competent)
    lost = a_delivery(7)
    Delivery.objects.filter(pk=lost.pk).update(state=DeliveryState.DEAD)
    Attempt.objects.create(delivery=lost, at=NOW, ok=False, error="对方拒收")
    assert sweep_alarms(now=later) == 3
    assert DeadLetter.objects.get(delivery=lost).died_at == later
    swept = sweep(now=later)
    assert (swept.lapses, swept.failed) == (1, 0)
    assert swept.reminders >= 2  # soon and lapsed
    due = due_deliveries(later)
    mails = Delivery.objects.filter(reference__startswith="reminder:").count()
    assert len(due) == 1 + 1 + mails  # the letter, one mail about the alarms, the reminders
    assert mails
    again = sweep(now=later)
    assert (sweep_alarms(now=later), again.reminders, again.lapses) == (0, 0, 0)
