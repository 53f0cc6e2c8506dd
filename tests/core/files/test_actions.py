"""Storing and reading: digest, random name, rollback, ledger."""

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.db import transaction
from django.utils import timezone

from casework.core.cases.models import Case
from casework.core.files import actions
from casework.core.files.models import StoredFile
from casework.core.ledger.models import LedgerEntry
from tests.cast import NOW, Cast
from tests.core.rooms import PDF, make_case, office, stored, upload

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(cast: Cast, version) -> Case:
    return make_case(cast, version)


def on_disk(settings) -> list[Path]:
    root = Path(settings.PRIVATE_ROOT)
    return sorted(path for path in root.rglob("*") if path.is_file())


def test_a_file_is_kept_under_a_random_name_with_its_digest(case: Case, cast: Cast, settings) -> None:
    row = stored(case, cast, name="../身份证.pdf")
    assert (row.name, row.size, row.content_type) == ("身份证.pdf", len(PDF), "application/pdf")
    assert row.sha256 == hashlib.sha256(PDF).hexdigest()
    assert row.uploaded_at == NOW
    assert row.storage_name.startswith("2026/09/")
    assert "身份证" not in row.storage_name
    with actions.open_bytes(row) as handle:
        assert handle.read() == PDF
    entry = LedgerEntry.objects.get(action="file.stored")
    assert (entry.object_id, entry.case_number) == (str(row.pk), case.number)
    assert row.sha256 in entry.payload
    assert "身份证" not in entry.payload


def test_a_large_upload_that_lies_on_disk_already(case: Case, cast: Cast) -> None:
    data = office(extra={"word/media/a.bin": bytes(range(256)) * 8000})
    temporary = TemporaryUploadedFile("大.docx", "x/y", len(data), None)
    temporary.write(data)
    temporary.seek(0)
    row = actions.store(
        case=case, upload=temporary, purpose="", department=cast.window, by=cast.clerk, now=NOW
    )
    temporary.close()
    with actions.open_bytes(row) as handle:
        assert hashlib.sha256(handle.read()).hexdigest() == row.sha256


def test_a_refused_file_leaves_nothing(case: Case, cast: Cast, settings) -> None:
    with pytest.raises(actions.FileRefused):
        stored(case, cast, name="a.docx", data=PDF)
    assert on_disk(settings) == []
    assert not StoredFile.objects.exists()


def test_a_rolled_back_caller_takes_the_bytes_with_it(case: Case, cast: Cast, settings) -> None:
    with transaction.atomic():
        stored(case, cast)
        assert len(on_disk(settings)) == 1
        transaction.set_rollback(True)
    assert on_disk(settings) == []
    assert not StoredFile.objects.exists()


def test_a_committed_transaction_keeps_the_bytes(
    case: Case, cast: Cast, settings, django_capture_on_commit_callbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        kept = stored(case, cast)
    assert [path.name for path in on_disk(settings)] == [Path(kept.storage_name).name]


def test_a_failing_ledger_takes_row_and_bytes_back(
    case: Case, cast: Cast, settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("disk full")

    monkeypatch.setattr(actions, "record", broken)
    with pytest.raises(RuntimeError):
        stored(case, cast)
    monkeypatch.undo()
    assert not StoredFile.objects.exists()
    assert on_disk(settings) == []


def test_several_files_come_in_together_or_not_at_all(case: Case, cast: Cast, settings) -> None:
    with pytest.raises(actions.FileRefused):
        actions.store_all(
            case=case,
            uploads=[upload("a.pdf"), upload("b.exe")],
            purpose="申请材料",
            department=cast.window,
            by=cast.clerk,
            now=NOW,
        )
    assert on_disk(settings) == []
    settings.UPLOAD_MAX_FILES = 2
    rows = actions.store_all(
        case=case,
        uploads=[upload("a.pdf"), upload("b.pdf")],
        purpose="",
        department=cast.window,
        by=cast.clerk,
        now=NOW,
    )
    assert [row.name for row in rows] == ["a.pdf", "b.pdf"]
    with pytest.raises(actions.FileRefused, match="最多上传2个"):
        stored(case, cast)


def test_the_size_cap_is_a_setting(case: Case, cast: Cast, settings) -> None:
    settings.UPLOAD_MAX_BYTES = len(PDF) - 1
    with pytest.raises(actions.FileRefused, match="上限"):
        stored(case, cast)


def test_orphans_are_removed_after_a_day_and_files_with_a_row_stay(case: Case, cast: Cast, settings) -> None:
    row = stored(case, cast)
    orphan = storages["private"].save("2026/09/orphan", upload().file)
    assert actions.remove_orphans(now=timezone.now()) == 0
    assert actions.remove_orphans(now=timezone.now() + timedelta(days=2)) == 1
    assert not storages["private"].exists(orphan)
    assert storages["private"].exists(row.storage_name)


def test_nothing_stored_yet_means_no_orphans() -> None:
    assert actions.remove_orphans(now=timezone.now()) == 0
