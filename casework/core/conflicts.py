"""The page after a conflict: what was entered beside what stands now, and the form ready to be sent again."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.db import transaction
from django.forms.boundfield import BoundField
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from casework.core.files.fields import FilesField, keep_files
from casework.core.versions import Stands, VersionedForm, last_change


def conflict_page(
    request: HttpRequest, form: VersionedForm, *, over: bool, permitted: bool = True
) -> HttpResponse:
    """Answer 409. For htmx it takes the place of the whole content, as the plain page does.

    Chosen files are kept for the person, so that they need not be chosen again. ``over``: what was entered
    is shown to be copied, the form is not offered again. What stands now is shown only to somebody whom an
    action has found ``permitted``.
    """
    keep_files(form, by=request.user, now=timezone.now())  # type: ignore[arg-type]
    with transaction.atomic():
        form.hold()
        form.renew()
    htmx = getattr(request, "htmx", False)
    context = {
        "form": form,
        "rows": _rows(form, form.standing() if permitted else {}),
        "change": last_change(form.about) if permitted else None,
        "over": over,
        "action": request.get_full_path(),
        "back": form.page_url,
    }
    name = "desk/conflict.html#body" if htmx else "desk/conflict.html"
    response = TemplateResponse(request, name, context, status=HTTPStatus.CONFLICT)
    if htmx:
        response.headers["HX-Retarget"] = "#main"
        response.headers["HX-Reswap"] = "innerHTML show:#main:top"
    return response


def _rows(form: VersionedForm, standing: Mapping[str, Stands]) -> list[dict[str, Any]]:
    """One row per visible field: what was entered, what stands now, and whether they differ."""
    rows = []
    for field in form.visible_fields():
        entered, now = _words(field), standing.get(field.name)
        if entered or (now is not None and now.words):
            differs = now is not None and now.words.strip() != entered.strip()
            rows.append({"label": field.label, "entered": entered, "now": now, "differs": differs})
    return rows


def _words(field: BoundField) -> str:
    """What was entered, as a reader sees it: labels of choices, names of files."""
    if isinstance(field.field, FilesField):
        return "、".join(row.name for row in field.field.kept)
    value = field.value()
    values = [
        str(each)
        for each in (value if isinstance(value, list | tuple) else [value])
        if each not in (None, "")
    ]
    labels = {str(key): str(label) for key, label in getattr(field.field, "choices", ())}
    return "、".join(labels.get(each, each) for each in values)
