"""The background jobs and the table of when they run."""

import os
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.utils.module_loading import import_string
from django_q.models import Failure, OrmQ, Schedule

from casework.core.outbox import actions as outbox
from casework.core.outbox.models import Channel, Delivery
from portal import heartbeat, jobs, schedules
from tests.cast import NOW

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
