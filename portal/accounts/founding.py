"""Plain rows of who is who: found a department, open an account, appoint people. Exported by ``actions``.

They check the rules and nothing else: no guard, no record. Officials act through ``administration`` and
``departures``; only what builds a city (the demo, ``first_admins``, tests) calls these directly.
"""

from datetime import date

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.db import transaction

from portal.accounts import rules
from portal.accounts.errors import SeparatedRole
from portal.accounts.models import Department, Membership, Post, User
from portal.accounts.roles import DepartmentKind, PostKind, Role


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
def appoint(
    *, user: User, department: Department, role: Role, valid_from: date, valid_to: date | None = None
) -> Membership:
    """Give ``user`` a role in ``department`` from ``valid_from`` on, for good or up to ``valid_to``.

    Raises ``SeparatedRole`` when auditor, system administrator or security administrator would be combined
    with any other role on a common day, ``ValidationError`` when the row stands already.
    """
    User.objects.select_for_update().get(pk=user.pk)  # two appointments at once would not see each other
    span = rules.Span(valid_from, valid_to)
    held = [rules.HeldRole(row.role, row.span) for row in user.memberships.all()]
    if why := rules.refuses_role(role, span, held):
        raise SeparatedRole(why, field="role")
    membership = Membership(
        user=user, department=department, role=role, valid_from=valid_from, valid_to=valid_to
    )
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
