"""Wagtail's own user and group screens are no way around the roles (R-52)."""

import pytest
from django.contrib.auth.models import Group, Permission

from portal import account_checks, closed
from portal.accounts.models import User
from tests.accounts.admins import make_admins
from tests.cast import Cast


def test_the_walk_finds_the_screens() -> None:
    found = set(closed.addresses())
    assert {"/cms/users/", "/cms/users/new/", "/cms/groups/", "/cms/bulk/accounts/user/delete/"} <= found
    assert len(found) > 12


def test_all_of_them_are_closed() -> None:
    assert closed.open_addresses() == []
    assert account_checks.closed_screens() == []


def test_the_check_notices_one_that_is_open(monkeypatch) -> None:
    """The deliberate break: with another guard the same addresses count as open."""
    monkeypatch.setattr(closed, "closed", lambda request: None)
    assert [found.id for found in account_checks.closed_screens()] == ["portal.E045"]


@pytest.mark.parametrize("who", ["sysadmin", "editor", "root"])
def test_nobody_gets_in_not_even_a_superuser(cast: Cast, sign_in, who: str) -> None:
    city = make_admins(cast)
    if who == "root":
        client = sign_in(User.objects.create_superuser("root", "root@example.test", "x" * 12))
    else:
        client = sign_in(getattr(city.cast, who))
    groups = Group.objects.count()
    for address in closed.addresses():
        for answer in (client.get(address), client.post(address, {"name": "x", "ids": "1"})):
            assert answer.status_code in {302, 404}, address
            assert answer.headers.get("Location", "/cms/").startswith("/cms/"), address
    assert Group.objects.count() == groups
    text = client.get("/cms/").content.decode()
    assert "/cms/users/" not in text
    assert "/cms/groups/" not in text


def test_the_check_names_who_stands_above_the_roles(cast: Cast) -> None:
    make_admins(cast)
    ask = account_checks.nobody_above_the_roles
    assert ask(databases=["default"]) == []
    User.objects.filter(pk=cast.editor.pk).update(is_superuser=True)
    group = Group.objects.create(name="示例")
    group.permissions.add(Permission.objects.get(content_type__app_label="accounts", codename="change_user"))
    found = ask(databases=["default"])
    assert [each.id for each in found] == ["portal.W046", "portal.W047"]
    assert "editor" in found[0].msg
    assert ask(databases=None) == []
