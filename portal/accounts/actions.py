"""Found departments, open accounts, appoint people. Only these write who is who.

``portal/accounts`` is a leaf: the ledger is not in reach here. Whoever calls these for an official's act
notes it there.
"""

from datetime import date

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from portal.accounts.models import Department, Membership, Post, User
from portal.accounts.roles import DepartmentKind, PostKind, Role

# 三员分立: each of the three is watched by the others, and none takes part in the business.
SEPARATED = frozenset({Role.AUDITOR, Role.SYSADMIN, Role.SECURITY_ADMIN})


class SeparatedRole(ValidationError):
    """The person holds a role that cannot be combined with the new one."""


def create_department(
    *,
    code: str,
    name: str,
    kind: DepartmentKind,
    short_name: str = "",
    phone: str = "",
    complaint_phone: str = "",
    address: str = "",
    opening_hours: str = "",
    valid_from: date,
) -> Department:
    """A department that exists from ``valid_from`` on. Raises ``ValidationError`` (code or name taken)."""
    department = Department(
        code=code,
        name=name,
        kind=kind,
        short_name=short_name,
        phone=phone,
        complaint_phone=complaint_phone,
        address=address,
        opening_hours=opening_hours,
        valid_from=valid_from,
    )
    department.full_clean()
    department.save()
    return department


def password_hash(password: str) -> str:
    """The stored form of ``password``. Raises ``ValidationError`` when it is too weak."""
    validate_password(password)
    return make_password(password)


def create_user(*, username: str, name: str, email: str = "", hashed_password: str) -> User:
    """An account without any role; ``hashed_password`` comes from ``password_hash``.

    Never a superuser, never Django staff: what a person may do follows from the appointments.
    Raises ``ValidationError`` (user name taken, bad address).
    """
    user = User(username=username, name=name, email=email, password=hashed_password)
    user.full_clean()
    user.save()
    return user


def set_email(user: User, *, email: str) -> None:
    """Change the address that reminders go to; "" means none. Raises ``ValidationError``."""
    user.email = email
    user.full_clean()
    user.save(update_fields=["email"])


@transaction.atomic
def appoint(*, user: User, department: Department, role: Role, valid_from: date) -> Membership:
    """Give ``user`` a role in ``department`` from ``valid_from`` on.

    Raises ``SeparatedRole`` when auditor, system administrator or security administrator would be combined
    with any other role, ``ValidationError`` when the row stands already.
    """
    held = set(user.memberships.values_list("role", flat=True)) - {role}
    if held and (role in SEPARATED or held & SEPARATED):
        raise SeparatedRole("安全审计员、系统管理员、安全管理员须由专人担任，不得兼任其他角色。")
    membership = Membership(user=user, department=department, role=role, valid_from=valid_from)
    membership.full_clean()
    membership.save()
    return membership


def give_post(
    *, user: User, department: Department, kind: PostKind, valid_from: date, substitute: User | None = None
) -> Post:
    """Name ``user`` for a post of ``department`` (annex 2, 6.8, 8.1); the substitute acts while away (AB角)."""
    post = Post(user=user, department=department, kind=kind, valid_from=valid_from, substitute=substitute)
    post.full_clean()
    post.save()
    return post
