"""A form field for several files, that keeps what was chosen when its form is not carried out."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from casework.core.errors import Refusal
from casework.core.files.actions import check_upload
from casework.core.files.kept import KeptFile, keep, kept_for
from casework.core.files.models import KeptUpload
from casework.core.files.rules import ACCEPT
from portal.accounts.models import User

_KEPT = "_kept"
GONE = "暂存的文件已过期或已失效，请重新选择文件。"


class FilesInput(forms.ClearableFileInput):
    """A file input for several files; what is kept already stands above it, each with a box to let it go."""

    allow_multiple_selected = True
    template_name = "forms/files.html"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"multiple": True, "accept": ACCEPT, **(attrs or {})})
        self.kept: tuple[KeptUpload, ...] = ()

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        chosen = super().value_from_datadict(data, files, name) or []
        ids = data.getlist(f"{name}{_KEPT}") if hasattr(data, "getlist") else []
        return [*(chosen if isinstance(chosen, list | tuple) else [chosen]), *ids]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in files and f"{name}{_KEPT}" not in data

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        return {**context, "kept": self.kept, "kept_name": f"{name}{_KEPT}"}


class FilesField(forms.FileField):
    """Several uploads, each looked at before the form counts as valid (R-74). ``keeper``: whose kept files count."""

    widget = FilesInput

    def __init__(self, *, keeper: User | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.keeper = keeper

    @property
    def kept(self) -> tuple[KeptUpload, ...]:
        """What is kept of this field."""
        rows: tuple[KeptUpload, ...] = self.widget.kept  # type: ignore[misc]
        return rows

    @kept.setter
    def kept(self, rows: Iterable[KeptUpload]) -> None:
        self.widget.kept = tuple(rows)  # a new one: widgets are copied flat

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        """The uploads, kept ones among them; every refused one is named with its reason."""
        given = [each for each in (data if isinstance(data, list | tuple) else [data]) if each]
        uploads = [each for each in given if not isinstance(each, str)]
        ids = [each for each in given if isinstance(each, str)]
        kept = self._kept(ids)
        errors = [why for why in map(_why_not, uploads) if why]
        if len(kept) < len(ids):
            errors.append(GONE)
        if self.required and not given:
            errors.append(str(self.error_messages["required"]))
        if errors:
            raise forms.ValidationError(errors)
        return [*uploads, *kept]

    def _kept(self, ids: list[str]) -> list[UploadedFile]:
        if not ids or self.keeper is None:
            return []
        self.kept = kept_for(self.keeper, ids, now=timezone.now())
        return [KeptFile(row) for row in self.kept]


def keep_files(form: forms.BaseForm, *, by: User, now: datetime) -> None:
    """Keep the good files chosen in ``form``, which is shown again; its fields then offer them as chosen."""
    for name, field in form.fields.items():
        if not isinstance(field, FilesField):
            continue
        for upload in form.files.getlist(form.add_prefix(name)) if form.files else ():
            if not _why_not(upload):
                field.kept = (*field.kept, keep(upload, by=by, now=now))


def _why_not(upload: UploadedFile) -> str:
    try:
        check_upload(upload)
    except Refusal as refusal:
        return str(refusal)
    return ""
