"""Signing in over HTTP: one step or two, no way around the second, and what comes first afterwards."""

import re

import pytest
import time_machine
from django.contrib.auth import authenticate, login
from django.core.exceptions import PermissionDenied
from django.test import Client, RequestFactory

from casework.core.ledger.models import LedgerEntry
from portal.accounts import passwords, second_factor, sessions
from portal.accounts.groups import sync_groups
from portal.accounts.models import AccountSession
from portal.accounts.roles import Role
from portal.accounts.signing_in import PENDING_SECONDS
from tests.accounts.phone import STEP, enrol, shows
from tests.cast import NOW, PASSWORD, Cast, person

LOGIN, CODE = "/accounts/login/", "/accounts/login/code/"


@pytest.fixture
def clock():
    with time_machine.travel(NOW + 10 * STEP, tick=False) as travel:
        yield travel


@pytest.fixture
def enrolled(cast: Cast, clock) -> list[str]:
    """The clerk signs in with a second factor; the recovery codes."""
    return enrol(cast.clerk, NOW)


def first_step(client: Client, username: str = "clerk", password: str = PASSWORD, **more: str):
    return client.post(LOGIN, {"username": username, "password": password, **more})


def is_in(client: Client) -> bool:
    return client.get("/desk/").status_code == 200


# -- one step, two steps -------------------------------------------------------
def test_without_an_app_one_step_is_enough(cast: Cast) -> None:
    client = Client()
    assert first_step(client)["Location"] == "/desk/"
    assert is_in(client)
    assert LedgerEntry.objects.filter(action="account.signed_in", actor=cast.clerk).count() == 1


def test_the_password_alone_lets_nobody_in(cast: Cast, enrolled) -> None:
    client = Client()
    assert first_step(client)["Location"] == CODE
    assert not is_in(client)
    assert AccountSession.objects.filter(user=cast.clerk).count() == 0
    assert LedgerEntry.objects.filter(action="account.signed_in").count() == 0


def test_password_and_code_let_in_and_lead_where_one_wanted_to_go(cast: Cast, enrolled, clock) -> None:
    client = Client()
    first_step(client, next="/desk/cases/")
    between = client.cookies["sessionid"].value
    answer = client.post(CODE, {"code": shows(cast.clerk, NOW + 10 * STEP)})
    assert answer["Location"] == "/desk/cases/"
    assert client.cookies["sessionid"].value != between  # a new id once somebody is signed in
    assert is_in(client)


def test_a_code_used_once_is_refused_in_another_browser(cast: Cast, enrolled, clock) -> None:
    code = shows(cast.clerk, NOW + 10 * STEP)
    for number, wanted in enumerate((302, 422)):
        client = Client()
        first_step(client)
        assert client.post(CODE, {"code": code}).status_code == wanted, number
        assert is_in(client) is (number == 0)


def test_a_recovery_code_does_instead_of_the_app(cast: Cast, enrolled) -> None:
    client = Client()
    first_step(client)
    assert client.post(CODE, {"code": enrolled[0]}).status_code == 302
    assert is_in(client)
    other = Client()
    first_step(other)
    page = other.post(CODE, {"code": enrolled[0]})
    assert page.status_code == 422
    assert "已经用过" in page.content.decode()


def test_the_second_step_needs_the_first(cast: Cast, enrolled, clock) -> None:
    client = Client()
    assert client.post(CODE, {"code": shows(cast.clerk, NOW + 10 * STEP)})["Location"] == LOGIN
    assert not is_in(client)


def test_five_minutes_later_one_begins_again(cast: Cast, enrolled, clock) -> None:
    client = Client()
    first_step(client)
    clock.shift(PENDING_SECONDS + 1)
    assert client.post(CODE, {"code": enrolled[0]})["Location"] == LOGIN
    assert not is_in(client)


@pytest.mark.parametrize("change", ["disabled", "password"])
def test_what_changes_between_the_steps_counts(cast: Cast, enrolled, change: str) -> None:
    client = Client()
    first_step(client)
    if change == "disabled":
        cast.clerk.is_active = False
    else:
        cast.clerk.set_password("another-one-42-Z")
    cast.clerk.save()
    assert client.post(CODE, {"code": enrolled[0]})["Location"] == LOGIN
    assert not is_in(client)


def test_guessed_codes_bring_the_same_wait_as_guessed_passwords(cast: Cast, enrolled, clock) -> None:
    client = Client()
    first_step(client)
    answers = [client.post(CODE, {"code": f"00000{number}"}).status_code for number in range(5)]
    assert answers == [422] * 4 + [429]
    assert client.post(CODE, {"code": enrolled[0]}).status_code == 429  # the right one no longer helps
    assert second_factor.codes_left(cast.clerk) == 10  # nor is it used up
    assert first_step(Client()).status_code == 429


# -- no way around -------------------------------------------------------------
@pytest.mark.parametrize("address", ["/cms/login/", "/_util/login/"])
def test_the_frames_own_sign_in_pages_lead_to_ours(cast: Cast, enrolled, address: str) -> None:
    client = Client()
    for answer in (
        client.get(f"{address}?next=/cms/"),
        client.post(address, {"username": "clerk", "password": PASSWORD}),
    ):
        assert answer.status_code == 302
        assert answer["Location"].startswith(LOGIN)
    assert "sessionid" not in client.cookies
    assert client.get(f"{address}?next=/cms/")["Location"] == f"{LOGIN}?next=/cms/"


def test_passwords_are_not_reset_by_mail(cast: Cast, mailoutbox) -> None:
    client = Client()
    assert client.get("/cms/password_reset/").status_code == 404
    assert client.post("/cms/password_reset/", {"email": cast.clerk.email}).status_code == 404
    assert not mailoutbox


def test_whoever_calls_login_without_a_code_gets_no_session(cast: Cast, enrolled) -> None:
    request = RequestFactory().post(LOGIN)
    request.session = Client().session
    user = authenticate(request, username="clerk", password=PASSWORD)
    with pytest.raises(PermissionDenied):
        login(request, user)
    assert not request.session.keys()
    assert AccountSession.objects.filter(user=cast.clerk).count() == 0


def test_the_guard_notices_when_it_is_taken_away(cast: Cast, enrolled, monkeypatch) -> None:
    """The deliberate break: without the check of ``_begin`` the test above must fail."""
    monkeypatch.setattr(second_factor, "is_enrolled", lambda user: False)
    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
        test_whoever_calls_login_without_a_code_gets_no_session(cast, enrolled)


def test_the_editors_desk_asks_for_the_code_as_well(cast: Cast, clock) -> None:
    sync_groups(today=NOW.date())
    enrol(cast.editor, NOW)
    client = Client()
    assert client.get("/cms/")["Location"].startswith(LOGIN)
    first_step(client, "editor", next="/cms/")
    assert client.get("/cms/")["Location"].startswith(LOGIN)
    client.post(CODE, {"code": shows(cast.editor, NOW + 10 * STEP)})
    assert client.get("/cms/").status_code == 200


# -- a role that must ----------------------------------------------------------
def test_whose_role_must_have_one_enrols_before_anything_else(cast: Cast, settings, clock) -> None:
    settings.SECOND_FACTOR_ROLES = ["window_clerk"]
    client = Client()
    first_step(client)
    enrolling = "/accounts/second-factor/enrol/"
    for address in ("/desk/", "/accounts/", "/", "/cms/", "/desk/cases/"):
        assert client.get(address)["Location"] == enrolling
    hx = client.post("/desk/reminders/read/", headers={"HX-Request": "true"})
    assert hx["HX-Redirect"] == enrolling
    assert "开始启用" in client.get(enrolling).content.decode()
    assert client.post("/accounts/second-factor/begin/")["Location"] == enrolling
    page = client.get(enrolling).content.decode()
    assert "<svg viewBox" in page
    typed = re.search(r"data-secret>([A-Z2-7 ]+)<", page).group(1)
    assert typed == second_factor.typed_secret(cast.clerk.authenticator)
    before = client.cookies["sessionid"].value
    done = client.post(enrolling, {"code": shows(cast.clerk, NOW + 10 * STEP)})
    shown = re.findall(r"data-recovery-code>([0-9a-z-]+)<", done.content.decode())
    assert len(shown) == 10
    assert "no-store" in done["Cache-Control"]
    assert client.cookies["sessionid"].value != before
    assert is_in(client)
    assert client.get(enrolling)["Location"] == "/accounts/"  # codes and secret are never shown again
    assert not set(shown) & set(
        re.findall(r"[0-9a-z]{5}-[0-9a-z]{5}", client.get("/accounts/").content.decode())
    )


def test_a_role_that_asks_from_now_on_reaches_open_sessions(cast: Cast, settings, sign_in) -> None:
    client, other = sign_in(cast.clerk), sign_in(cast.handler)
    assert is_in(client)
    settings.SECOND_FACTOR_ROLES = ["window_clerk"]
    assert client.get("/desk/").status_code == 302
    assert is_in(other)


def test_who_must_have_one_only_changes_telephones(cast: Cast, settings, clock) -> None:
    enrol(cast.clerk, NOW)
    settings.SECOND_FACTOR_ROLES = ["all"]
    client = Client()
    first_step(client)
    client.post(CODE, {"code": shows(cast.clerk, NOW + 10 * STEP)})
    assert "更换手机" in client.get("/accounts/second-factor/remove/").content.decode()
    assert client.post("/accounts/second-factor/remove/")["Location"] == "/accounts/second-factor/enrol/"
    assert client.get("/desk/")["Location"] == "/accounts/second-factor/enrol/"


# -- a password handed over ----------------------------------------------------
def test_a_password_handed_over_is_changed_first(cast: Cast, sign_in, clock) -> None:
    elsewhere = sign_in(cast.clerk)
    given, own = "Anfang-fuer-dich-7", "Etwas-ganz-Eigenes-8"
    passwords.give(user=cast.clerk, password=given, by=cast.sysadmin, now=NOW)
    assert not is_in(elsewhere)
    client = Client()
    first_step(client, password=given)
    assert client.get("/desk/")["Location"] == "/accounts/password_change/"
    assert "由管理员设置" in client.get("/accounts/password_change/").content.decode()
    same = {"old_password": given, "new_password1": given, "new_password2": given}
    assert client.post("/accounts/password_change/", same).status_code == 422
    assert client.get("/desk/").status_code == 302
    fresh = {"old_password": given, "new_password1": own, "new_password2": own}
    assert client.post("/accounts/password_change/", fresh).status_code == 302
    assert is_in(client)
    again = Client()
    first_step(again, password=own)
    assert is_in(again)


def test_who_has_both_to_do_does_one_after_the_other(cast: Cast, settings) -> None:
    settings.SECOND_FACTOR_ROLES = ["all"]
    passwords.give(user=cast.clerk, password="Anfang-fuer-dich-7", by=cast.sysadmin, now=NOW)
    client = Client()
    first_step(client, password="Anfang-fuer-dich-7")
    assert client.get("/desk/")["Location"] == "/accounts/password_change/"
    own = "Etwas-ganz-Eigenes-8"
    client.post(
        "/accounts/password_change/",
        {"old_password": "Anfang-fuer-dich-7", "new_password1": own, "new_password2": own},
    )
    assert client.get("/desk/")["Location"] == "/accounts/second-factor/enrol/"


# -- signing out ---------------------------------------------------------------
def test_signing_out_is_noted_and_final(cast: Cast, sign_in) -> None:
    client = sign_in(cast.clerk)
    assert client.post("/accounts/logout/")["Location"] == "/"
    assert not is_in(client)
    assert AccountSession.objects.filter(user=cast.clerk).count() == 0
    assert LedgerEntry.objects.filter(action="account.signed_out", actor=cast.clerk).count() == 1


def test_signing_in_again_begins_the_hours_again(cast: Cast) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        client = Client()
        first_step(client)
        for _ in range(24):
            clock.shift(29 * 60)
            assert is_in(client)
        first_step(client)
        clock.shift(29 * 60)
        assert is_in(client)
        assert len(sessions.sessions_of(cast.clerk, NOW + STEP * 60 * 24)) == 1


def test_reset_by_the_security_administrator_lets_in_with_the_password(cast: Cast, enrolled) -> None:
    guard = person("guard", "示例安全管理员", (cast.elsewhere, Role.SECURITY_ADMIN))
    second_factor.reset(user=cast.clerk, by=guard, now=NOW)
    assert first_step(Client())["Location"] == "/desk/"
