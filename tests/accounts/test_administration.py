"""The security administrator's acts: guarded, recorded in both logs, never on the own account (R-57)."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from wagtail.models import ModelLogEntry

from casework.core.ledger.models import LedgerEntry
from portal.accounts import actions, attempts, passwords, second_factor
from portal.accounts.errors import AccountRefused, NotAllowed
from portal.accounts.facts import LOGGED
from portal.accounts.models import Membership, Post, SignInTry, User
from portal.accounts.roles import PostKind, Role
from tests.accounts.admins import TODAY, Admins, make_admins, role_of
from tests.accounts.phone import enrol
from tests.cast import NOW, PASSWORD, Cast

ONE_DAY = timedelta(days=1)


@pytest.fixture
def city(cast: Cast) -> Admins:
    return make_admins(cast)


# Every act on another person's account, as (ledger action, how it is done by ``by`` to ``user``).
Act = Callable[[Admins, User, User], object]
ACTS: dict[str, Act] = {
    "account.password_given": lambda city, user, by: actions.give_password(user, by=by, now=NOW),
    "account.second_factor_reset": lambda city, user, by: actions.reset_second_factor(user, by=by, now=NOW),
    "account.unlocked": lambda city, user, by: actions.unlock(user, by=by, now=NOW),
    "account.role_given": lambda city, user, by: actions.give_role(
        user, department=city.cast.window, role=Role.LIAISON, valid_from=TODAY, by=by, now=NOW
    ),
    "account.post_given": lambda city, user, by: actions.name_to_post(
        user, department=city.cast.window, kind=PostKind.LIAISON, valid_from=TODAY, by=by, now=NOW
    ),
    "account.role_ended": lambda city, user, by: actions.end_role(
        user.memberships.order_by("pk").first(), last_day=TODAY, by=by, now=NOW
    ),
    "account.disabled": lambda city, user, by: actions.disable(user, reason="调离", by=by, now=NOW),
    "account.opened": lambda city, user, by: actions.open_account(
        username="new", name="示例新人", by=by, now=NOW
    ),
}


@pytest.mark.parametrize("action", sorted(ACTS))
def test_each_act_stands_in_both_logs(city: Admins, action: str) -> None:
    ACTS[action](city, city.cast.clerk, city.guard)
    entry = LedgerEntry.objects.get(action=action)
    assert (entry.actor, entry.at) == (city.guard, NOW)
    logged = ModelLogEntry.objects.get(action=action)
    assert (logged.user, logged.timestamp, logged.object_id) == (city.guard, NOW, entry.object_id)
    assert str(logged.formatter.label) == LOGGED[action]
    assert "example.test" not in entry.payload


@pytest.mark.parametrize("action", sorted(set(ACTS) - {"account.opened"}))
def test_nobody_acts_on_the_own_account(city: Admins, action: str) -> None:
    with pytest.raises(NotAllowed):
        ACTS[action](city, city.guard, city.guard)
    assert not LedgerEntry.objects.exists()


OTHERS = ("clerk", "chief", "editor", "sysadmin", "auditor", "stranger", "clerk_with_all_groups")


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("action", sorted(ACTS))
def test_nobody_else_administers_accounts(city: Admins, action: str, name: str) -> None:
    by = getattr(city.cast, name, None) or _superuser(city.cast.clerk)
    with pytest.raises(NotAllowed):
        ACTS[action](city, city.cast.handler, by)
    assert not LedgerEntry.objects.exists()


def _superuser(user: User) -> User:
    """Not even ``is_superuser`` gives anything here."""
    user.is_superuser = user.is_staff = True
    user.save()
    return user


def test_a_role_that_has_ended_administers_nothing(city: Admins) -> None:
    Membership.objects.filter(user=city.guard).update(valid_to=TODAY - ONE_DAY)
    with pytest.raises(NotAllowed):
        actions.unlock(city.cast.clerk, by=city.guard, now=NOW)


def test_a_disabled_administrator_does_nothing(city: Admins) -> None:
    city.guard.is_active = False
    with pytest.raises(NotAllowed):
        actions.unlock(city.cast.clerk, by=city.guard, now=NOW)


@pytest.mark.parametrize("profile", ["dengbao3", "asvs"])
def test_an_account_is_opened_with_a_password_good_for_one_sign_in(
    city: Admins, settings, profile: str
) -> None:
    from portal.accounts.password_profiles import PROFILES

    settings.AUTH_PASSWORD_VALIDATORS = PROFILES[profile].validators()
    user, password = actions.open_account(
        username="new", name="示例新人", email="new@example.test", by=city.guard, now=NOW
    )
    user.refresh_from_db()
    assert user.check_password(password)
    assert passwords.must_change(user, NOW)
    assert (user.is_superuser, user.is_staff, user.memberships.count()) == (False, False, 0)
    assert password not in "".join(LedgerEntry.objects.values_list("payload", flat=True))
    client = Client()
    client.post("/accounts/login/", {"username": "new", "password": password})
    for address in ("/desk/", "/", "/cms/"):  # nothing else before that
        assert client.get(address)["Location"] == "/accounts/password_change/"


@pytest.mark.parametrize(("username", "email"), [("clerk", ""), ("a b", ""), ("", ""), ("new", "nobody")])
def test_a_bad_account_is_refused_and_leaves_nothing(city: Admins, username: str, email: str) -> None:
    before = User.objects.count()
    with pytest.raises(ValidationError):
        actions.open_account(username=username, name="示例", email=email, by=city.guard, now=NOW)
    assert (User.objects.count(), LedgerEntry.objects.count()) == (before, 0)


def test_a_new_password_ends_every_session(city: Admins) -> None:
    client = Client()
    client.post("/accounts/login/", {"username": "clerk", "password": PASSWORD})
    assert client.get("/accounts/").status_code == 200
    actions.give_password(city.cast.clerk, by=city.guard, now=NOW)
    assert client.get("/accounts/").status_code == 302


def test_a_second_factor_is_taken_off(city: Admins) -> None:
    enrol(city.cast.clerk, NOW)
    actions.reset_second_factor(city.cast.clerk, by=city.guard, now=NOW)
    assert not second_factor.is_enrolled(city.cast.clerk)


def test_unlocking_ends_the_wait(city: Admins) -> None:
    place = {"username": "clerk", "address": "198.51.100.7"}
    for _ in range(6):
        attempts.failed(**place, now=NOW)
    assert attempts.wait(**place, now=NOW)
    assert actions.unlock(city.cast.clerk, by=city.guard, now=NOW) == 6
    assert not attempts.wait(**place, now=NOW)
    assert not SignInTry.objects.filter(succeeded=False).exists()


# -- roles and posts -----------------------------------------------------------
def test_a_role_gives_the_editors_desk_at_once(city: Admins) -> None:
    actions.give_role(
        city.cast.clerk,
        department=city.cast.window,
        role=Role.EDITOR,
        valid_from=TODAY,
        by=city.guard,
        now=NOW,
    )
    assert User.objects.get(pk=city.cast.clerk.pk).has_perm("wagtailadmin.access_admin")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"valid_from": TODAY - ONE_DAY}, "valid_from"),
        ({"role": Role.WINDOW_CLERK}, "role"),  # held already
        ({"role": Role.AUDITOR}, "role"),  # 三员分立
    ],
)
def test_an_impossible_role_is_refused_at_its_field(city: Admins, change: dict, field: str) -> None:
    asked = {"department": city.cast.window, "role": Role.LIAISON, "valid_from": TODAY, **change}
    with pytest.raises(AccountRefused) as refused:
        actions.give_role(city.cast.clerk, **asked, by=city.guard, now=NOW)
    assert refused.value.field == field


def test_no_role_in_a_department_that_has_ended(city: Admins) -> None:
    city.cast.window.valid_to = TODAY
    city.cast.window.save()
    with pytest.raises(AccountRefused):
        actions.give_role(
            city.cast.clerk,
            department=city.cast.window,
            role=Role.LIAISON,
            valid_from=TODAY + ONE_DAY,
            by=city.guard,
            now=NOW,
        )


def test_no_role_for_a_disabled_account(city: Admins) -> None:
    city.cast.clerk.is_active = False
    with pytest.raises(AccountRefused):
        ACTS["account.role_given"](city, city.cast.clerk, city.guard)


def test_a_post_wants_a_role_in_the_department(city: Admins) -> None:
    with pytest.raises(AccountRefused, match="没有任职角色"):
        ACTS["account.post_given"](city, city.cast.handler, city.guard)
    ACTS["account.post_given"](city, city.cast.clerk, city.guard)
    with pytest.raises(AccountRefused, match="已担任"):
        ACTS["account.post_given"](city, city.cast.clerk, city.guard)


def test_a_role_ends_by_date_and_stays_on_record(city: Admins) -> None:
    row = role_of(city.cast.clerk, Role.WINDOW_CLERK)
    actions.end_role(row, last_day=TODAY - ONE_DAY, by=city.guard, now=NOW)
    row.refresh_from_db()
    assert row.valid_to == TODAY - ONE_DAY
    with pytest.raises(AccountRefused, match="已经终止"):
        actions.end_role(row, last_day=TODAY, by=city.guard, now=NOW)


@pytest.mark.parametrize("days", [-2, -3000])
def test_no_role_ends_in_the_past(city: Admins, days: int) -> None:
    with pytest.raises(AccountRefused, match="不能早于"):
        actions.end_role(
            role_of(city.cast.clerk, Role.WINDOW_CLERK),
            last_day=TODAY + days * ONE_DAY,
            by=city.guard,
            now=NOW,
        )


def test_a_post_ends_when_somebody_else_holds_it(city: Admins) -> None:
    post = actions.name_to_post(
        city.cast.clerk,
        department=city.cast.window,
        kind=PostKind.LIAISON,
        valid_from=TODAY,
        by=city.guard,
        now=NOW,
    )
    with pytest.raises(actions.Held, match="联络员"):
        actions.end_post(post, last_day=TODAY, by=city.guard, now=NOW)
    Membership.objects.create(user=city.cast.handler, department=city.cast.window, role=Role.LIAISON)
    actions.end_post(post, last_day=TODAY, successor=city.cast.handler, by=city.guard, now=NOW)
    held = Post.objects.valid_on(TODAY + ONE_DAY).values_list("user__username", "kind")
    assert list(held) == [("handler", PostKind.LIAISON)]


@pytest.mark.parametrize("name", ["sysadmin", "auditor"])
def test_the_last_of_the_three_cannot_go(city: Admins, name: str) -> None:
    user = getattr(city.cast, name)
    with pytest.raises(AccountRefused, match="唯一"):
        actions.disable(user, reason="调离", by=city.guard, now=NOW)
    with pytest.raises(AccountRefused, match="唯一"):
        actions.end_role(user.memberships.get(), last_day=TODAY, by=city.guard, now=NOW)
    assert User.objects.get(pk=user.pk).is_active


def test_enabling_gives_a_password_and_no_role(city: Admins) -> None:
    actions.disable(city.cast.clerk, reason="调离", by=city.guard, now=NOW)
    password = actions.enable(city.cast.clerk, by=city.guard, now=NOW)
    user = User.objects.get(pk=city.cast.clerk.pk)
    assert user.is_active
    assert user.check_password(password)
    assert not user.memberships.valid_on(TODAY).exists()
    with pytest.raises(AccountRefused):
        actions.enable(user, by=city.guard, now=NOW)


def test_the_reason_stands_on_record(city: Admins) -> None:
    with pytest.raises(AccountRefused, match="原因"):
        actions.disable(city.cast.clerk, reason=" ", by=city.guard, now=NOW)
    actions.disable(city.cast.clerk, reason="调离", by=city.guard, now=NOW)
    assert json.loads(LedgerEntry.objects.get(action="account.disabled").payload) == {"reason": "调离"}
