"""A form on a shared page that was refused: show the page again with the form as it was filled in."""

from http import HTTPStatus
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from casework.core.conflicts import conflict_page
from casework.core.errors import Refusal
from casework.core.files.fields import keep_files
from casework.core.htmx import run_page
from casework.core.versions import VersionedForm


def add_refusal(form: forms.BaseForm, refusal: Refusal) -> None:
    """Put what an action refused at the field that it names, or at the whole form.

    The action asked for the permission first, so the person may see what stands now.
    """
    if isinstance(form, VersionedForm):
        form.permitted = True
    form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))


def show_again(request: HttpRequest, url: str, name: str, form: forms.BaseForm) -> HttpResponse:
    """Run the page at ``url`` as a GET; its panels find ``form`` under ``name``. Answers 422.

    Chosen files are kept. Where the page has no place for the form any more, because somebody else moved on,
    what was entered is shown as after a conflict (409).
    """
    keep_files(form, by=request.user, now=timezone.now())  # type: ignore[arg-type]
    request.failed_forms, request.shown_forms = {name: form}, set()  # type: ignore[attr-defined]
    response = run_page(request, url)
    if name not in request.shown_forms and isinstance(form, VersionedForm):  # type: ignore[attr-defined]
        return conflict_page(request, form, over=True, permitted=form.permitted)
    if response.status_code == HTTPStatus.OK:
        response.status_code = HTTPStatus.UNPROCESSABLE_ENTITY
    return response


def failed_form(request: Any, name: str) -> Any | None:
    """The refused form that ``show_again`` left for a panel, None when there is none."""
    found: dict[str, forms.BaseForm] = getattr(request, "failed_forms", {})
    if name in found:
        request.shown_forms.add(name)
    return found.get(name)


def has_failed(request: Any) -> bool:
    """Whether the page is shown again because a form on it was refused: its title then says so."""
    return bool(getattr(request, "failed_forms", None))
