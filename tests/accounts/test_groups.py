"""Groups follow roles, and nobody keeps more than a role gives."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone

from cms_pages.site import ensure_site
from portal.accounts.groups import RIGHTS, group_name, sync_groups, sync_user
from portal.accounts.models import Department, Membership, User
from portal.accounts.roles import Role
from tests.seen import hidden

TODAY = date(2026, 9, 7)


@pytest.fixture
def synced(cast):
    ensure_site("http://testserver")
    sync_groups(today=TODAY)
    return cast


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


def test_only_roles_with_rights_enter_the_desk_of_editors(synced):
    may = {user.username for user in User.objects.all() if fresh(user).has_perm("wagtailadmin.access_admin")}
    assert may == {"editor", "sysadmin"}


def test_a_second_run_changes_nobody(synced):
    assert sync_groups(today=TODAY) == 0


def test_a_membership_that_has_ended_gives_nothing(synced):
    Membership.objects.filter(user=synced.editor).update(valid_to=TODAY)
    assert sync_user(synced.editor, today=TODAY) is False
    assert sync_user(synced.editor, today=TODAY + timedelta(days=1)) is True
    assert not fresh(synced.editor).has_perm("wagtailadmin.access_admin")


def test_a_group_given_by_hand_is_taken_back(synced):
    synced.clerk.groups.add(Group.objects.get(name=group_name(Role.EDITOR)))
    sync_groups(today=TODAY)
    assert not fresh(synced.clerk).groups.exists()


def test_a_permission_given_to_a_group_by_hand_is_taken_back(synced):
    editors = Group.objects.get(name=group_name(Role.EDITOR))
    sysadmins = Group.objects.get(name=group_name(Role.SYSADMIN))
    editors.permissions.add(*sysadmins.permissions.all())
    sync_groups(today=TODAY)
    assert not fresh(synced.editor).has_perm("accounts.change_department")


def test_nobody_stays_a_superuser(synced):
    User.objects.filter(pk=synced.clerk.pk).update(is_superuser=True)
    assert sync_groups(today=TODAY) == 1
    assert not User.objects.filter(is_superuser=True).exists()


def test_no_role_may_delete(synced):
    for group in Group.objects.filter(name__in=[group_name(role) for role in RIGHTS]):
        held = [*group.permissions.all(), *(row.permission for row in group.page_permissions.all())]
        assert not [permission.codename for permission in held if "delete" in permission.codename]


def test_departments_are_kept_by_the_sysadmin_alone(synced, sign_in):
    add = reverse("wagtailsnippets_accounts_department:add")
    assert sign_in(fresh(synced.sysadmin)).get(add).status_code == 200
    refused = sign_in(fresh(synced.editor)).get(add)
    assert refused.status_code == 302
    assert refused.url == reverse("wagtailadmin_home")


def test_a_department_ends_but_is_never_deleted(synced, sign_in):
    client = sign_in(fresh(synced.sysadmin))
    department, last = synced.elsewhere, timezone.localdate() + timedelta(days=30)
    data = {
        "name": department.name,
        "short_name": "",
        "code": department.code,
        "kind": department.kind,
        "valid_from": "2000-01-01",
        "valid_to": str(last),
        "successor": str(synced.competent.pk),
    }
    edit = reverse("wagtailsnippets_accounts_department:edit", args=[department.pk])
    assert client.post(edit, hidden(client, edit, edit) | data).status_code == 302
    department.refresh_from_db()
    assert department.valid_to == last
    assert department.successor == synced.competent
    User.objects.filter(pk=synced.sysadmin.pk).update(is_superuser=True)  # not even then
    client.post(reverse("wagtailsnippets_accounts_department:delete", args=[department.pk]))
    assert Department.objects.filter(pk=department.pk).exists()
