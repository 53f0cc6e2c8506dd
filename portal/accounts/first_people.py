"""The first system, security and audit administrators: made once, from the server, three different people."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from portal.accounts import founding, passwords
from portal.accounts.errors import AccountRefused
from portal.accounts.facts import note_and_log
from portal.accounts.groups import sync_user
from portal.accounts.models import Department, Membership
from portal.accounts.one_time import make_password
from portal.accounts.roles import DepartmentKind, Role
from portal.accounts.rules import SEPARATED

FIRST = (Role.SYSADMIN, Role.SECURITY_ADMIN, Role.AUDITOR)
HOW = (
    "还没有管理员账号。请运行：python manage.py first_admins"
    " --department 单位名称 --sysadmin 用户名:姓名 --security-admin 用户名:姓名 --auditor 用户名:姓名"
)


@dataclass(frozen=True)
class FirstPerson:
    """Who becomes one of the three; without ``password`` the platform makes one."""

    username: str
    name: str
    password: str = ""


def missing() -> bool:
    """Whether nobody has ever held one of the three roles."""
    return not Membership.objects.filter(role__in=SEPARATED).exists()


@transaction.atomic
def found_administrators(
    *, department: str, people: Mapping[Role, FirstPerson], now: datetime
) -> list[tuple[Role, FirstPerson]]:
    """Make the three accounts in ``department`` (a name or a code, founded when unknown); with their passwords.

    Each password must be changed at the first sign-in. Raises ``AccountRefused`` (there are some already, two
    roles for one person, a role without a person), ``ValidationError`` (names, weak passwords).
    """
    if not missing():
        raise AccountRefused(
            "已有管理员账号，不能再次建立首批管理员。新的管理员由安全管理员在 /cms/people/ 任命。"
        )
    if set(people) != set(FIRST):
        raise AccountRefused("须同时指定系统管理员、安全管理员、安全审计员。")
    for name in ("username", "name"):
        if len({getattr(person, name).strip().casefold() for person in people.values()}) != len(FIRST):
            raise AccountRefused("系统管理员、安全管理员、安全审计员须是三个不同的人（三员分立）。")
    today = timezone.localdate(now)
    place = _department(department, today)
    return [(role, _make(role, people[role], place, now)) for role in FIRST]


def _department(text: str, today: date) -> Department:
    found = Department.objects.filter(name=text).first() or Department.objects.filter(code=text).first()
    return found or founding.create_department(
        code="admin", name=text, kind=DepartmentKind.OTHER, valid_from=today
    )


def _make(role: Role, given: FirstPerson, place: Department, now: datetime) -> FirstPerson:
    user = founding.create_user(username=given.username, name=given.name, hashed_password="!")  # noqa: S106
    user.set_unusable_password()
    user.save(update_fields=["password"])
    password = given.password or make_password(user)
    passwords.give(user=user, password=password, by=None, now=now)
    founding.appoint(user=user, department=place, role=role, valid_from=timezone.localdate(now))
    sync_user(user, today=timezone.localdate(now))
    note_and_log("account.opened", by=None, now=now, about=user, first=True)
    note_and_log(
        "account.role_given", by=None, now=now, about=user, department=place, role=str(role), first=True
    )
    return FirstPerson(given.username, given.name, password)
