"""Cache gone: pages still work. Database gone: 503 with words, and everything as before once it is back (R-34)."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings as live
from django.core.cache import caches
from django.db import DEFAULT_DB_ALIAS, OperationalError, connection, connections
from django.test import Client, override_settings

from casework.core.throttle import too_often
from cms_pages.site import ensure_site
from portal import caches as forgiving
from tests.cast import NOW, PASSWORD, Cast

pytestmark = pytest.mark.django_db
NOBODY = "redis://127.0.0.1:1/0"  # a port that nobody listens at


@pytest.fixture(params=["redis", "files"])
def gone(request: pytest.FixtureRequest, settings, tmp_path: Path) -> None:
    """A cache whose server is away, or whose folder cannot be written."""
    if request.param == "redis":
        default = {"BACKEND": "portal.caches.RedisCache", "LOCATION": NOBODY}
    else:
        (tmp_path / "no folder").write_text("a file where the folder should be")
        default = {"BACKEND": "portal.caches.FileCache", "LOCATION": tmp_path / "no folder" / "cache"}
    settings.CACHES = {"default": default}


def test_the_product_uses_caches_that_forgive() -> None:
    source = (Path(live.BASE_DIR) / "portal" / "settings.py").read_text("utf-8")
    assert "portal.caches.RedisCache" in source
    assert "portal.caches.FileCache" in source
    assert "django.core.cache.backends" not in source


def test_every_operation_answers_like_an_empty_cache(gone: None) -> None:
    cache = caches["default"]
    cache.set("a", 1)
    assert cache.get("a", "default") == "default"
    assert cache.get_many(["a"]) == {}
    cache.add("a", 1)
    assert cache.get("a") is None
    assert (cache.touch("a"), cache.delete("a"), cache.has_key("a"), "a" in cache) == (False,) * 4
    assert cache.get_or_set("a", lambda: 7) == 7
    assert cache.set_many({"a": 1}) in ([], ["a"])
    assert cache.get("a") is None
    cache.delete_many(["a"])
    cache.clear()
    with pytest.raises(ValueError, match="not found"):
        cache.incr("a")


def test_a_cache_that_is_there_works(settings, tmp_path: Path) -> None:
    settings.CACHES = {"default": {"BACKEND": "portal.caches.FileCache", "LOCATION": tmp_path / "cache"}}
    cache = caches["default"]
    cache.set("a", 1)
    assert (cache.get("a"), cache.incr("a"), cache.get_many(["a"])) == (1, 2, {"a": 2})
    assert (cache.add("a", 5), cache.has_key("a"), cache.delete("a")) == (False, True, True)
    assert issubclass(forgiving.RedisCache, forgiving.DjangoRedisCache)


def test_pages_work_without_the_cache(gone: None, cast: Cast, client: Client, rf) -> None:
    ensure_site("http://testserver")
    for page in ("/", "/progress/", "/search/?q=x", "/accounts/login/"):
        assert client.get(page).status_code == 200, page
    signed = client.post("/accounts/login/", {"username": "clerk", "password": PASSWORD})
    assert signed.status_code == 302
    assert client.get("/desk/").status_code == 200
    assert too_often("x", rf.get("/"), limit=3, seconds=60, now=NOW) is False


@contextmanager
def no_database(tmp_path: Path) -> Iterator[None]:
    """Every query really fails: a server that refuses the connection, a file that cannot be opened."""
    real = connections[DEFAULT_DB_ALIAS]
    broken = real.copy()
    place = (
        {"HOST": "127.0.0.1", "PORT": "1"}
        if real.vendor == "postgresql"
        else {"NAME": str(tmp_path / "x" / "y")}
    )
    broken.settings_dict = {**real.settings_dict, **place}
    broken.set_autocommit = lambda *_args, **_kwargs: None  # type: ignore[method-assign]
    connections[DEFAULT_DB_ALIAS] = broken
    try:
        with pytest.raises(OperationalError), broken.cursor() as cursor:
            cursor.execute("SELECT 1")
        yield
    finally:
        connections[DEFAULT_DB_ALIAS] = real


def test_without_the_database_every_page_says_so_and_recovers(
    cast: Cast, sign_in, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ensure_site("http://testserver")
    client = sign_in(cast.clerk)
    client.raise_request_exception = False
    pages = ("/", "/progress/", "/desk/", "/desk/cases/", "/accounts/login/", "/cms/")
    with no_database(tmp_path):
        for page in pages:
            answer = client.get(page)
            assert answer.status_code == 503, (page, answer.status_code)
            assert "系统正在维护" in answer.content.decode()
            assert answer["Retry-After"] == "30"
            assert "127.0.0.1:1" not in answer.content.decode()  # details go to the log
        probe = Client()
        assert (probe.get("/healthz").status_code, probe.get("/readyz").status_code) == (200, 503)
    assert "the database does not answer" in caplog.text
    for page in pages:
        assert client.get(page).status_code in {200, 302}, page
    assert connection.vendor in {"sqlite", "postgresql"}


def test_another_fault_stays_a_500(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr("portal.health.missing", broken)
    client.raise_request_exception = False
    answer = client.get("/readyz")
    assert answer.status_code == 500
    assert "系统出现故障" in answer.content.decode()


@override_settings(DEBUG=False)
def test_a_fault_that_came_from_the_database_is_told_by_its_cause(client: Client, monkeypatch) -> None:
    def broken(*_args: object) -> None:
        try:
            raise OperationalError("gone")
        except OperationalError as error:
            raise RuntimeError("while drawing a page") from error

    monkeypatch.setattr("portal.health.missing", broken)
    client.raise_request_exception = False
    assert client.get("/readyz").status_code == 503
