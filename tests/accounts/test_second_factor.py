"""The second factor: enrolled with a code, each code taken once, unreadable at rest, reset by one role only."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from casework.core.ledger.models import LedgerEntry
from portal.accounts import second_factor
from portal.accounts.errors import AccountRefused, NotAllowed
from portal.accounts.models import Authenticator, RecoveryCode, SecurityNotice
from portal.accounts.roles import Role
from tests.accounts.phone import STEP, enrol, shows
from tests.cast import NOW, Cast, person
from tests.racing import race


def notes(action: str) -> list[LedgerEntry]:
    return list(LedgerEntry.objects.filter(action=f"account.{action}"))


# -- who needs one -------------------------------------------------------------
@pytest.mark.parametrize(
    ("roles", "needs"),
    [([], False), (["window_clerk"], True), (["editor", "auditor"], False), (["all"], True)],
)
def test_the_setting_says_which_roles_need_one(cast: Cast, settings, roles, needs) -> None:
    settings.SECOND_FACTOR_ROLES = roles
    assert second_factor.is_required(cast.clerk, NOW.date()) is needs


def test_an_ended_role_asks_for_nothing(cast: Cast, settings) -> None:
    settings.SECOND_FACTOR_ROLES = ["window_clerk"]
    cast.clerk.memberships.update(valid_to=NOW.date() - timedelta(days=1))
    assert not second_factor.is_required(cast.clerk, NOW.date())


def test_without_the_setting_nobody_is_asked_at_all(cast: Cast, settings, django_assert_num_queries) -> None:
    settings.SECOND_FACTOR_ROLES = []
    with django_assert_num_queries(0):
        assert not second_factor.is_required(cast.clerk, NOW.date())


# -- enrolment -----------------------------------------------------------------
def test_nothing_counts_before_the_first_code(cast: Cast) -> None:
    begun = second_factor.begin(user=cast.clerk, now=NOW)
    assert not second_factor.is_enrolled(cast.clerk)
    assert not second_factor.accept(user=cast.clerk, code=shows(cast.clerk, NOW), now=NOW)
    with pytest.raises(second_factor.WrongCode):
        second_factor.confirm(user=cast.clerk, code="000000", keep="", now=NOW)
    again = second_factor.begin(user=cast.clerk, now=NOW)
    assert again.secret != begun.secret  # a secret that somebody may have seen is not used later
    assert RecoveryCode.objects.count() == 0


def test_enrolment_gives_ten_codes_and_is_told(cast: Cast) -> None:
    codes = enrol(cast.clerk, NOW)
    assert len(set(codes)) == 10
    assert second_factor.is_enrolled(cast.clerk)
    assert second_factor.codes_left(cast.clerk) == 10
    assert notes("second_factor_enrolled")[0].actor == cast.clerk
    assert "动态口令" in SecurityNotice.objects.get(user=cast.clerk).text
    with pytest.raises(AccountRefused):
        second_factor.begin(user=cast.clerk, now=NOW)


def test_the_code_that_enrolled_signs_nobody_in(cast: Cast) -> None:
    enrol(cast.clerk, NOW)
    assert not second_factor.accept(user=cast.clerk, code=shows(cast.clerk, NOW), now=NOW)
    assert second_factor.accept(user=cast.clerk, code=shows(cast.clerk, NOW + STEP), now=NOW + STEP)


def test_the_secret_can_be_typed_and_scanned(cast: Cast, settings) -> None:
    begun = second_factor.begin(user=cast.clerk, now=NOW)
    typed = second_factor.typed_secret(begun)
    assert len(typed.replace(" ", "")) == 32
    address = second_factor.app_address(begun)
    assert address.startswith("otpauth://totp/")
    assert f"secret={typed.replace(' ', '')}" in address
    svg = second_factor.qr_svg(begun)
    assert svg.startswith("<svg")
    assert "style" not in svg
    assert "script" not in svg


# -- each code once ------------------------------------------------------------
@pytest.mark.parametrize(
    ("later", "good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False), (20, False)]
)
def test_a_code_is_good_for_its_half_minute_and_its_neighbours(cast: Cast, later: int, good: bool) -> None:
    enrol(cast.clerk, NOW)
    now = NOW + 10 * STEP
    assert second_factor.accept(user=cast.clerk, code=shows(cast.clerk, now, later=later), now=now) is good


def test_a_code_is_taken_once_and_no_older_one_after_it(cast: Cast) -> None:
    enrol(cast.clerk, NOW)
    now = NOW + 10 * STEP
    older, code = shows(cast.clerk, now, later=-1), shows(cast.clerk, now)
    assert second_factor.accept(user=cast.clerk, code=code, now=now)
    assert not second_factor.accept(user=cast.clerk, code=code, now=now)
    assert not second_factor.accept(user=cast.clerk, code=older, now=now)


@pytest.mark.parametrize("typed", ["{a}{b} ", " {a}{b}", "{a} {b}", "{a}-{b}"])
def test_blanks_and_hyphens_do_not_matter(cast: Cast, typed: str) -> None:
    enrol(cast.clerk, NOW)
    now = NOW + 10 * STEP
    code = shows(cast.clerk, now)
    assert second_factor.accept(user=cast.clerk, code=typed.format(a=code[:3], b=code[3:]), now=now)


@given(st.text(max_size=40).filter(lambda text: not text.replace(" ", "").isdecimal()))
def test_no_text_but_six_digits_is_looked_at(text: str) -> None:
    assert not second_factor._take(
        Authenticator(secret="00" * 20), text, NOW
    )  # no database: it never gets there


@pytest.mark.sqlite
def test_two_windows_cannot_use_the_same_code(cast: Cast, tmp_path) -> None:
    enrol(cast.clerk, NOW)
    now = NOW + 10 * STEP
    code = shows(cast.clerk, now)
    tries = [lambda: second_factor.accept(user=cast.clerk, code=code, now=now)] * 6
    assert sorted(race(tries, tmp_path), key=str) == [False] * 5 + [True]


@pytest.mark.sqlite
def test_two_windows_cannot_use_the_same_recovery_code(cast: Cast, tmp_path) -> None:
    code = enrol(cast.clerk, NOW)[0]
    tries = [lambda: second_factor.accept(user=cast.clerk, code=code, now=NOW)] * 6
    assert sorted(race(tries, tmp_path), key=str) == [False] * 5 + [True]


# -- recovery codes ------------------------------------------------------------
def test_a_recovery_code_is_good_once_for_its_owner(cast: Cast) -> None:
    codes = enrol(cast.clerk, NOW)
    enrol(cast.handler, NOW)
    assert not second_factor.accept(user=cast.handler, code=codes[0], now=NOW)
    assert second_factor.accept(user=cast.clerk, code=codes[0].upper(), now=NOW)
    assert not second_factor.accept(user=cast.clerk, code=codes[0], now=NOW)
    assert second_factor.codes_left(cast.clerk) == 9
    assert json.loads(notes("recovery_code_used")[0].payload) == {"left": 9}


def test_new_codes_make_the_old_ones_void(cast: Cast) -> None:
    old = enrol(cast.clerk, NOW)
    new = second_factor.new_codes(user=cast.clerk, now=NOW)
    assert not set(old) & set(new)
    assert not second_factor.accept(user=cast.clerk, code=old[0], now=NOW)
    assert second_factor.accept(user=cast.clerk, code=new[0], now=NOW)


def test_without_an_app_there_are_no_recovery_codes(cast: Cast) -> None:
    with pytest.raises(AccountRefused):
        second_factor.new_codes(user=cast.clerk, now=NOW)


# -- at rest (R-101) -----------------------------------------------------------
def test_a_dump_shows_neither_secret_nor_codes(cast: Cast) -> None:
    codes = enrol(cast.clerk, NOW)
    secret = cast.clerk.authenticator.secret
    with connection.cursor() as cursor:
        found = []
        for table in ("accounts_authenticator", "accounts_recoverycode"):
            cursor.execute(f"SELECT * FROM {table}")
            found.append(str(cursor.fetchall()))
    dump = "".join(found)
    assert secret not in dump
    assert second_factor.typed_secret(cast.clerk.authenticator).replace(" ", "") not in dump
    assert not [code for code in codes if code in dump or code.replace("-", "") in dump]


# -- the end of one ------------------------------------------------------------
def test_a_security_administrator_resets_it(cast: Cast, sign_in) -> None:
    client = sign_in(cast.clerk)
    enrol(cast.clerk, NOW)
    guard = person("guard", "示例安全管理员", (cast.elsewhere, Role.SECURITY_ADMIN))
    second_factor.reset(user=cast.clerk, by=guard, now=NOW)
    assert not second_factor.is_enrolled(cast.clerk)
    assert RecoveryCode.objects.filter(user=cast.clerk).count() == 0
    assert client.get("/accounts/").status_code == 302
    entry = notes("second_factor_reset")[0]
    assert (entry.actor, entry.object_id) == (guard, str(cast.clerk.pk))
    assert "安全管理员重置" in SecurityNotice.objects.filter(user=cast.clerk).first().text


def test_nobody_else_resets_it(cast: Cast) -> None:
    enrol(cast.clerk, NOW)
    guard = person("guard", "示例安全管理员", (cast.elsewhere, Role.SECURITY_ADMIN))
    retired = person("retired", "示例前任", (cast.elsewhere, Role.SECURITY_ADMIN))
    retired.memberships.update(valid_to=NOW.date() - timedelta(days=1))
    for by in (cast.sysadmin, cast.auditor, cast.clerk, cast.chief, retired):
        with pytest.raises(NotAllowed):
            second_factor.reset(user=cast.clerk, by=by, now=NOW)
    enrol(guard, NOW)
    with pytest.raises(NotAllowed):
        second_factor.reset(user=guard, by=guard, now=NOW)
    assert second_factor.is_enrolled(cast.clerk)
    assert second_factor.is_enrolled(guard)


def test_a_person_does_without(cast: Cast) -> None:
    enrol(cast.clerk, NOW)
    second_factor.remove(user=cast.clerk, keep="", now=NOW)
    assert not second_factor.is_enrolled(cast.clerk)
    assert len(notes("second_factor_removed")) == 1
    second_factor.remove(user=cast.clerk, keep="", now=NOW)
    assert len(notes("second_factor_removed")) == 1
