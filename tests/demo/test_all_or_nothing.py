"""A failure in the middle leaves an empty database and an empty file store."""

import gc
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from casework.core.cases.models import Case
from casework.core.clocks.sweep import SweepResult
from casework.core.ledger.models import LedgerEntry
from casework.core.subjects.models import Subject
from cms_pages.catalogue.models import ServiceItem
from cms_pages.models import GuidePage
from portal import demo_logins
from portal.accounts.models import Department, User
from portal.demo import acts, build, catalogue


class Broken(Exception):
    """What the tests throw."""


@pytest.fixture(autouse=True)
def small_city(monkeypatch: pytest.MonkeyPatch, settings: object, tmp_path: Path) -> None:
    """Three stories and their items: more would add time, not meaning."""
    stories = build.read_stories()[:3]
    monkeypatch.setattr(build, "read_stories", lambda: stories)
    wanted = {story.item for story in stories}
    rows = [row for row in catalogue.read_items() if row.name in wanted]
    monkeypatch.setattr(catalogue, "read_items", lambda: rows)
    settings.VAR_DIR = tmp_path


def test_an_act_that_fails_takes_everything_with_it(
    db: None, monkeypatch: pytest.MonkeyPatch, settings: object
) -> None:
    seen: list[int] = []

    def fail(told: acts.Telling, now: object, *details: str) -> None:
        seen.extend([Case.objects.count(), _files(settings.PRIVATE_ROOT)])
        raise Broken

    monkeypatch.setitem(acts.ACTS, "submit", fail)
    with pytest.raises(Broken):
        call_command("demo")
    gc.collect()
    assert min(seen) > 0, "it failed before anything was made"
    for model in (Department, User, ServiceItem, GuidePage, Subject, Case, LedgerEntry):
        assert not model.objects.exists(), model
    assert _files(settings.PRIVATE_ROOT) == 0
    assert not demo_logins.path().exists()


def test_a_sweep_that_fails_stops_the_building(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "sweep", lambda now: SweepResult(failed=1))
    with pytest.raises(build.SweepFailed):
        call_command("demo")
    assert not Department.objects.exists()


def test_a_database_in_use_is_refused(db: None) -> None:
    Department.objects.create(code="real", name="真实的单位")
    with pytest.raises(CommandError, match="已有单位、事项或办件"):
        call_command("demo")
    assert Department.objects.count() == 1
    assert not Case.objects.exists()


@pytest.mark.parametrize("text", ["2026-11-23", "2026-11-23T09:00", "gestern"])
def test_a_time_without_its_zone_is_refused(db: None, text: str) -> None:
    with pytest.raises(CommandError, match="带时区"):
        call_command("demo", now=text)


def _files(folder: Path) -> int:
    return sum(1 for path in Path(folder).rglob("*") if path.is_file())
