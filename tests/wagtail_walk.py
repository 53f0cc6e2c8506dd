"""Every address of the editors' desk, with objects filled in where it wants some (R-50, R-51, R-52)."""

import re
from collections.abc import Iterator
from typing import Any

from django.test import Client
from django.urls import get_resolver
from django.urls.resolvers import RegexPattern, URLPattern, URLResolver

from tests.test_safe_methods import read

MADE_UP = "999999"
GROUP = re.compile(r"\(\?P<(\w+)>[^()]*(?:\([^()]*\))?[^()]*\)|\([^?][^()]*\)")
PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")
# Not walked: signing out and in, and the page with which Wagtail shows its own error page on demand.
STEPS_OUT = ("cms/logout/", "cms/login/", "cms/password_reset/", "cms/failwhale/")


def addresses(objects: dict[str, Any] | None = None) -> dict[str, str]:
    """Address → the pattern it comes from; ``objects`` gives the value of a parameter, made-up ones fill the rest."""
    found: dict[str, str] = {}
    for pattern in _patterns(get_resolver(), ""):
        if pattern.startswith("cms/") and not pattern.startswith(STEPS_OUT):
            found.setdefault("/" + _filled(pattern, objects or {}), pattern)
    return found


def _patterns(resolver: URLResolver, prefix: str) -> Iterator[str]:
    for entry in resolver.url_patterns:
        text = str(entry.pattern)
        if isinstance(entry.pattern, RegexPattern):
            text = text.lstrip("^").rstrip("$").replace("\\Z", "")
        if isinstance(entry, URLResolver):
            yield from _patterns(entry, prefix + text)
        elif isinstance(entry, URLPattern):
            yield prefix + text


def _filled(pattern: str, objects: dict[str, Any]) -> str:
    def value(match: re.Match[str]) -> str:
        return str(objects.get(match.group(match.lastindex or 1), MADE_UP))

    text = GROUP.sub(value, pattern)
    text = PARAMETER.sub(lambda match: str(objects.get(match.group(2), MADE_UP)), text)
    return text.replace("?", "").replace("\\", "")


# Wagtail's own stumbles with an empty form or without one, before anything is read or written.
STUMBLES = {
    ("post", "cms/choose-external-link/"),
    ("post", "cms/snippets/choose/accounts/department/create/"),
    ("post", "cms/snippets/choose/cms_pages/serviceitem/create/"),
}


def opened(client: Client, found: dict[str, str], method: str) -> set[str]:
    """Patterns that answer otherwise than "sign in", "back to the home page", 403, 404 or 405."""
    seen = set()
    for url, pattern in found.items():
        if (method, pattern) in STUMBLES:
            continue
        answer = read(getattr(client, method)(url))
        assert answer.status_code < 500, f"{method} {url}: {answer.status_code}"
        target = answer.headers.get("Location", "")
        turned_away = answer.status_code in {301, 302} and target in {"/cms/", ""}
        if answer.status_code in {403, 404, 405} or turned_away or target.startswith("/accounts/login/"):
            continue
        seen.add(pattern)
    return seen
