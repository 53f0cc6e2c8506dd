"""One suite for both password profiles: what each asks, refuses, forgets and lets grow old."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from casework.core.ledger.models import LedgerEntry
from portal.accounts import passwords
from portal.accounts.password_profiles import PROFILES, PasswordProfile
from tests.cast import NOW, Cast

OWN = "Himmel-und-Erde-42"  # good under both
SHORT = "Him-ml-42"  # 9 characters, 4 kinds
PLAIN = "ein satz nur aus kleinen wörtern"  # 2 kinds
# Refused whatever the profile: known, decorated, guessable, the person's own name, endless.
BAD = (
    *(
        "password",
        "Password1!",
        "P@ssw0rd2024",
        "1q2w3e4r5t6y",
        "Qwertyuiop12!",
        "iloveyou1234!",
        "123456789012",
    ),
    *("A1!clerk", "clerk-A1!", "1!krelcA", "示例窗口员", "A1!" * 60),
)


@pytest.fixture(params=sorted(PROFILES))
def profile(request, settings) -> PasswordProfile:
    chosen = PROFILES[request.param]
    settings.PASSWORD_PROFILE = chosen.name
    settings.AUTH_PASSWORD_VALIDATORS = chosen.validators()
    settings.PASSWORD_MAX_AGE_DAYS = chosen.max_age_days
    return chosen


def takes(cast: Cast, password: str) -> bool:
    try:
        passwords.change(user=cast.clerk, password=password, keep="", now=NOW)
    except ValidationError:
        return False
    return True


def test_a_good_one_is_taken_and_noted(cast: Cast, profile: PasswordProfile) -> None:
    assert takes(cast, OWN)
    cast.clerk.refresh_from_db()
    assert cast.clerk.check_password(OWN)
    assert LedgerEntry.objects.filter(action="account.password_changed", actor=cast.clerk).count() == 1
    assert cast.clerk.security_notices.count() == 1


@pytest.mark.parametrize("password", BAD)
def test_a_bad_one_is_refused(cast: Cast, profile: PasswordProfile, password: str) -> None:
    assert not takes(cast, password)
    assert not LedgerEntry.objects.filter(action="account.password_changed").exists()


def test_length_and_kinds_are_the_profiles(cast: Cast, profile: PasswordProfile) -> None:
    assert takes(cast, SHORT) is (profile.min_length <= len(SHORT))
    assert takes(cast, PLAIN) is (profile.kinds <= 2)
    assert not takes(cast, "Zu-7")


@pytest.mark.parametrize("off", [-1, 0])
def test_the_shortest_length_is_exact(cast: Cast, profile: PasswordProfile, off: int) -> None:
    assert takes(cast, "Xz7-qWv9Lm3p"[: profile.min_length + off]) is (off == 0)


def test_an_old_one_comes_back_only_where_the_profile_lets_it(cast: Cast, profile: PasswordProfile) -> None:
    assert takes(cast, OWN)
    for number in range(profile.history - 1 if profile.history else 1):
        assert takes(cast, f"Anders-und-neu-{number}{number}")
        assert takes(cast, OWN) is (profile.history == 0)
    for number in range(2):  # beyond the history it may
        assert takes(cast, f"Wieder-anders-{number}{number}")
    assert takes(cast, OWN)


def test_the_first_password_does_not_come_back_either(cast: Cast, profile: PasswordProfile) -> None:
    cast.clerk.set_password(OWN)
    cast.clerk.save()
    assert takes(cast, OWN) is (profile.history == 0)


@pytest.mark.parametrize("days", [1, 90, 91, 4000])
def test_how_old_it_may_grow(cast: Cast, profile: PasswordProfile, days: int) -> None:
    assert takes(cast, OWN)
    old = profile.max_age_days and days > profile.max_age_days
    assert bool(passwords.must_change(cast.clerk, NOW + timedelta(days=days))) is bool(old)


def test_one_handed_over_is_changed_first(cast: Cast, profile: PasswordProfile) -> None:
    passwords.give(user=cast.clerk, password=OWN, by=cast.sysadmin, now=NOW)
    assert "管理员" in passwords.must_change(cast.clerk, NOW)
    entry = LedgerEntry.objects.get(action="account.password_given")
    assert (entry.actor, entry.object_id) == (cast.sysadmin, str(cast.clerk.pk))
    assert takes(cast, "Jetzt-meins-77")
    assert passwords.must_change(cast.clerk, NOW) == ""


def test_a_weak_one_is_not_handed_over(cast: Cast, profile: PasswordProfile) -> None:
    before = cast.clerk.password
    with pytest.raises(ValidationError):
        passwords.give(user=cast.clerk, password="Password1!", by=cast.sysadmin, now=NOW)
    cast.clerk.refresh_from_db()
    assert cast.clerk.password == before


def test_leaked_ones_of_the_operators_list_are_refused(cast: Cast, settings, tmp_path) -> None:
    leaked = tmp_path / "leaked.txt"
    leaked.write_text("Himmel-und-Erde-42\n\n", "utf-8")
    settings.PASSWORD_DENYLIST_FILE = str(leaked)
    settings.AUTH_PASSWORD_VALIDATORS = PROFILES["asvs"].validators()
    assert not takes(cast, OWN)
    assert takes(cast, "Himmel-und-Erde-43")


def test_only_the_latest_records_are_kept(cast: Cast, profile: PasswordProfile) -> None:
    for number in range(14):
        assert takes(cast, f"Anders-und-neu-{number:02}-x")
    assert cast.clerk.password_records.count() == passwords.KEPT


def test_the_rules_stand_beside_the_field(cast: Cast, profile: PasswordProfile, sign_in) -> None:
    page = sign_in(cast.clerk).get("/accounts/password_change/").content.decode()
    assert f"{profile.min_length}" in page
    assert ("至少包含其中3类" in page) is (profile.kinds == 3)
    assert ("不必定期更换" in page) is (profile.history == 0)
