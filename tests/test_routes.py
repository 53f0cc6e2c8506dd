"""Deny by default: every address × every role and nobody × GET, POST and htmx, against a reviewed table."""

from collections.abc import Callable, Iterator
from copy import copy
from http.cookies import SimpleCookie
from itertools import product
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import get_resolver, reverse
from django.urls.resolvers import URLPattern, URLResolver
from django.utils import timezone

from portal import heartbeat
from portal.accounts.models import Department, Membership, User
from portal.accounts.roles import Role
from tests.route_matrix import PUBLIC, REVIEWED, ROUTES, SIGNED_IN, Route

SAMPLES = {
    "int": 999_999,
    "slug": "20000101-0000",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "str": "x",
}
HTMX = {"HX-Request": "true"}
LOGIN = "/accounts/login/"


def walk(
    resolver: URLResolver, prefix: str = "", spaces: tuple[str, ...] = ()
) -> Iterator[tuple[str, str, URLPattern]]:
    """Every pattern below ``resolver`` as (path, name with namespaces, pattern)."""
    for entry in resolver.url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from walk(entry, path, (*spaces, entry.namespace) if entry.namespace else spaces)
        else:
            yield path, ":".join((*spaces, entry.name or "")), entry


ALL = list(walk(get_resolver()))
OURS = {name: entry for path, name, entry in ALL if not path.startswith("cms/")}
EDITORS = [path for path, _, entry in ALL if path.startswith("cms/") and not entry.pattern.converters]


def address(name: str) -> str:
    """An address of the route, with an object that does not exist where it wants one."""
    converters = OURS[name].pattern.converters
    kinds = {key: type(value).__name__.removesuffix("Converter").lower() for key, value in converters.items()}
    return reverse(
        name, kwargs={key: SAMPLES["str" if kind == "string" else kind] for key, kind in kinds.items()}
    )


def test_every_address_of_ours_is_in_the_reviewed_table() -> None:
    known = set(ROUTES) | set(REVIEWED)
    assert set(OURS) - known == set(), "add the address to tests/route_matrix.py: who may use it?"
    assert known - set(OURS) == set(), "the table names addresses that no longer exist"


def test_every_view_carries_a_marker_or_a_reason() -> None:
    bare = {name for name, entry in OURS.items() if not hasattr(entry.callback, "access_marker")}
    assert bare <= set(REVIEWED)


def test_every_name_is_used_once() -> None:
    names = [name for path, name, _ in ALL if not path.startswith("cms/")]
    assert len(names) == len(set(names))


def person(role: Role | None) -> SimpleCookie:
    """The cookies of somebody who holds that role alone; of nobody for None."""
    client = Client()
    if role is not None:
        where = Department.objects.create(code="one", name="示例单位")
        user = User.objects.create(username=role.value, name=str(role.label))
        Membership.objects.create(user=user, department=where, role=role)
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client.cookies


def client_with(cookies: SimpleCookie, *, strict: bool = False) -> Client:
    """A client of its own with those cookies: one address cannot sign out the next."""
    client = Client(enforce_csrf_checks=strict)
    client.cookies = copy(cookies)
    return client


Ask = Callable[[Client, str], HttpResponse]
ASKED: dict[str, Ask] = {
    "GET": lambda client, url: client.get(url),
    "POST": lambda client, url: client.post(url),
    "HX GET": lambda client, url: client.get(url, headers=HTMX),
    "HX POST": lambda client, url: client.post(url, headers=HTMX),
}


def is_turned_away(answer: Any) -> bool:
    """Sent to the sign-in page, openly or by htmx."""
    target = answer.headers.get("Location") or answer.headers.get("HX-Redirect") or ""
    return answer.status_code in {204, 302} and target.startswith(LOGIN)


def judge(route: Route, name: str, asked: str, role: Role | None, answer: Any) -> None:
    said = f"{asked} {name} as {role or 'nobody'}: {answer.status_code}"
    assert answer.status_code < 500, said
    if asked.split()[-1] not in route.methods.split():
        # A wrong method is refused as such, or the person is turned away before it is looked at.
        assert answer.status_code in {403, 405} or is_turned_away(answer), said
    elif route.who == PUBLIC or (role is not None and (route.who == SIGNED_IN or role in route.who)):
        assert answer.status_code not in {401, 403, 405}, said
        assert not is_turned_away(answer), said
    elif role is None:
        assert is_turned_away(answer), said
    else:
        assert answer.status_code == 403, said


@pytest.mark.parametrize("role", [None, *Role], ids=str)
def test_the_table_holds_for_every_role_and_method(db: None, role: Role | None) -> None:
    heartbeat.stamp(heartbeat.WORKER, timezone.now())  # else /readyz rightly says 503
    heartbeat.stamp(heartbeat.LONG, timezone.now())
    cookies = person(role)
    for name, asked in product(sorted(ROUTES), ASKED):
        with transaction.atomic():  # a session that one address ends is there again for the next
            judge(ROUTES[name], name, asked, role, ASKED[asked](client_with(cookies), address(name)))
            transaction.set_rollback(True)


@pytest.mark.parametrize("role", Role)
def test_no_post_goes_through_without_its_token(db: None, role: Role) -> None:
    cookies = person(role)
    for name in sorted(name for name, route in ROUTES.items() if "POST" in route.methods):
        assert client_with(cookies, strict=True).post(address(name)).status_code == 403, name


def test_a_superuser_without_a_role_may_do_nothing_on_the_desk(db: None) -> None:
    User.objects.create_superuser("root", "root@example.test", "x" * 12)
    client = Client()
    client.force_login(User.objects.get(username="root"), backend="django.contrib.auth.backends.ModelBackend")
    for name, route in ROUTES.items():
        if not isinstance(route.who, str):
            answer = ASKED[route.methods.split()[0]](client, address(name))
            assert answer.status_code == 403, name


@pytest.mark.parametrize("role", Role)
def test_an_ended_role_counts_for_nothing(db: None, role: Role) -> None:
    client = client_with(person(role))
    Membership.objects.update(valid_to="2020-01-01")
    assert client.get("/desk/").status_code == 403


# Of the editors' desk only these answer strangers: signing in, its words and icons.
OPEN_EDITOR_PAGES = {"login", "password_reset", "jsi18n", "sprite", "logout", "keyboard"}


def test_the_editors_desk_shows_nothing_to_nobody(client: Client, db: None) -> None:
    seen = set()
    for path in EDITORS:
        answer = client.get("/" + path.replace("^", "").replace("$", ""))
        if answer.status_code == 200:
            seen.add(path.removeprefix("cms/").split("/")[0])
    assert seen <= OPEN_EDITOR_PAGES
    assert len(EDITORS) > 50  # the walk found the editors' desk at all


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.EDITOR}))
def test_the_editors_desk_shows_nothing_to_other_roles(db: None, role: Role) -> None:
    client = client_with(person(role))
    for path in (
        "cms/",
        "cms/pages/",
        "cms/users/",
        "cms/groups/",
        "cms/images/",
        "cms/documents/",
        "cms/reports/",
    ):
        assert client.get("/" + path).status_code in {302, 403, 404}, path
