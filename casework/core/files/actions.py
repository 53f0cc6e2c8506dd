"""Take a file in, hand it out: both leave a ledger entry."""

import hashlib
import logging
import uuid
import weakref
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, nullcontext
from datetime import datetime, timedelta
from typing import IO, Any

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import Storage, storages
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from casework.core.cases.models import Case
from casework.core.files import content, rules
from casework.core.files.models import KeptUpload, StoredFile
from casework.core.files.rules import FileRefused as FileRefused  # what ``store`` raises
from casework.core.ledger.actions import record
from portal.accounts.models import Department, User

logger = logging.getLogger(__name__)
ORPHAN_AGE = timedelta(days=1)


class FileMissing(Exception):
    """The row is there, its bytes are not: the storage is damaged or not mounted."""


class _Hashed(File):
    """Hands the storage its chunks and keeps their digest and count."""

    def __init__(self, upload: UploadedFile) -> None:
        super().__init__(upload.file, name="upload")
        self.digest = hashlib.sha256()
        self.count = 0

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        for chunk in super().chunks(chunk_size):
            self.digest.update(chunk)
            self.count += len(chunk)
            yield chunk


class Undo:
    """Removes a written file unless its transaction commits.

    The database drops its on-commit callbacks when a transaction or a savepoint is rolled back. The
    callback is this object: dropped without having been called, it takes the file with it.
    """

    def __init__(self, storage: Storage, name: str) -> None:
        self._finalizer = weakref.finalize(self, _remove, storage, name)

    def __call__(self) -> None:
        self._finalizer.detach()


def _remove(storage: Storage, name: str) -> None:
    try:
        storage.delete(name)
    except OSError:
        logger.exception("a file without a row could not be removed; the orphan sweep will: %s", name)


def check_upload(upload: UploadedFile) -> tuple[str, rules.FileType]:
    """The clean name and the type of ``upload``. Raises ``FileRefused`` (extension, size, content)."""
    name = rules.clean_name(upload.name or "")
    kind = rules.type_of_name(name)
    rules.check_size(name, upload.size or 0, settings.UPLOAD_MAX_BYTES)
    content.check_content(name, kind, upload.file)  # type: ignore[arg-type]
    return name, kind


@transaction.atomic
def store(
    *, case: Case, upload: UploadedFile, purpose: str, department: Department, by: User, now: datetime
) -> StoredFile:
    """Check ``upload`` and keep it as a private file of ``case`` under a random name.

    The bytes are written before the row and removed again when the transaction is rolled back, also a
    caller's. Raises ``FileRefused`` (extension, content, size, number).
    """
    kept_id = getattr(upload, "kept_id", None)  # chosen in an earlier sending: now it becomes the case's
    with closing(upload) if kept_id else nullcontext():
        name, kind = check_upload(upload)
        present = StoredFile.objects.filter(case=case, department=department).count()
        rules.check_count(present, 1, settings.UPLOAD_MAX_FILES)
        storage = storages["private"]
        hashed = _Hashed(upload)
        stored_as = storage.save(f"{timezone.localdate(now):%Y/%m}/{uuid.uuid4().hex}", hashed)
        transaction.on_commit(Undo(storage, stored_as))
    if kept_id:
        KeptUpload.objects.filter(pk=kept_id).delete()
    rules.check_size(name, hashed.count, settings.UPLOAD_MAX_BYTES)
    row = StoredFile.objects.create(
        case=case,
        name=name,
        storage_name=stored_as,
        content_type=kind.content_type,
        size=hashed.count,
        sha256=hashed.digest.hexdigest(),
        purpose=purpose,
        uploaded_by=by,
        department=department,
        uploaded_at=now,
    )
    _record("file.stored", row, department=department, by=by, now=now, purpose=purpose)
    return row


@transaction.atomic
def store_all(
    *,
    case: Case,
    uploads: Sequence[UploadedFile],
    purpose: str,
    department: Department,
    by: User,
    now: datetime,
) -> list[StoredFile]:
    """``store`` for several files: all of them or, when one is refused, none."""
    present = StoredFile.objects.filter(case=case, department=department).count()
    rules.check_count(present, len(uploads), settings.UPLOAD_MAX_FILES)
    return [
        store(case=case, upload=upload, purpose=purpose, department=department, by=by, now=now)
        for upload in uploads
    ]


@transaction.atomic
def read(file: StoredFile, *, by: User, now: datetime) -> IO[Any]:
    """Note in the ledger that ``by`` read ``file`` and open it. The caller has asked ``may_read``.

    Raises ``FileMissing``.
    """
    with ExitStack() as stack:
        handle = stack.enter_context(closing(open_bytes(file)))
        _record("file.read", file, department=None, by=by, now=now)
        stack.pop_all()  # on record: it stays open for the caller
    return handle


def open_bytes(file: StoredFile) -> IO[Any]:
    """Open the stored bytes for reading. Raises ``FileMissing``."""
    return open_stored(file.storage_name)


def open_stored(storage_name: str) -> IO[Any]:
    """Open what lies in the private storage under a name. Raises ``FileMissing``."""
    try:
        return storages["private"].open(storage_name, "rb")
    except OSError as error:
        raise FileMissing(storage_name) from error


def remove_orphans(*, now: datetime) -> int:
    """Remove stored bytes that no row points at and that are older than a day; return how many.

    They are what a process leaves that was killed between writing the bytes and its commit.
    """
    storage, removed = storages["private"], 0
    for name in list(_walk(storage, "")):
        old = storage.get_modified_time(name) < now - ORPHAN_AGE
        if old and not any(
            rows.objects.filter(storage_name=name).exists() for rows in (StoredFile, KeptUpload)
        ):
            _remove(storage, name)
            removed += 1
    return removed


def _walk(storage: Storage, folder: str) -> Iterator[str]:
    try:
        folders, names = storage.listdir(folder)
    except FileNotFoundError:  # nothing was ever stored
        return
    prefix = f"{folder}/" if folder else ""
    for name in names:
        yield f"{prefix}{name}"
    for child in folders:
        yield from _walk(storage, f"{prefix}{child}")


def _record(
    action: str, row: StoredFile, *, department: Department | None, by: User, now: datetime, **payload: str
) -> None:
    """The name stays out of the ledger: people write other people's names into file names."""
    record(
        action,
        by=by,
        now=now,
        department=department,
        case_number=row.case.number,
        obj=row,
        sha256=row.sha256,
        size=row.size,
        **payload,
    )
