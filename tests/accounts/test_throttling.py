"""Guessing: five failures, then waits that grow; no header changes who one is; nobody is locked out from outside."""

import itertools
from datetime import datetime, timedelta

import pytest
import time_machine
from django.test import Client, RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from casework.core.ledger.models import LedgerEntry
from portal.accounts import attempts, throttling
from portal.accounts.models import SignInTry
from portal.accounts.network import client_address
from tests.cast import NOW, PASSWORD, Cast

LOGIN = "/accounts/login/"
MINUTE = timedelta(minutes=1)
ATTACKER, OFFICE = "203.0.113.7", "198.51.100.20"


def at(*minutes: float) -> list[datetime]:
    return [NOW + minute * MINUTE for minute in minutes]


# -- the rules -----------------------------------------------------------------
@pytest.mark.parametrize(
    ("failures", "now", "wait"),
    [
        ((), 0, 0),
        ((0, 1, 2, 3), 3, 0),
        ((0, 1, 2, 3, 4), 4, 15),
        ((0, 1, 2, 3, 4), 10, 9),
        ((0, 1, 2, 3, 4), 19, 0),
        ((0, 5, 10, 15, 20), 20, 0),  # never five within a quarter of an hour
        ((0, 1, 2, 3, 4, 20), 20, 30),  # one more after the wait: twice as long
        ((0, 1, 2, 3, 4, 20, 51), 51, 60),
        ((0, 1, 2, 3, 4, 20, 51, 120, 250, 500), 500, 240),  # four hours at most
    ],
)
def test_the_wait_grows_with_each_failure_after_the_fifth(failures, now, wait) -> None:
    found = throttling.account_wait(at(*failures), throttling.here(5), NOW + now * MINUTE)
    assert found == wait * MINUTE


@pytest.mark.parametrize(("count", "now", "wait"), [(19, 19, 0), (20, 20, 40), (20, 59, 1), (20, 60, 0)])
def test_an_address_has_twenty_an_hour(count, now, wait) -> None:
    assert throttling.address_wait(at(*range(count)), 20, NOW + now * MINUTE) == wait * MINUTE


MOMENTS = st.lists(st.integers(0, 2000), max_size=30).map(lambda rows: at(*sorted(rows)))


@given(MOMENTS, st.integers(0, 3000))
def test_no_wait_is_negative_or_without_end(failures: list[datetime], minute: int) -> None:
    now = NOW + minute * MINUTE
    for delay in (throttling.here(5), throttling.elsewhere(5)):
        wait = throttling.account_wait([each for each in failures if each <= now], delay, now)
        assert timedelta(0) <= wait <= delay.longest


@given(MOMENTS)
def test_one_more_failure_never_shortens_the_wait(failures: list[datetime]) -> None:
    delay = throttling.here(5)
    waits = [
        throttling.account_wait(failures[:count], delay, failures[count - 1])
        for count in range(1, len(failures) + 1)
    ]
    begun = list(itertools.dropwhile(lambda wait: not wait, waits))
    assert begun == sorted(begun)


@given(st.lists(st.integers(0, 2000), max_size=4))
def test_four_failures_cost_nothing(minutes: list[int]) -> None:
    assert not throttling.account_wait(at(*sorted(minutes)), throttling.here(5), NOW + 2000 * MINUTE)


# -- at the door ---------------------------------------------------------------
def knock(password: str, address: str, username: str = "clerk", **headers: str) -> int:
    client = Client(REMOTE_ADDR=address)
    return client.post(LOGIN, {"username": username, "password": password}, headers=headers).status_code


SPOOFS = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "Client-IP", "X-Client-IP", "True-Client-IP")


def guess(tries: int, username: str) -> int:
    """Guess from one machine, each time in another disguise; how often a password was looked at."""
    looked = 0
    for number in range(tries):
        lie = f"192.0.2.{number % 250}"
        header = SPOOFS[number % len(SPOOFS)]
        value = f"for={lie}" if header == "Forwarded" else f"{lie}, 10.0.0.1"
        name = username.format(number)
        looked += knock("wrong", ATTACKER, name, **{header: value, "User-Agent": f"x{number}"}) == 200
    return looked


def test_two_hundred_tries_under_forged_headers_are_four(cast: Cast) -> None:
    assert guess(200, "clerk") == 4  # the fifth is answered with the wait already
    assert SignInTry.objects.filter(succeeded=False).count() == 5
    assert knock(PASSWORD, ATTACKER) == 429


def test_two_hundred_accounts_from_one_machine_are_nineteen(cast: Cast) -> None:
    assert guess(200, "nobody{}") == 19
    assert SignInTry.objects.count() == 20
    assert knock(PASSWORD, ATTACKER, "handler") == 429
    assert knock(PASSWORD, OFFICE, "handler") == 302


def test_the_guesses_notice_a_server_that_believes_everybody(cast: Cast, settings) -> None:
    """The deliberate break: with the attacker taken for a proxy the forged header counts."""
    settings.TRUSTED_PROXIES = ["203.0.113.0/24", "10.0.0.0/8"]
    with pytest.raises(AssertionError):
        test_two_hundred_accounts_from_one_machine_are_nineteen(cast)


def test_nobody_is_locked_out_of_the_own_place(cast: Cast) -> None:
    assert knock(PASSWORD, OFFICE, "sysadmin") == 302
    for number in range(200):
        knock("wrong", f"203.0.{number}.9", "sysadmin")
    assert knock(PASSWORD, OFFICE, "sysadmin") == 302
    assert knock(PASSWORD, "192.0.2.77", "sysadmin") == 429  # a new place waits, at most a quarter of an hour
    wait = attempts.wait(username="sysadmin", address="192.0.2.77", now=NOW)
    assert wait <= timedelta(minutes=15)


def test_many_machines_against_one_account_are_slowed_down_together(cast: Cast) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        looked = 0
        for number in range(240):  # a try every half minute, two hours long, each from a machine of its own
            looked += knock("wrong", f"203.0.{number}.9") == 200
            clock.shift(30)
        assert looked <= 16


def test_a_success_ends_the_count_here(cast: Cast) -> None:
    with time_machine.travel(NOW, tick=False):
        for _ in range(3):
            assert [knock("wrong", OFFICE) for _ in range(4)] == [200] * 4
            assert knock(PASSWORD, OFFICE) == 302


def test_upper_case_and_blanks_do_not_make_another_account(cast: Cast) -> None:
    for name in ("clerk", "CLERK", "Clerk", "ｃｌｅｒｋ", "clerk"):
        knock("wrong", ATTACKER, name)
    assert knock(PASSWORD, ATTACKER) == 429


def test_the_beginning_of_a_wait_is_on_the_ledger_once(cast: Cast) -> None:
    for _ in range(9):
        knock("wrong", ATTACKER)
    entry = LedgerEntry.objects.get(action="account.locked")
    assert (entry.object_id, entry.actor) == (str(cast.clerk.pk), None)
    assert ATTACKER not in entry.payload


def test_the_page_says_how_long(cast: Cast) -> None:
    client = Client(REMOTE_ADDR=ATTACKER)
    with time_machine.travel(NOW, tick=False):
        for _ in range(5):
            page = client.post(LOGIN, {"username": "clerk", "password": "wrong"})
    assert page.status_code == 429
    assert page["Retry-After"] == "900"
    assert "约 15 分钟后" in page.content.decode()


def test_tries_hold_neither_names_nor_addresses_and_are_forgotten(cast: Cast) -> None:
    knock("wrong", ATTACKER)
    row = SignInTry.objects.get()
    assert "clerk" not in row.account
    assert ATTACKER not in row.address
    assert attempts.forget(now=row.at + throttling.KNOWN) == 0
    assert attempts.forget(now=row.at + throttling.KNOWN + MINUTE) == 1


# -- who is asking -------------------------------------------------------------
@pytest.mark.parametrize(
    ("peer", "forwarded", "proxies", "found"),
    [
        (ATTACKER, "", [], ATTACKER),
        (ATTACKER, "1.2.3.4", [], ATTACKER),
        ("10.0.0.1", "1.2.3.4", ["10.0.0.1"], "1.2.3.4"),
        ("10.0.0.1", "6.6.6.6, 1.2.3.4", ["10.0.0.1"], "1.2.3.4"),  # the left one is the sender's own word
        ("10.0.0.1", "6.6.6.6, 1.2.3.4, 10.0.0.2", ["10.0.0.0/8"], "1.2.3.4"),
        ("10.0.0.2", "1.2.3.4", ["10.0.0.1"], "10.0.0.2"),  # in our network, but none of our proxies
        ("10.0.0.1", "", ["10.0.0.1"], "10.0.0.1"),
        ("10.0.0.1", "unknown", ["10.0.0.1"], "10.0.0.1"),
        ("10.0.0.1", "1.2.3.4, <script>", ["10.0.0.1"], "10.0.0.1"),
        ("10.0.0.1", "10.0.0.1, 10.0.0.1", ["10.0.0.1"], "10.0.0.1"),
        ("::1", "2001:db8::7", ["::1"], "2001:db8::7"),
        ("10.0.0.1", ", ".join(["1.2.3.4"] * 5000), ["10.0.0.1"], "1.2.3.4"),
        ("", "1.2.3.4", ["10.0.0.1"], ""),
    ],
)
def test_only_our_own_proxies_speak_for_others(settings, peer, forwarded, proxies, found) -> None:
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=forwarded)
    assert client_address(request) == found
