"""What a role may do at the editors' desk: Wagtail groups, made and filled from the roles.

The table is the whole truth: ``sync_groups`` makes the groups say it, and puts every person into the
groups of the roles that hold today. Nobody stays a superuser.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from wagtail.models import Collection, GroupCollectionPermission, GroupPagePermission, Page, Site

from portal.accounts.models import Membership, User
from portal.accounts.roles import Role


@dataclass(frozen=True)
class Rights:
    """Permissions of a group: of models (``app.codename``), on the page tree, on images and documents."""

    models: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()


ENTER = "wagtailadmin.access_admin"
RIGHTS: dict[Role, Rights] = {
    Role.EDITOR: Rights(
        models=(
            ENTER,
            "cms_pages.add_serviceitem",
            "cms_pages.change_serviceitem",
            "cms_pages.view_serviceitem",
            "cms_pages.view_importbatch",
            "accounts.view_department",
        ),
        pages=("add_page", "change_page", "publish_page", "lock_page", "unlock_page"),
        collections=(
            "wagtaildocs.add_document",
            "wagtaildocs.change_document",
            "wagtaildocs.choose_document",
            "wagtailimages.add_image",
            "wagtailimages.change_image",
            "wagtailimages.choose_image",
        ),
    ),
    Role.SYSADMIN: Rights(
        models=(ENTER, "accounts.add_department", "accounts.change_department", "accounts.view_department")
    ),
    # Account screens and changes of calendar and limits ask for the role or casework's table themselves.
    Role.SECURITY_ADMIN: Rights(models=(ENTER,)),
}


class UnknownPermission(Exception):
    """The table names a permission that no installed model has (migrations not run, or a typing error)."""


def group_name(role: Role) -> str:
    """The name of a role's group in the admin."""
    return str(role.label)


@transaction.atomic
def sync_groups(*, today: date) -> int:
    """Make the groups of ``RIGHTS`` and put everybody into theirs; how many accounts changed.

    Run at start-up and every night (memberships begin and end by date). Wagtail's own stock groups are removed.
    """
    Group.objects.filter(name__in=("Editors", "Moderators")).delete()
    for role, rights in RIGHTS.items():
        group, _ = Group.objects.get_or_create(name=group_name(role))
        group.permissions.set(_permissions(rights.models))
        _set_page_rights(group, rights)
        _set_collection_rights(group, rights)
    changed = User.objects.filter(is_superuser=True).update(is_superuser=False)
    held = _held_roles(today)
    for user in User.objects.prefetch_related("groups"):
        changed += _set_groups(user, held.get(user.pk, set()))
    return changed


def sync_user(user: User, *, today: date) -> bool:
    """Put one person into the groups of the roles held on ``today``; whether anything changed."""
    roles = Membership.objects.valid_on(today).filter(user=user).values_list("role", flat=True)
    return _set_groups(user, set(roles))


def _held_roles(today: date) -> dict[int, set[str]]:
    held: dict[int, set[str]] = {}
    for user_id, role in Membership.objects.valid_on(today).values_list("user_id", "role"):
        held.setdefault(user_id, set()).add(role)
    return held


def _set_groups(user: User, roles: set[str]) -> bool:
    wanted = {group_name(role) for role in RIGHTS if role.value in roles}
    if {group.name for group in user.groups.all()} == wanted:
        return False
    user.groups.set(Group.objects.filter(name__in=wanted))
    return True


def _permissions(names: Iterable[str]) -> list[Permission]:
    wanted = [(app, codename) for app, _, codename in (name.partition(".") for name in names)]
    rows = Permission.objects.select_related("content_type").filter(
        content_type__app_label__in={app for app, _ in wanted},
        codename__in={codename for _, codename in wanted},
    )
    found = {(row.content_type.app_label, row.codename): row for row in rows}
    if missing := [each for each in wanted if each not in found]:
        raise UnknownPermission(".".join(missing[0]))
    return [found[each] for each in wanted]


def _set_page_rights(group: Group, rights: Rights) -> None:
    root = _tree_root()
    GroupPagePermission.objects.filter(group=group).exclude(page=root).delete()
    wanted = _permissions(f"wagtailcore.{name}" for name in rights.pages)
    _keep(GroupPagePermission.objects.filter(group=group), wanted, group=group, page=root)


def _set_collection_rights(group: Group, rights: Rights) -> None:
    root = Collection.get_first_root_node()
    wanted = _permissions(rights.collections)
    _keep(GroupCollectionPermission.objects.filter(group=group), wanted, group=group, collection=root)


def _keep(rows: Any, wanted: list[Permission], **where: Any) -> None:
    """Have ``rows`` hold the permissions ``wanted`` and no other, those that are missing at the place ``where``."""
    rows.exclude(permission__in=wanted).delete()
    there = set(rows.filter(**where).values_list("permission_id", flat=True))
    for permission in (each for each in wanted if each.pk not in there):
        rows.create(permission=permission, **where)


def _tree_root() -> Page:
    """The home page of the site; the root of the whole tree before there is one."""
    site = Site.objects.filter(is_default_site=True).select_related("root_page").first()
    return site.root_page if site else Page.get_first_root_node()
