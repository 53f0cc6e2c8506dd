"""An import that is killed goes on where it was (R-35); ten kills in 20,000 rows: ``make prove PART=import_killed``."""

import itertools
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, connection, transaction

from cms_pages.importing import actions
from cms_pages.importing.models import ImportBatch
from cms_pages.models.guides import GuidePage
from tests.importing.conftest import row
from tests.importing.test_import_items import run
from tests.killing import WRONG, import_with_kills

ROWS = 600


def test_two_kills_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'killed.sqlite3'}"
    told = import_with_kills(tmp_path, url, rows=ROWS, kills=[1, 201])
    assert told.wrong == {}
    assert all(count % actions.CHUNK == 0 and 0 < count < ROWS for count in told.after_kills)
    assert f"从中断处接着导入：上次已写入的 {told.after_kills[-1]} 个事项没有重复导入" in told.report
    assert f"已新增 {ROWS - told.after_kills[-1]} 个事项" in told.report


class Killed(BaseException):
    """The process is gone: nothing of it goes on."""


@pytest.fixture
def killed_in_a_chunk(monkeypatch):
    """``killed_in_a_chunk(path)`` imports until the third guide of the first chunk, and no further."""

    def act(path: Path) -> None:
        saves, save_base = itertools.count(1), GuidePage.save_base

        def dies_at_the_third(page: GuidePage, **options: bool) -> None:
            if next(saves) == 3:
                raise Killed
            save_base(page, **options)

        with monkeypatch.context() as patched:
            patched.setattr(GuidePage, "save_base", dies_at_the_third)
            with pytest.raises(Killed):
                run(path)

    return act


def test_a_chunk_is_whole_or_not_there(tree, csv_file, killed_in_a_chunk) -> None:
    path = csv_file([row(number) for number in range(1, 6)])
    killed_in_a_chunk(path)
    run(path)
    with connection.cursor() as cursor:
        for name, question in WRONG.items():
            cursor.execute(question.format(rows=5))
            assert cursor.fetchone()[0] == 0, name


def test_without_a_transaction_a_chunk_stays_half_done(
    tree, csv_file, killed_in_a_chunk, monkeypatch
) -> None:
    """The deliberate break: pages without their guides are left, and the next run does not get past them."""
    monkeypatch.setattr(actions, "transaction", SimpleNamespace(atomic=nullcontext))
    path = csv_file([row(number) for number in range(1, 6)])
    killed_in_a_chunk(path)
    with pytest.raises(IntegrityError), transaction.atomic():
        run(path)


def test_an_undisturbed_import_says_nothing_of_it(tree, csv_file) -> None:
    said = run(csv_file([row(1)]))
    assert "中断" not in said
    assert ImportBatch.objects.get().complete


def test_a_run_that_was_killed_after_its_last_chunk_is_completed(tree, csv_file) -> None:
    path = csv_file([row(1)])
    run(path)
    ImportBatch.objects.update(complete=False)
    assert "没有重复导入" in run(path, "--dry-run")
    assert not ImportBatch.objects.get().complete  # a dry run only looks
    assert "全部未变" in run(path)
    assert ImportBatch.objects.get().complete
