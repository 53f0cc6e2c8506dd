"""Wagtail's own screens of users and groups are closed to everybody, superusers too (R-52, R-51).

Whoever may edit users there could give themselves any group. Accounts are kept at ``/cms/people/`` by the
security administrator; groups follow the roles. A check says so when an address opens up again.
"""

from collections.abc import Iterator

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve

FILE_LISTS = ("api/main/documents/", "api/main/images/")
# Below ``/cms/``: the view sets, and the bulk actions of users (assign a role, delete, set active). The lists of
# files for programs name every file to whoever may enter, whatever the collection; no screen asks them.
CLOSED = ("users/", "groups/", "bulk/accounts/user/", "bulk/auth/group/", *FILE_LISTS)
SPACES = ("wagtailusers_users", "wagtailusers_groups", "wagtailusers_api_tokens")
SAMPLE = {"pk": "1", "user_id": "1", "page_id": "1"}


def closed(request: HttpRequest, rest: str = "") -> HttpResponse:
    """No such page."""
    raise Http404("没有这个页面。")


def addresses() -> Iterator[str]:
    """Every address of Wagtail's user and group screens, with a made-up object where one is wanted."""
    for prefix, space, resolver in _spaces(get_resolver(), ""):
        if space in SPACES:
            for pattern in resolver.url_patterns:
                if isinstance(pattern, URLPattern):
                    yield f"/{prefix}{_plain(pattern)}"
    yield from (
        f"/cms/bulk/accounts/user/{action}/" for action in ("assign_role", "delete", "set_active_state")
    )


def open_addresses() -> list[str]:
    """Those that lead anywhere but to ``closed``."""
    found = []
    for address in addresses():
        try:
            leads_to = resolve(address).func
        except Resolver404:
            continue
        if leads_to is not closed:
            found.append(address)
    return found


def _spaces(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, str, URLResolver]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            path = prefix + str(entry.pattern)
            yield path, entry.namespace or "", entry
            yield from _spaces(entry, path)


def _plain(pattern: URLPattern) -> str:
    text = str(pattern.pattern)
    for name in pattern.pattern.converters:
        for form in (f"<str:{name}>", f"<int:{name}>", f"<{name}>", f"<path:{name}>"):
            text = text.replace(form, SAMPLE.get(name, "1"))
    return text
