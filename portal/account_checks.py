"""System checks on who may administer whom (R-52, R-57). Imported with ``checks``."""

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import Permission
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution
from django.db import DatabaseError
from django.db.models import Q

from portal.accounts.models import User
from portal.closed import open_addresses

USERS_AND_GROUPS = Q(content_type__app_label="auth") | Q(
    content_type__app_label="accounts", content_type__model="user"
)


@register(Tags.security)
def closed_screens(**kwargs: Any) -> list[CheckMessage]:
    """Wagtail's user and group screens lead nowhere, whoever asks."""
    found = open_addresses()
    if not found:
        return []
    return [
        Error(
            f"编辑后台自带的用户和用户组页面没有关闭：{'、'.join(found[:5])}",
            hint="账号只在 /cms/people/ 由安全管理员管理；请在 portal/closed.py 中补上这些地址。",
            id="portal.E045",
        )
    ]


@register(Tags.database)
def nobody_above_the_roles(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """No superuser, and no group or person who may change users or groups."""
    if "default" not in (databases or ()):
        return []
    try:
        supers = list(User.objects.filter(is_superuser=True).values_list("username", flat=True)[:5])
        held = Permission.objects.filter(USERS_AND_GROUPS).filter(
            Q(group__isnull=False) | Q(user__isnull=False)
        )
        names = list(held.values_list("codename", flat=True).distinct()[:5])
    except DatabaseError:  # before the first migration there is nobody
        return []
    found: list[CheckMessage] = []
    if supers:
        hint = (
            "平台启动时和每夜自动收回；请不要使用 createsuperuser，首批管理员用 manage.py first_admins 建立。"
        )
        found.append(Caution(f"有超级用户账号：{'、'.join(supers)}", hint=hint, id="portal.W046"))
    if names:
        hint = "平台启动时和每夜按角色重新设置；账号只由安全管理员在 /cms/people/ 管理。"
        found.append(
            Caution(f"有人可以直接修改用户或用户组：{'、'.join(names)}", hint=hint, id="portal.W047")
        )
    return found
