"""Sensitive acts ask again who is sitting there; nothing typed is lost, nothing happens before."""

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from portal.accounts import confirmation, second_factor
from portal.accounts.models import Authenticator, User
from tests.accounts.phone import STEP, shows
from tests.cast import NOW, PASSWORD, Cast
from tests.seen import hidden
from tests.test_routes import OURS

# Reviewed by hand: acts on the own account that would outlast a stolen session.
SENSITIVE = {
    "password_change",
    "account-contact",
    "second-factor-begin",
    "second-factor-enrol",
    "second-factor-codes",
    "second-factor-remove",
}
CONTACT = "/accounts/contact/"
NEW = {"email": "neu@example.test", "phone": "13800000001"}


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as travel:
        yield travel


@pytest.fixture
def stale(cast: Cast, sign_in, clock) -> Client:
    """The clerk, signed in eleven minutes ago."""
    client = sign_in(cast.clerk)
    clock.shift(601)
    return client


def mail_of(cast: Cast) -> str:
    return User.objects.get(pk=cast.clerk.pk).email


def confirm_check_holds(client: Client) -> None:
    """The proof: each sensitive address asks first, by GET and by POST."""
    for name in SENSITIVE:
        methods = [client.post] if name == "second-factor-begin" else [client.get, client.post]
        for ask in methods:
            answer = ask(reverse(name))
            asked = answer.headers.get("Location", "").startswith("/accounts/confirm/")
            assert asked or "确认身份" in answer.content.decode(), (name, answer.status_code)


def test_every_sensitive_address_asks_first(stale: Client) -> None:
    confirm_check_holds(stale)


def test_the_proof_notices_a_check_that_was_dropped(stale: Client, monkeypatch) -> None:
    """The deliberate break: a check that always says yes must fail the proof."""
    monkeypatch.setattr(confirmation, "is_recent", lambda request, now: True)
    with pytest.raises(AssertionError):
        confirm_check_holds(stale)


def test_the_decorator_stands_where_the_table_says() -> None:
    marked = {name for name, entry in OURS.items() if getattr(entry.callback, "asks_confirmation", False)}
    assert {name for name in marked if not name.startswith("casework:")} >= SENSITIVE


@pytest.mark.parametrize(("seconds", "asked"), [(0, False), (600, False), (601, True)])
def test_ten_minutes_are_recent(cast: Cast, sign_in, clock, seconds: int, asked: bool) -> None:
    client = sign_in(cast.clerk)
    clock.shift(seconds)
    assert (client.get(CONTACT).status_code == 302) is asked


def test_a_get_comes_back_after_the_password(stale: Client) -> None:
    asked = stale.get(f"{CONTACT}?x=1")
    assert asked["Location"] == "/accounts/confirm/?next=%2Faccounts%2Fcontact%2F%3Fx%3D1"
    assert stale.post(asked["Location"], {"confirm_password": "wrong"}).status_code == 422
    assert stale.get(CONTACT).status_code == 302
    assert stale.post(asked["Location"], {"confirm_password": PASSWORD})["Location"] == f"{CONTACT}?x=1"
    assert stale.get(CONTACT).status_code == 200


def test_a_post_is_kept_and_carried_out_once_confirmed(cast: Cast, sign_in, stale: Client) -> None:
    typed = {**hidden(sign_in(cast.clerk), CONTACT, CONTACT), **NEW}
    page = stale.post(CONTACT, typed)
    text = page.content.decode()
    assert "填写的内容已保留" in text
    assert 'name="email" value="neu@example.test"' in text
    assert 'action="/accounts/contact/"' in text
    assert "no-store" in page["Cache-Control"]
    assert mail_of(cast) == "clerk@example.test"
    assert stale.post(CONTACT, {**typed, "confirm_password": "wrong"}).status_code == 422
    assert mail_of(cast) == "clerk@example.test"
    assert stale.post(CONTACT, {**typed, "confirm_password": PASSWORD})["Location"] == "/accounts/"
    assert mail_of(cast) == "neu@example.test"


def test_secrets_are_not_carried(cast: Cast, stale: Client) -> None:
    typed = {"old_password": PASSWORD, "new_password1": "Neu-und-lang-77", "new_password2": "Neu-und-lang-77"}
    page = stale.post("/accounts/password_change/", typed).content.decode()
    assert "Neu-und-lang-77" not in page
    assert "确认后请重新提交" in page
    assert 'action="/accounts/confirm/?next=%2Faccounts%2Fpassword_change%2F"' in page


def test_files_are_not_carried_and_one_comes_back_to_the_form(cast: Cast, clock) -> None:
    @confirmation.recently_confirmed
    def upload(request) -> HttpResponse:
        return HttpResponse("done")

    request = RequestFactory().post(
        "/desk/upload/",
        {"file": SimpleUploadedFile("x.pdf", b"x")},
        headers={"Referer": "http://testserver/desk/cases/1/"},
    )
    request.session, request.user = Client().session, cast.clerk
    page = upload(request).content.decode()
    assert "done" not in page
    assert "next=%2Fdesk%2Fcases%2F1%2F" in page


def test_a_fragment_becomes_a_whole_page(stale: Client) -> None:
    page = stale.post(CONTACT, NEW, headers={"HX-Request": "true"})
    assert page["HX-Retarget"] == "body"
    assert page.status_code == 200
    go = stale.get(CONTACT, headers={"HX-Request": "true"})
    assert go["HX-Redirect"].startswith("/accounts/confirm/")


def test_whoever_is_enrolled_gives_a_code_too(cast: Cast, stale: Client, clock) -> None:
    now = NOW + 30 * STEP
    clock.move_to(now)
    second_factor.begin(user=cast.clerk, now=now)
    cast.clerk.refresh_from_db()
    Authenticator.objects.filter(user=cast.clerk).update(confirmed_at=now)
    address = "/accounts/confirm/?next=/accounts/contact/"
    assert "动态口令或恢复码" in stale.get(address).content.decode()
    assert stale.post(address, {"confirm_password": PASSWORD}).status_code == 422
    code = shows(cast.clerk, now)
    assert stale.post(address, {"confirm_password": PASSWORD, "confirm_code": "000000"}).status_code == 422
    assert stale.get(CONTACT).status_code == 302
    assert stale.post(address, {"confirm_password": PASSWORD, "confirm_code": code}).status_code == 302
    assert stale.get(CONTACT).status_code == 200


def test_another_persons_password_confirms_nothing(cast: Cast, stale: Client) -> None:
    cast.handler.set_password("handlers-own-7")
    cast.handler.save()
    assert stale.post("/accounts/confirm/", {"confirm_password": "handlers-own-7"}).status_code == 422
    assert stale.get(CONTACT).status_code == 302


def test_guessing_here_is_slowed_down_like_at_the_door(stale: Client) -> None:
    answers = [
        stale.post("/accounts/confirm/", {"confirm_password": f"no-{n}"}).status_code for n in range(5)
    ]
    assert answers == [422] * 4 + [429]
    assert stale.post("/accounts/confirm/", {"confirm_password": PASSWORD}).status_code == 429
