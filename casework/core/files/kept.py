"""Files chosen in a form that was not carried out: kept for a day for the person who chose them."""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import IO, Any

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import storages
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from casework.core.files.actions import Undo, check_upload, open_stored
from casework.core.files.models import KeptUpload
from portal.accounts.models import User

KEPT_FOR = timedelta(days=1)
MOST = 60  # files of one person: the number that one request may carry; beyond it the oldest go


class KeptFile(UploadedFile):
    """A kept file, as if it had been chosen again. It is opened when it is read; whoever reads it closes it."""

    def __init__(self, row: KeptUpload) -> None:
        self._opened: IO[Any] | None = None
        super().__init__(None, name=row.name, size=row.size)
        self.kept_id, self._storage_name = row.pk, row.storage_name

    @property
    def file(self) -> IO[Any]:
        """The bytes. Raises ``FileMissing``."""
        if self._opened is None:
            self._opened = open_stored(self._storage_name)
        return self._opened

    @file.setter
    def file(self, _nothing: IO[Any] | None) -> None:
        """There is nothing to hand over: the bytes lie in the storage."""

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()
            self._opened = None


@transaction.atomic
def keep(upload: UploadedFile, *, by: User, now: datetime) -> KeptUpload:
    """Check ``upload`` like any file and keep it for ``by``. It is no part of any case, so the ledger says nothing.

    Raises ``FileRefused``.
    """
    name, _ = check_upload(upload)
    storage = storages["private"]
    # Wrapped, so that the storage copies the bytes and leaves a temporary file where it is.
    stored_as = storage.save(
        f"{timezone.localdate(now):%Y/%m}/{uuid.uuid4().hex}", File(upload.file, "upload")
    )
    transaction.on_commit(Undo(storage, stored_as))
    row = KeptUpload.objects.create(
        person=by, name=name, storage_name=stored_as, size=upload.size or 0, kept_at=now
    )
    surplus = KeptUpload.objects.filter(person=by).order_by("-kept_at", "-id")[MOST:]
    KeptUpload.objects.filter(pk__in=list(surplus.values_list("pk", flat=True))).delete()
    return row


def kept_for(person: User, ids: Iterable[str], *, now: datetime) -> list[KeptUpload]:
    """The person's own kept files among ``ids``, in that order; what is older than a day is gone."""
    wanted = [found for found in map(_uuid, ids) if found is not None][: settings.UPLOAD_MAX_FILES]
    rows = KeptUpload.objects.filter(person=person, kept_at__gt=now - KEPT_FOR).in_bulk(wanted)
    found = [rows[pk] for pk in wanted if pk in rows]
    return [row for row in found if storages["private"].exists(row.storage_name)]


def forget(*, now: datetime) -> int:
    """Let go of what was kept for longer than a day; the orphan sweep then removes the bytes. Return how many."""
    removed, _ = KeptUpload.objects.filter(kept_at__lte=now - KEPT_FOR).delete()
    return removed


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
