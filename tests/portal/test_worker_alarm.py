"""The editors' dashboard says when the background worker stands still."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cms_pages.site import ensure_site
from portal.accounts.groups import sync_groups
from portal.accounts.models import User
from portal.heartbeat import WORKER
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
    Heartbeat.objects.create(name=WORKER, beat_at=timezone.now())
    assert ALARM not in dashboard()


def test_a_stale_beat_raises_the_alarm(dashboard, settings):
    late = timezone.now() - timedelta(seconds=settings.CANARY_STALE_SECONDS + 5)
    Heartbeat.objects.create(name=WORKER, beat_at=late)
    assert ALARM in dashboard()


def test_no_beat_at_all_raises_the_alarm(dashboard):
    assert ALARM in dashboard()
