"""An import that is killed goes on where it was (R-35); ten kills in 20,000 rows: ``make prove PART=import_killed``."""

from pathlib import Path

from cms_pages.importing import actions
from cms_pages.importing.models import ImportBatch
from tests.importing.conftest import row
from tests.importing.test_import_items import run
from tests.killing import import_with_kills

ROWS = 600


def test_two_kills_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'killed.sqlite3'}"
    told = import_with_kills(tmp_path, url, rows=ROWS, kills=[1, 201])
    assert told.wrong == {}
    assert all(count % actions.CHUNK == 0 and 0 < count < ROWS for count in told.after_kills)
    assert f"从中断处接着导入：上次已写入的 {told.after_kills[-1]} 个事项没有重复导入" in told.report
    assert f"已新增 {ROWS - told.after_kills[-1]} 个事项" in told.report


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
