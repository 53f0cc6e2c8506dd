"""The editors' dashboard says when the background worker stands still."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import OperationalError
from django.urls import reverse
from django.utils import timezone

from cms_pages.site import ensure_site
from portal import heartbeat
from portal.accounts.groups import sync_groups
from portal.accounts.models import User
from portal.heartbeat import LONG, WORKER
from portal.management.commands import up
from portal.models import Heartbeat
from tests import cast as people

ALARM = "后台任务没有运行"


@pytest.fixture
def dashboard(cast, sign_in):
    ensure_site("http://testserver")
    sync_groups(today=people.NOW.date())
    client = sign_in(User.objects.get(pk=cast.editor.pk))
    return lambda: client.get(reverse("wagtailadmin_home")).content.decode()


def test_a_fresh_beat_is_silent(dashboard):
    Heartbeat.objects.create(name=LONG, beat_at=timezone.now())
    Heartbeat.objects.create(name=WORKER, beat_at=timezone.now())
    assert ALARM not in dashboard()


def test_a_stale_beat_raises_the_alarm(dashboard, settings):
    late = timezone.now() - timedelta(seconds=settings.CANARY_STALE_SECONDS + 5)
    Heartbeat.objects.create(name=WORKER, beat_at=late)
    assert ALARM in dashboard()


def test_long_work_that_stands_still_raises_the_alarm(dashboard, settings):
    Heartbeat.objects.create(name=WORKER, beat_at=timezone.now())
    late = timezone.now() - timedelta(seconds=settings.LONG_STALE_SECONDS + 5)
    Heartbeat.objects.create(name=LONG, beat_at=late)
    page = dashboard()
    assert ALARM in page
    assert "长任务" in page


def test_no_beat_at_all_raises_the_alarm(dashboard):
    assert ALARM in dashboard()


def test_a_fresh_beat_is_not_read_again_and_a_stale_one_is(db, settings, django_assert_num_queries):
    now = timezone.now()
    for name in (WORKER, LONG):
        heartbeat.stamp(name, now)
    with django_assert_num_queries(1):
        assert heartbeat.worker_alarm(now) == heartbeat.worker_alarm(now) == ""
    late = now + timedelta(seconds=settings.CANARY_STALE_SECONDS + 5)
    with django_assert_num_queries(1):
        assert "没有响应" in heartbeat.worker_alarm(late)
    heartbeat.stamp(WORKER, late)
    assert heartbeat.worker_alarm(late) == ""


def test_a_hang_that_locks_the_database_is_still_seen(db, monkeypatch):
    """The doorbell cannot be written then; reading the beat still works."""

    def locked(*_: object, **__: object) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(up, "async_task", locked)
    monkeypatch.setattr(up, "connection", SimpleNamespace(close=lambda: None))
    keeper = up.Command()
    keeper._rung = {}
    assert keeper.is_hung(heartbeat.PUSHES, running=heartbeat.PUSHES.patience + 1)
    Heartbeat.objects.create(name=WORKER, beat_at=timezone.now())
    assert not keeper.is_hung(heartbeat.PUSHES, running=heartbeat.PUSHES.patience + 1)
