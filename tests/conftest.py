"""Fixtures shared by all tests: a fast, isolated configuration and the cast."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client

from cms_pages.site import ensure_site
from portal import heartbeat
from tests.cast import Cast, guide, make_cast
from tests.database import django_db_keepdb, django_db_modify_db_settings  # noqa: F401
from tests.sharing import pytest_xdist_make_scheduler  # noqa: F401
from tests.skips import pytest_collection_modifyitems, pytest_runtest_makereport  # noqa: F401

FAST = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}


@pytest.fixture(autouse=True)
def isolated(settings: object, tmp_path: Path) -> None:
    """No test reads or writes the working copy's ``var/``; hashing passwords costs nothing."""
    private = {
        **settings.STORAGES["private"],
        "OPTIONS": {"location": tmp_path / "private", "base_url": None},
    }
    settings.STORAGES = {**settings.STORAGES, **FAST, "private": private}
    settings.PRIVATE_ROOT = tmp_path / "private"
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    settings.SECOND_FACTOR_ROLES = []  # tests of the second factor say who needs one
    cache.clear()
    heartbeat.known.clear()  # the beats of another test were rolled back


@pytest.fixture(scope="module")
def module_db(django_db_setup: None, django_db_blocker: object) -> Iterator[None]:
    """A transaction around the tests of a module: what is dear to make is made once, and undone after the last one."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def site(module_db: None) -> None:
    """The page tree with its sections and the measure."""
    ensure_site("http://testserver")


@pytest.fixture
def cast(db: None) -> Cast:
    """The city and its people."""
    return make_cast()


@pytest.fixture
def version(cast: Cast):
    """The current guide version of a joint item with two units, open for applications."""
    return guide(cast)


@pytest.fixture
def sign_in(client: Client):
    """``sign_in(user)`` gives a client that is signed in as that person."""

    def make(user: object) -> Client:
        own = Client()
        own.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return own

    return make
