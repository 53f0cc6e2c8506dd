"""What a person may do today, in which department and in whose name; the guards of actions and views.

The table of roles stands in ``permissions.py``. ``is_superuser`` is never asked.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import wraps
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import CharField, IntegerField, Q, TextField, Value
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from casework.core.permissions import BASE, DUTY_PERMISSIONS, ROLE_PERMISSIONS, Can
from portal.accounts.models import Department, Principal, Substitution, User, heirs
from portal.accounts.rules import SEPARATED

__all__ = [
    "DUTY_PERMISSIONS",
    "ROLE_PERMISSIONS",
    "Access",
    "Can",
    "DeskRequest",
    "Lent",
    "NotPermitted",
    "access_of",
    "check",
    "people_behind",
    "public",
    "requires",
]


class NotPermitted(PermissionDenied):
    """The person does not hold the permission in that department (→ 403)."""


@dataclass(frozen=True)
class Lent:
    """A role of somebody who is away, as the substitute has it: ``chosen`` permissions, empty = all of it."""

    department_id: int
    role: str
    chosen: frozenset[str]
    principal: Principal

    @property
    def permissions(self) -> frozenset[Can]:
        """What passes on."""
        held = ROLE_PERMISSIONS[self.role]
        return held & (BASE | self.chosen) if self.chosen else held


@dataclass(frozen=True)
class Access:
    """What one person may do today: (department id, role) pairs that hold, and what is lent (委托代理)."""

    user: User
    held: frozenset[tuple[int, str]]
    lent: tuple[Lent, ...] = ()
    names: tuple[str, ...] = ()  # of the departments where the person holds a role, by their codes

    def permissions(self, department_id: int) -> frozenset[Can]:
        """Everything that the person may do in that department, in the own name or for another."""
        own = [ROLE_PERMISSIONS[role] for pk, role in self.held if pk == department_id]
        lent = [row.permissions for row in self.lent if row.department_id == department_id]
        return frozenset().union(*own, *lent)

    def departments(self, *permissions: Can) -> list[int]:
        """Ids of the departments where the person holds any of ``permissions``, ascending."""
        wanted = set(permissions)
        own = {pk for pk, role in self.held if ROLE_PERMISSIONS[role] & wanted}
        return sorted(own | {row.department_id for row in self.lent if row.permissions & wanted})

    def all_departments(self) -> list[int]:
        """Ids of every department where the person holds a role."""
        return sorted({pk for pk, _ in self.held})

    def can(self, permission: Can, department_id: int | None = None) -> bool:
        """Whether the person holds ``permission`` there (None = anywhere)."""
        found = self.departments(permission)
        return bool(found) if department_id is None else department_id in found

    def principal(self, permission: Can, department_id: int) -> Principal | None:
        """In whose name the person uses ``permission`` there: None = the own, else the one who is away."""
        if any(pk == department_id and permission in ROLE_PERMISSIONS[role] for pk, role in self.held):
            return None
        lenders = [row for row in self.lent if row.department_id == department_id]
        return next((row.principal for row in lenders if permission in row.permissions), None)

    def hands(self, permission: Can, department_id: int) -> frozenset[int]:
        """Ids of the people whose act it would be: the person, and the one in whose name it is done."""
        principal = self.principal(permission, department_id)
        return people_behind(self.user.pk, principal.id if principal else None)

    def duty_kinds(self, department_id: int) -> list[str]:
        """Duty kinds that the person can help to meet in that department."""
        held = self.permissions(department_id)
        return [kind for kind, wanted in DUTY_PERMISSIONS.items() if wanted & held]


def people_behind(*ids: int | None) -> frozenset[int]:
    """Whose act a paper is: who did it, in whose name, who took it over. Two acts that need two people
    (7.3) may have nobody in common."""
    return frozenset(pk for pk in ids if pk is not None)


def access_of(user: User, now: datetime) -> Access:
    """Read what holds on the Shanghai day of ``now``: own memberships and substitutions (one query).

    Substitutions pass on what the absent person holds by an own role, never what that person was lent. They
    count only between active people of the same department, and never touch the three administrators.
    What is held in a department is held in those that ended and whose duties came to it, too; who held a role
    of the business in one that ended holds it no more.
    """
    if not user.is_active:
        return Access(user, frozenset())
    day = timezone.localdate(now)
    rows = list(
        user.memberships.valid_on(day)
        .values_list(
            "department_id",
            "role",
            "department__code",
            "department__short_name",
            "department__name",
            Value("", output_field=TextField()),
            Value(0, output_field=IntegerField()),
            Value("", output_field=CharField()),
        )
        .union(_lent_to(user, day), _ended_by(day), all=True)
    )
    heir_of = heirs((row[0], row[6]) for row in rows if row[1] == _ENDED)
    rows = [row for row in rows if row[1] in SEPARATED or (row[1] != _ENDED and row[0] not in heir_of)]
    held = frozenset((row[0], row[1]) for row in rows if not row[6])
    names = dict(sorted((row[2], row[3] or row[4]) for row in rows if not row[6]))
    roles, places = {role for _, role in held}, {pk for pk, _ in held}
    lent = [
        Lent(pk, role, frozenset(name for name in chosen.split(",") if name), Principal(principal, name))
        for pk, role, *_, chosen, principal, name in sorted(rows, key=lambda row: row[6])
        if principal and pk in places and role not in SEPARATED
    ]
    found = Access(user, held, () if roles & SEPARATED else tuple(lent), tuple(names.values()))
    return _with_ended(found, heir_of) if heir_of else found


_ENDED = "ended"  # no role: marks a row that names the successor of a department that has ended


def _ended_by(day: date) -> Any:
    """Rows of the same shape: departments that ended before ``day``, and in the place of a principal their successor."""
    rows = Department.objects.filter(valid_to__lt=day, successor__isnull=False).order_by()
    nothing = Value("", output_field=TextField())
    role = Value(_ENDED, output_field=CharField())
    return rows.values_list("id", role, "code", "short_name", "name", nothing, "successor_id", nothing)


def _with_ended(access: Access, heir_of: dict[int, int]) -> Access:
    """``access`` also in the departments that ended, for whoever holds a role where their duties went to."""
    taken_over: dict[int, list[int]] = {}
    for pk, heir in heir_of.items():
        taken_over.setdefault(heir, []).append(pk)
    held = {
        (old, role) for pk, role in access.held if role not in SEPARATED for old in taken_over.get(pk, ())
    }
    lent = [
        replace(row, department_id=old)
        for row in access.lent
        for old in taken_over.get(row.department_id, ())
    ]
    return replace(access, held=access.held | held, lent=(*access.lent, *lent))


def _lent_to(user: User, day: date) -> Any:
    """Rows like those of memberships: what people who are away on ``day`` hold where ``user`` stands in."""
    return (
        Substitution.objects.valid_on(day)
        .filter(substitute=user, revoked_at=None, person__is_active=True)
        .filter(
            Q(person__memberships__valid_to=None) | Q(person__memberships__valid_to__gte=day),
            person__memberships__department=models.F("department"),
            person__memberships__valid_from__lte=day,
        )
        .order_by()
        .values_list(
            "department_id",
            "person__memberships__role",
            "department__code",
            "department__short_name",
            "department__name",
            "permissions",
            "person_id",
            "person__name",
        )
    )


def check(by: User, permission: Can, department: Department | int, now: datetime) -> None:
    """Raise ``NotPermitted`` unless ``by`` holds ``permission`` in ``department``. Every action calls it.

    Sets ``by.acting_for``: what the action records from here on is signed 「乙（代甲）」 when a substitute acts.
    """
    department_id = department if isinstance(department, int) else department.pk
    access = access_of(by, now)
    if not access.can(permission, department_id):
        raise NotPermitted("您没有办理此事项的权限。")
    by.acting_for = access.principal(permission, department_id)


class DeskRequest(HttpRequest):
    """A request that passed ``requires``: signed in, with ``access``."""

    user: User
    access: Access
    waiting: int  # open duties of the inbox, once a view has counted them


View = Callable[..., HttpResponse]


def public(view: View) -> View:
    """Mark a view as open to everybody, on purpose."""
    view.access_marker = "public"  # type: ignore[attr-defined]
    return view


def requires(*permissions: Can) -> Callable[[View], View]:
    """Let in only people who hold any of ``permissions`` somewhere; sets ``request.access``.

    Anonymous readers go to the sign-in page (htmx: by ``HX-Redirect``, so that no sign-in form lands
    inside a fragment). The marker it leaves is what the route test reads: a view without one fails it.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
            if isinstance(request.user, AnonymousUser) or not request.user.is_authenticated:
                return _to_login(request)
            request.access = access_of(request.user, timezone.now())
            request.user.acting_for = None  # nothing is done yet
            if not any(request.access.can(permission) for permission in permissions):
                raise NotPermitted("您没有使用此功能的权限。")
            return view(request, *args, **kwargs)

        guarded.access_marker = permissions  # type: ignore[attr-defined]
        return guarded

    return decorate


def _to_login(request: Any) -> HttpResponse:
    """To the sign-in page and back to the page where the person was."""
    htmx = getattr(request, "htmx", None)
    here = request.get_full_path() if request.method == "GET" else "/desk/"
    if not htmx:
        return redirect_to_login(here)
    current = htmx.current_url_abs_path or ""  # None for another origin
    response = redirect_to_login(current if current.startswith("/desk/") else here)
    return HttpResponse(status=204, headers={"HX-Redirect": response["Location"]})
