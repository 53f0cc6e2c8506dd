"""Whoever depends on background tasks is told when they stand still: the desk and the editors' dashboard."""

import pytest
from django.test import RequestFactory
from django.utils import timezone

from portal import heartbeat
from portal.context import site
from portal.wagtail_hooks import WorkerAlarmPanel
from tests.cast import Cast


def test_the_desk_shows_the_alarm_until_the_canary_is_fresh(cast: Cast, sign_in: object) -> None:
    client = sign_in(cast.clerk)
    assert "后台任务没有运行" in client.get("/desk/").content.decode()
    heartbeat.stamp(heartbeat.WORKER, timezone.now())
    heartbeat.stamp(heartbeat.LONG, timezone.now())
    assert "后台任务没有运行" not in client.get("/desk/").content.decode()


@pytest.mark.django_db
def test_the_dashboard_panel_is_empty_while_all_is_well() -> None:
    assert "后台任务没有运行" in WorkerAlarmPanel().render_html({})
    heartbeat.stamp(heartbeat.WORKER, timezone.now())
    heartbeat.stamp(heartbeat.LONG, timezone.now())
    assert WorkerAlarmPanel().render_html({}).strip() == ""


@pytest.mark.django_db
def test_a_page_that_does_not_show_it_pays_no_query(django_assert_num_queries: object) -> None:
    with django_assert_num_queries(0):
        site(RequestFactory().get("/"))
