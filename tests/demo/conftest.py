"""The demo city, built once for all tests of a module and rolled back after the last one."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import pytest
from django.core.files.storage import storages
from django.test import TestCase, override_settings

from portal.demo.build import Built, build
from tests.cast import at

# A Monday morning: the last finished working day is the Friday before.
NOW = at(11, 23, 9, 30)
FAST_HASHES = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@dataclass(frozen=True)
class DemoCity:
    """What was built, when, and what waits for the commit."""

    built: Built
    now: datetime
    after_commit: list[Callable[[], object]]


@pytest.fixture(scope="module")
def built_city(module_db: None, tmp_path_factory: pytest.TempPathFactory) -> DemoCity:
    """Build inside a transaction that is never committed; the files go to a folder of their own."""
    folder = tmp_path_factory.mktemp("demo")
    backend = "django.core.files.storage.FileSystemStorage"
    private = {"BACKEND": backend, "OPTIONS": {"location": folder / "private", "base_url": None}}
    with (
        override_settings(PASSWORD_HASHERS=FAST_HASHES, VAR_DIR=folder, STORAGES=_storages(private)),
        TestCase.captureOnCommitCallbacks() as after_commit,
    ):
        built = build(now=NOW)
    return DemoCity(built, NOW, after_commit)


@pytest.fixture
def city(built_city: DemoCity, db: None) -> DemoCity:
    """The demo city; what a test changes is undone after it."""
    return built_city


def _storages(private: dict[str, object]) -> dict[str, object]:
    return {**storages.backends, "private": private}
