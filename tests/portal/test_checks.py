"""Settings that would lie, leak or lose work are refused, in Chinese, with a way to mend them."""

from types import SimpleNamespace

import pytest
from django.core.checks import CheckMessage
from django.db import connection

from casework.core.background import LONG
from portal import checks


def ids(found: list[CheckMessage]) -> set[str]:
    for message in found:
        assert message.hint, f"{message.id} gives no hint"
        assert any("一" <= sign <= "鿿" for sign in message.msg)
    return {str(message.id) for message in found}


def test_the_shipped_settings_pass() -> None:
    assert ids(checks.transport()) == set()
    assert ids(checks.queue()) == set()
    assert ids(checks.databases_settings()) == set()
    assert ids(checks.keys()) == set()


@pytest.mark.parametrize(
    ("address", "demo", "expected"),
    [
        ("http://127.0.0.1:8000", True, set()),
        ("http://localhost:8000", False, set()),
        ("http://[::1]:8000", False, set()),
        ("https://linkage.example.gov.cn", False, set()),
        ("http://linkage.example.gov.cn", False, {"portal.E002"}),
        ("http://192.168.1.5", False, {"portal.E002"}),
        ("http://localhost.example.com", False, {"portal.E002"}),
        ("linkage.example.gov.cn", False, {"portal.E001"}),
        ("ftp://127.0.0.1", False, {"portal.E001"}),
        ("https://linkage.example.gov.cn", True, {"portal.E003"}),
    ],
)
def test_http_and_demo_passwords_stay_on_loopback(
    settings: object, address: str, demo: bool, expected: set[str]
) -> None:
    settings.PUBLIC_URL = address
    settings.DEMO = demo
    assert ids(checks.transport()) == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"retry": 60}, {"portal.E010"}),
        ({"retry": 180}, {"portal.E010"}),  # 60 x (1 + ceil(3 / 2)) = 180: not more than needed
        ({"retry": 181}, set()),
        ({"queue_limit": 50}, {"portal.E010"}),
        ({"timeout": None}, {"portal.E010"}),
        ({"max_attempts": 0}, {"portal.E011"}),
        ({"ack_failures": False}, {"portal.E011"}),
        ({"catch_up": True}, {"portal.E012"}),
        ({"orm": None, "redis": "redis://127.0.0.1"}, {"portal.E013"}),
        ({"workers": 1}, {"portal.W014"}),
    ],
)
def test_it_refuses_queue_settings_that_repeat_or_lose_tasks(
    settings: object, change: dict[str, object], expected: set[str]
) -> None:
    settings.Q_CLUSTER = {**settings.Q_CLUSTER, **change}
    assert ids(checks.queue()) == expected


@pytest.mark.parametrize(
    ("change", "stale", "expected"),
    [
        ({}, 1200, set()),
        ({"retry": 2700}, 1200, {"portal.E010"}),  # 900 x (1 + ceil(3 / 2)) = 2700: not more than needed
        ({"max_attempts": 0}, 1200, {"portal.E011"}),
        ({"ack_failures": False}, 1200, {"portal.E011"}),
        ({"catch_up": True}, 1200, {"portal.E012"}),
        ({"workers": 1, "queue_limit": 1}, 1200, {"portal.W014"}),
        ({}, 900, {"portal.E016"}),
    ],
)
def test_the_cluster_of_long_work_is_held_to_the_same(
    settings: object, change: dict[str, object], stale: int, expected: set[str]
) -> None:
    long = {**settings.Q_CLUSTER["ALT_CLUSTERS"][LONG], **change}
    settings.Q_CLUSTER = {**settings.Q_CLUSTER, "ALT_CLUSTERS": {LONG: long}}
    settings.LONG_STALE_SECONDS = stale
    found = checks.queue()
    assert ids(found) == expected
    assert all(f"（{LONG}）" in message.msg for message in found if message.id != "portal.E016")


def test_long_work_has_a_cluster(settings: object) -> None:
    settings.Q_CLUSTER = {**settings.Q_CLUSTER, "ALT_CLUSTERS": {}}
    assert ids(checks.queue()) == {"portal.E015"}


IMMEDIATE = {"transaction_mode": "IMMEDIATE"}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, set()),
        ({"ATOMIC_REQUESTS": True}, {"portal.E020"}),
        ({"OPTIONS": {}}, {"portal.E021"}),
        ({"OPTIONS": {"transaction_mode": "DEFERRED"}}, {"portal.E021"}),
        ({"OPTIONS": {**IMMEDIATE, "pool": True}}, {"portal.E022"}),
        ({"ENGINE": "django.db.backends.postgresql", "OPTIONS": {"pool": True}}, {"portal.E022"}),
    ],
)
def test_it_refuses_database_settings_that_lock(
    monkeypatch: pytest.MonkeyPatch, change: dict[str, object], expected: set[str]
) -> None:
    sqlite = {"ENGINE": "django.db.backends.sqlite3", "OPTIONS": IMMEDIATE}
    monkeypatch.setattr(checks, "settings", SimpleNamespace(DATABASES={"default": {**sqlite, **change}}))
    assert ids(checks.databases_settings()) == expected


GOOD_KEY = "q7Jx2Lw9Zk4Vn8Tb6Rm1Yc3Hd5Gf0Sp-Qa_Ue7Io9Px2Lw"


@pytest.mark.parametrize(
    ("secret", "fields", "expected"),
    [
        (GOOD_KEY, [GOOD_KEY[::-1]], set()),
        ("short", [GOOD_KEY], {"portal.E004"}),
        ("a" * 60, [GOOD_KEY], {"portal.E004"}),
        ("django-insecure-" + GOOD_KEY, [GOOD_KEY], {"portal.E004"}),
        (GOOD_KEY, ["0" * 43], {"portal.E004"}),
        (GOOD_KEY, [], {"portal.E005"}),
        (GOOD_KEY, [GOOD_KEY], {"portal.E006"}),
    ],
)
def test_it_refuses_weak_or_shared_keys(
    settings: object, secret: str, fields: list[str], expected: set[str]
) -> None:
    settings.SECRET_KEY = secret
    settings.FIELD_KEYS = fields
    assert ids(checks.keys()) == expected


@pytest.mark.django_db
def test_the_test_database_can_search_chinese() -> None:
    assert ids(checks.locale(databases=["default"])) == set()


@pytest.mark.postgresql
@pytest.mark.django_db
def test_it_refuses_a_postgresql_database_with_locale_c(monkeypatch: pytest.MonkeyPatch) -> None:
    class Answers:
        def __enter__(self) -> "Answers":
            return self

        def __exit__(self, *_: object) -> None: ...

        def execute(self, sql: str) -> None:
            assert "pg_database" in sql

        def fetchone(self) -> tuple[str, str]:
            return ("C", "UTF8")

    monkeypatch.setattr(connection, "cursor", Answers)
    assert ids(checks.locale(databases=["default"])) == {"portal.E030"}


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("PASSWORD_PROFILE", "asvs", set()),
        ("PASSWORD_PROFILE", "easy", {"portal.E040"}),
        ("SECOND_FACTOR_ROLES", ["all"], set()),
        ("SECOND_FACTOR_ROLES", ["sysadmin", "editor"], set()),
        ("SECOND_FACTOR_ROLES", ["sysadmins"], {"portal.E041"}),
        ("TRUSTED_PROXIES", ["10.0.0.5", "10.1.0.0/28", "::1"], set()),
        ("TRUSTED_PROXIES", ["proxy.example.gov.cn"], {"portal.E042"}),
        ("PASSWORD_DENYLIST_FILE", "nowhere/leaked.txt", {"portal.E043"}),
    ],
)
def test_a_guard_is_not_switched_off_by_a_typing_error(
    settings: object, name: str, value: object, expected: set[str]
) -> None:
    setattr(settings, name, value)
    assert ids(checks.signing_in()) == expected


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        ([], {"portal.W044"}),
        (["window_clerk"], {"portal.W044"}),
        (["sysadmin", "security_admin", "auditor", "editor"], set()),
        (["all"], set()),
    ],
)
def test_administrators_with_a_password_alone_are_told_of(
    settings: object, roles: list[str], expected: set[str]
) -> None:
    settings.SECOND_FACTOR_ROLES = roles
    assert ids(checks.second_factors()) == expected


@pytest.mark.parametrize(
    ("folder", "backend", "expected"),
    [
        ("/srv/anchors", "smtp", set()),
        ("var", "smtp", {"portal.W048"}),
        ("/srv/anchors", "filebased", {"portal.W049"}),
    ],
)
def test_what_is_handed_outside_really_leaves(
    settings: object, folder: str, backend: str, expected: set[str]
) -> None:
    settings.LEDGER_ANCHOR_DIR = settings.VAR_DIR / "anchors" if folder == "var" else folder
    settings.EMAIL_BACKEND = f"django.core.mail.backends.{backend}.EmailBackend"
    assert ids(checks.handed_outside()) == expected
