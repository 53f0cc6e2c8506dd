"""Policies, headers, sessions, log lines and the lock against guessed passwords."""

import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from portal.logs import ContextFilter, JsonFormatter
from portal.middleware import EDITOR_POLICY, STRICT_POLICY
from tests.cast import PASSWORD, Cast

ROOT = Path(__file__).resolve().parents[2]
LOGIN = "/accounts/login/"


# -- policies and headers ------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/", LOGIN, "/healthz", "/preferences/", "/nowhere/", "/desk/"])
def test_public_and_desk_pages_have_the_strict_policy(client: Client, address: str) -> None:
    response = client.get(address)
    assert response["Content-Security-Policy"] == STRICT_POLICY
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    assert "camera=()" in response["Permissions-Policy"]


def test_the_strict_policy_allows_nothing_inline() -> None:
    assert "unsafe" not in STRICT_POLICY
    assert "unsafe-eval" not in EDITOR_POLICY
    for directive in ("default-src 'self'", "object-src 'none'", "base-uri 'self'", "form-action 'self'"):
        assert directive in STRICT_POLICY
        assert directive in EDITOR_POLICY


@pytest.mark.django_db
def test_the_editors_desk_has_its_own_policy(client: Client) -> None:
    assert client.get("/cms/")["Content-Security-Policy"] == EDITOR_POLICY


@pytest.mark.django_db
def test_a_request_keeps_a_safe_id_and_replaces_any_other(client: Client) -> None:
    good = client.get("/healthz", headers={"X-Request-ID": "abcdef-123456"})
    assert good["X-Request-ID"] == "abcdef-123456"
    bad = client.get("/healthz", headers={"X-Request-ID": 'x"}\n{"level":"forged'})
    assert len(bad["X-Request-ID"]) == 32


def _settings_under(**environment: str) -> dict[str, object]:
    code = (
        "import json; from portal import settings as s; print(json.dumps({k: getattr(s, k) for k in ("
        "'SESSION_COOKIE_NAME','CSRF_COOKIE_NAME','SESSION_COOKIE_SECURE','SECURE_SSL_REDIRECT',"
        "'SECURE_HSTS_SECONDS','ALLOWED_HOSTS','DEBUG','DEMO','API_V3_PREVIEW')}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    return dict(json.loads(done.stdout))


def test_https_brings_host_cookies_hsts_and_redirect(tmp_path: Path) -> None:
    found = _settings_under(VAR_DIR=str(tmp_path), PUBLIC_URL="https://linkage.example.gov.cn")
    assert found["SESSION_COOKIE_NAME"] == "__Host-sessionid"
    assert found["CSRF_COOKIE_NAME"] == "__Host-csrftoken"
    assert found["SESSION_COOKIE_SECURE"] is True
    assert found["SECURE_SSL_REDIRECT"] is True
    assert found["SECURE_HSTS_SECONDS"] == 31_536_000
    assert found["ALLOWED_HOSTS"] == ["linkage.example.gov.cn"]


def test_with_nothing_set_it_is_loopback_without_debug_and_makes_its_keys(tmp_path: Path) -> None:
    found = _settings_under(VAR_DIR=str(tmp_path))
    assert found["SESSION_COOKIE_SECURE"] is False
    assert found["DEBUG"] is False
    assert found["DEMO"] is False
    assert found["API_V3_PREVIEW"] is False
    for name in ("secret_key", "field_key"):
        assert (tmp_path / name).stat().st_mode & 0o077 == 0
    keys = {(tmp_path / name).read_text() for name in ("secret_key", "field_key")}
    assert len(keys) == 2
    _settings_under(VAR_DIR=str(tmp_path))
    assert keys == {(tmp_path / name).read_text() for name in ("secret_key", "field_key")}


# -- sessions ------------------------------------------------------------------


def test_signed_in_pages_stay_out_of_caches(cast: Cast, sign_in: object) -> None:
    assert "no-store" in sign_in(cast.clerk).get("/accounts/password_change/")["Cache-Control"]


def _is_signed_in(client: Client) -> bool:
    return client.get("/accounts/").status_code == 200


def test_half_an_hour_of_silence_ends_the_session(cast: Cast, sign_in: object) -> None:
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        client = sign_in(cast.clerk)
        assert _is_signed_in(client)
        for _ in range(3):  # work keeps it alive
            clock.shift(29 * 60)
            assert _is_signed_in(client)
        clock.shift(30 * 60 + 1)
        assert not _is_signed_in(client)
        page = client.get(LOGIN).content.decode()
        assert "请重新登录" in page


def test_an_editor_page_left_open_does_not_keep_the_session_alive(cast: Cast, sign_in: object) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client = sign_in(cast.editor)
        assert _is_signed_in(client)
        for _ in range(3):  # the page asks by itself who else edits it
            clock.shift(601)
            client.post("/cms/editing-sessions/release/1/")
        assert not _is_signed_in(client)


def test_twelve_hours_end_a_session_that_is_never_idle(cast: Cast, sign_in: object) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client = sign_in(cast.clerk)
        assert _is_signed_in(client)
        for _ in range(24 * 3 - 1):
            clock.shift(600)
            assert _is_signed_in(client)
        clock.shift(601)
        assert not _is_signed_in(client)


def test_changing_the_password_ends_the_other_sessions(cast: Cast, sign_in: object) -> None:
    here, elsewhere = sign_in(cast.clerk), sign_in(cast.clerk)
    assert _is_signed_in(elsewhere)
    fresh = "ke-yi-ji-zhu-de-42-zi"
    answer = here.post(
        "/accounts/password_change/",
        {"old_password": PASSWORD, "new_password1": fresh, "new_password2": fresh},
    )
    assert answer.status_code == 302
    assert _is_signed_in(here)
    assert not _is_signed_in(elsewhere)


def test_a_disabled_account_is_out_at_the_next_request(cast: Cast, sign_in: object) -> None:
    client = sign_in(cast.clerk)
    assert _is_signed_in(client)
    cast.clerk.is_active = False
    cast.clerk.save()
    assert not _is_signed_in(client)


def test_signing_in_gives_a_new_session_and_leads_to_the_right_desk(cast: Cast) -> None:
    for user, target in ((cast.clerk, "/desk/"), (cast.editor, "/cms/")):
        client = Client()
        client.get(LOGIN)
        response = client.post(LOGIN, {"username": user.username, "password": PASSWORD})
        assert response.status_code == 302
        assert response["Location"] == target


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:1"]
)
def test_signing_in_never_leads_to_another_site(cast: Cast, target: str) -> None:
    response = Client().post(LOGIN, {"username": "clerk", "password": PASSWORD, "next": target})
    assert response["Location"] == "/desk/"


def test_signing_out_needs_a_post(cast: Cast, sign_in: object) -> None:
    client = sign_in(cast.clerk)
    assert client.get("/accounts/logout/").status_code == 405
    assert client.post("/accounts/logout/").status_code in {200, 302}
    assert not _is_signed_in(client)


# -- guessed passwords (R-53) --------------------------------------------------


def _try(client: Client, username: str, password: str, **extra: str) -> object:
    return client.post(LOGIN, {"username": username, "password": password}, **extra)


def test_five_wrong_passwords_lock_the_account_for_that_address_only(cast: Cast) -> None:
    assert _try(Client(REMOTE_ADDR="203.0.113.8"), "clerk", PASSWORD).status_code == 302
    client = Client(REMOTE_ADDR="203.0.113.7")
    answers = [_try(client, "clerk", f"wrong-{n}").status_code for n in range(5)]
    assert answers[:4] == [200] * 4
    locked = _try(client, "clerk", PASSWORD)  # the right one no longer helps
    assert locked.status_code == 429
    assert "登录已暂停" in locked.content.decode()
    assert "15 分钟" in locked.content.decode()
    # Nobody can lock a colleague out of the own place, nor does the address lock other accounts.
    assert _try(Client(REMOTE_ADDR="203.0.113.8"), "clerk", PASSWORD).status_code == 302
    assert _try(Client(REMOTE_ADDR="203.0.113.7"), "handler", PASSWORD).status_code == 302


def test_a_forged_forwarding_header_does_not_help(cast: Cast) -> None:
    for number in range(5):
        _try(Client(REMOTE_ADDR="203.0.113.7"), "clerk", "wrong", HTTP_X_FORWARDED_FOR=f"198.51.100.{number}")
    assert _try(Client(REMOTE_ADDR="203.0.113.7"), "clerk", PASSWORD).status_code == 429


def test_the_lock_opens_after_a_quarter_of_an_hour(cast: Cast) -> None:
    client = Client(REMOTE_ADDR="203.0.113.7")
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(5):
            _try(client, "clerk", "wrong")
        assert _try(client, "clerk", PASSWORD).status_code == 429
        clock.shift(15 * 60 + 1)
        assert _try(client, "clerk", PASSWORD).status_code == 302


# -- log lines -----------------------------------------------------------------


def test_a_log_line_is_json_and_hides_personal_numbers() -> None:
    try:
        raise ValueError("bad 11010519491231002X")
    except ValueError:
        error = sys.exc_info()
    message = "call %s about %s"
    record = logging.LogRecord(
        "portal", 40, __file__, 1, message, ("13812345678", "11010519491231002X"), error
    )
    ContextFilter().filter(record)
    line = JsonFormatter().format(record)
    found = json.loads(line)
    assert found["message"] == "call *** about ***"
    assert "ValueError" in found["error"]
    assert "13812345678" not in line
    assert "11010519491231002X" not in line
    assert "\n" not in line


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "address"), [("portal.health", "/readyz"), ("django.request", "/nowhere/")])
def test_a_log_line_carries_the_request_id(client: Client, name: str, address: str) -> None:
    logger = logging.getLogger(name)
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    handler = Keep()
    handler.addFilter(ContextFilter())
    handler.setFormatter(JsonFormatter())
    logger.addHandler(handler)
    try:
        client.get(address, headers={"X-Request-ID": "abcdef-123456"})
    finally:
        logger.removeHandler(handler)
    assert [json.loads(line)["request_id"] for line in lines] == ["abcdef-123456"]
