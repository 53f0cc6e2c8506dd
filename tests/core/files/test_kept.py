"""Files of a form that was not carried out: checked, private, gone after a day."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from casework.core.files import actions, kept
from casework.core.files.models import KeptUpload
from tests.cast import NOW, Cast
from tests.core.rooms import upload

pytestmark = pytest.mark.django_db


def on_disk(settings) -> list[Path]:
    return [path for path in Path(settings.PRIVATE_ROOT).rglob("*") if path.is_file()]


def test_it_is_looked_into_like_any_file(cast: Cast) -> None:
    with pytest.raises(actions.FileRefused):
        kept.keep(upload("a.pdf", b"MZ"), by=cast.clerk, now=NOW)
    assert not KeptUpload.objects.exists()


def test_it_is_there_for_its_person_for_a_day(cast: Cast) -> None:
    row = kept.keep(upload("图.pdf"), by=cast.clerk, now=NOW)
    ids = [str(row.pk)]
    assert kept.kept_for(cast.clerk, ids, now=NOW + timedelta(hours=23)) == [row]
    assert kept.kept_for(cast.handler, ids, now=NOW) == []
    assert kept.kept_for(cast.clerk, ids, now=NOW + kept.KEPT_FOR) == []


def test_a_row_without_bytes_is_no_file(cast: Cast, settings) -> None:
    row = kept.keep(upload("图.pdf"), by=cast.clerk, now=NOW)
    for path in on_disk(settings):
        path.unlink()
    assert kept.kept_for(cast.clerk, [str(row.pk)], now=NOW) == []


def test_nobody_fills_the_disk_with_forms_that_fail(cast: Cast, monkeypatch) -> None:
    monkeypatch.setattr(kept, "MOST", 2)
    rows = [kept.keep(upload("图.pdf"), by=cast.clerk, now=NOW + timedelta(minutes=n)) for n in range(3)]
    assert set(KeptUpload.objects.all()) == set(rows[1:])


def test_the_sweep_leaves_what_is_kept_and_takes_what_is_over(
    cast: Cast, settings, django_capture_on_commit_callbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        kept.keep(upload("图.pdf"), by=cast.clerk, now=NOW)
    (path,) = on_disk(settings)
    old = (NOW - timedelta(days=3)).timestamp()
    os.utime(path, (old, old))
    assert actions.remove_orphans(now=NOW) == 0
    assert kept.forget(now=NOW + timedelta(hours=23)) == 0
    assert kept.forget(now=NOW + kept.KEPT_FOR) == 1
    assert actions.remove_orphans(now=NOW + kept.KEPT_FOR) == 1
    assert on_disk(settings) == []
