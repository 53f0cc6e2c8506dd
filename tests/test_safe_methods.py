"""No unsafe method without its token anywhere; no safe method changes anything (R-60)."""

import hashlib
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from django.apps import apps
from django.db.models import Model
from django.test import Client
from django.urls import NoReverseMatch, reverse

from portal.accounts import profile
from portal.accounts.groups import sync_groups
from portal.accounts.models import SecurityNotice, User
from tests import steps
from tests.cast import NOW, Cast
from tests.test_routes import ALL, OURS, address

UNSAFE = ("post", "put", "patch", "delete")
# Name spaces whose views are left out of Django's check, each with the reason.
EXEMPT = {"wagtailadmin_api": "Wagtail's own: its framework asks for the token itself, as the walk shows"}
BACKEND = "django.contrib.auth.backends.ModelBackend"


def client_of(user: User, *, strict: bool = False) -> Client:
    client = Client(enforce_csrf_checks=strict)
    client.force_login(user, backend=BACKEND)
    return client


# -- unsafe methods ------------------------------------------------------------
def addresses() -> Iterator[str]:
    """Every address of the URLconf that can be written down: ours with made-up objects, Wagtail's as they are."""
    for name in OURS:
        try:
            yield address(name)
        except NoReverseMatch:
            continue
    yield reverse("wagtailadmin_api:pages:action", args=[1, "publish"])
    for path, name, entry in ALL:
        if path.startswith("cms/") and not entry.pattern.converters and name:
            try:
                yield reverse(name)
            except NoReverseMatch:
                continue


def test_no_view_leaves_out_the_check() -> None:
    bare = {name or path for path, name, entry in ALL if getattr(entry.callback, "csrf_exempt", False)}
    assert {name.partition(":")[0] for name in bare} == set(EXEMPT)


def unsafe_answers(client: Client, **headers: str) -> dict[str, int]:
    """Whatever is not refused."""
    found = {}
    for url in sorted(set(addresses())):
        for method in UNSAFE:
            answer = getattr(client, method)(url, headers=headers)
            if answer.status_code != 403:
                found[f"{method} {url}"] = answer.status_code
    return found


def test_the_walk_reaches_the_product() -> None:
    found = set(addresses())
    assert len([url for url in found if url.startswith("/cms/")]) > 40
    assert len([url for url in found if url.startswith("/desk/")]) > 30
    assert {"/accounts/login/", "/accounts/sessions/keep/", "/progress/"} <= found


@pytest.mark.parametrize("name", ["editor", "stranger"])
def test_no_unsafe_method_goes_through_without_its_token(cast: Cast, name: str) -> None:
    sync_groups(today=NOW.date())
    found = unsafe_answers(client_of(getattr(cast, name), strict=True))
    # Whoever may not enter the editors' desk is sent away before its framework looks at the token.
    assert [each for each in found if name == "editor" or "/cms/api/" not in each] == []


def test_a_token_does_not_help_from_another_site(cast: Cast) -> None:
    client = client_of(cast.clerk, strict=True)
    client.get("/accounts/")
    token = client.cookies["csrftoken"].value
    for origin in ("https://evil.example", "null"):
        headers = {"X-CSRFToken": token, "Origin": origin}
        assert client.post("/accounts/sessions/end-others/", headers=headers).status_code == 403
    own = {"X-CSRFToken": token, "Origin": "http://testserver"}
    assert client.post("/accounts/sessions/end-others/", headers=own).status_code == 302


def test_the_walk_notices_a_missing_check(cast: Cast, settings) -> None:
    """The deliberate break."""
    settings.MIDDLEWARE = [each for each in settings.MIDDLEWARE if "Csrf" not in each]
    assert unsafe_answers(client_of(cast.clerk, strict=True)) != {}


# -- safe methods --------------------------------------------------------------
# What reading does leave behind, each with the reason.
LEFT_BEHIND = {
    "accounts.AccountSession": "when the session was last used",
    "wagtailusers.UserProfile": "display settings, empty, at the first visit of the editors' desk",
    "wagtailcore.PageSubscription": "the editor of a page hears of comments on it",
    "wagtailadmin.EditingSession": "who else looks at a page in the editors' desk",
}
READ_MARKS = {"file.read"}  # ledger: whoever opens a file of a case leaves a mark
LINK = re.compile(r'(?:href|hx-get)="(/[^"#]*)')
MOST_PAGES = 150


def rows_of(model: type[Model]) -> Iterator[tuple]:
    fields = [field.attname for field in model._meta.concrete_fields]
    rows = model._base_manager.order_by("pk")
    if model._meta.label == "casework.LedgerEntry":
        rows = rows.exclude(action__in=READ_MARKS)
    yield from rows.values_list(*fields)


def snapshot() -> dict[str, str]:
    """A digest of every table."""
    found = {}
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and not model._meta.proxy and model._meta.label not in LEFT_BEHIND:
            digest = hashlib.sha256()
            for row in rows_of(model):
                digest.update(repr(row).encode())
            found[model._meta.label] = digest.hexdigest()
    return found


def read(answer: Any) -> Any:
    """``answer``, a file read to its end: closing it here would close the database's connection, too."""
    if answer.streaming:
        b"".join(answer.streaming_content)
    return answer


def crawl(client: Client, *starts: str) -> set[str]:
    """Follow every link of every page, breadth first; the addresses that answered."""
    waiting, seen = list(starts), set(starts)
    reached = set()
    while waiting and len(reached) < MOST_PAGES:
        url = waiting.pop(0)
        answer = read(client.get(url))
        assert answer.status_code < 500, url
        if answer.status_code != 200:
            continue
        reached.add(url)
        text = (
            ""
            if answer.streaming or "html" not in answer.headers["Content-Type"]
            else answer.content.decode()
        )
        for link in map(unescape, LINK.findall(text)):
            if link not in seen and not link.startswith(("/static/", "/media/", "/accounts/logout")):
                seen.add(link)
                waiting.append(link)
    return reached


STARTS = {"editor": ("/cms/", "/", "/accounts/")}
PEOPLE = (
    *("clerk", "handler", "chief", "reviewer_a", "leader_a", "supervisor", "enforcer"),
    *("evaluator", "auditor", "sysadmin", "editor", "stranger"),
)


@pytest.fixture
def busy(cast: Cast, version) -> Cast:
    """A city with a case in hand and one that went all the way."""
    steps.closed(cast, version)
    steps.received(cast, version)
    sync_groups(today=NOW.date())
    return cast


def changed_by_reading(cast: Cast, name: str) -> set[str]:
    """Tables that differ after the person looked at everything there is to look at."""
    client = client_of(getattr(cast, name))
    before = snapshot()
    reached = crawl(client, *STARTS.get(name, ("/desk/", "/", "/accounts/")))
    assert len(reached) >= 8, reached
    after = snapshot()
    return {table for table in before if before[table] != after[table]}


@pytest.mark.parametrize("name", PEOPLE)
def test_reading_changes_nothing(busy: Cast, name: str) -> None:
    assert changed_by_reading(busy, name) == set()


def test_the_public_changes_nothing_by_reading(busy: Cast) -> None:
    before = snapshot()
    assert crawl(Client(), "/", "/accounts/login/", "/progress/", "/search/?q=食品")
    assert snapshot() == before


def test_the_crawl_notices_a_page_that_writes(busy: Cast, monkeypatch) -> None:
    """The deliberate break: a page that leaves a row behind."""
    read = profile.appointments

    def writing(user: User, now: object) -> list:
        SecurityNotice.objects.create(user=user, text="gelesen", at=NOW)
        return read(user, now)

    monkeypatch.setattr(profile, "appointments", writing)
    assert changed_by_reading(busy, "clerk") == {"accounts.SecurityNotice"}
