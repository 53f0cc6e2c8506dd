"""A form on a shared page that was refused: show the page again with the form as it was filled in."""

from http import HTTPStatus
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse

from casework.core.errors import Refusal
from casework.core.htmx import run_page


def add_refusal(form: forms.BaseForm, refusal: Refusal) -> None:
    """Put what an action refused at the field that it names, or at the whole form."""
    form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))


def show_again(request: HttpRequest, url: str, name: str, form: forms.BaseForm) -> HttpResponse:
    """Run the page at ``url`` as a GET; its panels find ``form`` under ``name``. Answers 422."""
    request.failed_forms = {name: form}  # type: ignore[attr-defined]
    response = run_page(request, url)
    if response.status_code == HTTPStatus.OK:
        response.status_code = HTTPStatus.UNPROCESSABLE_ENTITY
    return response


def failed_form(request: Any, name: str) -> Any | None:
    """The refused form that ``show_again`` left for a panel, None when there is none."""
    found: dict[str, forms.BaseForm] = getattr(request, "failed_forms", {})
    return found.get(name)


def has_failed(request: Any) -> bool:
    """Whether the page is shown again because a form on it was refused: its title then says so."""
    return bool(getattr(request, "failed_forms", None))
