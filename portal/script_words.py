"""The Chinese words of the editors' desk's scripts: Wagtail's own and, where it has none, ours."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.i18n import JavaScriptCatalog
from wagtail.admin.localization import get_localized_response


class Catalog(JavaScriptCatalog):
    """Django looks into packages only; our words lie in ``LOCALE_PATHS``."""

    def get_paths(self, packages: list[str]) -> list[str]:
        return [*super().get_paths(packages), *map(str, settings.LOCALE_PATHS)]


_catalog = Catalog.as_view(packages=["wagtail.admin"])


def script_words(request: HttpRequest) -> HttpResponse:
    """Answers in Wagtail's place, in the reader's language. No secrets: open like Wagtail's own."""
    response: Any = get_localized_response(_catalog, request)
    answer: HttpResponse = response
    return answer
