"""Who may do what: one reviewed table from role to permission, row scope, and the guards of views.

Everything is denied unless a row here allows it. ``is_superuser`` is never asked.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from casework.core.rules_data.models import DutyKind
from portal.accounts.models import Department, User
from portal.accounts.roles import Role


class Can(models.TextChoices):
    """Permissions: one per act, named by what is done."""

    USE_DESK = "use_desk", "使用工作台"
    READ_CASES = "read_cases", "查看本单位参与的办件"
    READ_ALL_CASES = "read_all_cases", "查看全部办件"
    READ_LEDGER = "read_ledger", "查阅存证"
    READ_DELIVERIES = "read_deliveries", "查看投递情况"
    RETRY_DELIVERY = "retry_delivery", "重新投递"
    RECEIVE_CASE = "receive_case", "收件"
    ACCEPT_CASE = "accept_case", "审查与受理"
    SUBMIT_CASE = "submit_case", "提交审批部门"
    CIRCULATE = "circulate", "流转联合审批单位"
    DRAFT_OPINION = "draft_opinion", "拟定联合审批意见"
    SIGN_OPINION = "sign_opinion", "签发联合审批意见"
    PROPOSE_DECISION = "propose_decision", "拟定审批决定"
    APPROVE_DECISION = "approve_decision", "审定审批决定"
    ISSUE_CASE = "issue_case", "出具结果并办结"
    REPUSH_RESULT = "repush_result", "重新推送结果"
    CLAIM_RESULT = "claim_result", "认领或退回结果"
    REGISTER_HOLDER = "register_holder", "纳入监管范围"


_OFFICIAL = frozenset({Can.USE_DESK, Can.READ_CASES})

ROLE_PERMISSIONS: dict[str, frozenset[Can]] = {
    Role.EDITOR: frozenset(),  # works in /cms/ only
    Role.WINDOW_CLERK: _OFFICIAL | {Can.RECEIVE_CASE, Can.ACCEPT_CASE, Can.SUBMIT_CASE, Can.ISSUE_CASE},
    Role.APPROVAL_HANDLER: _OFFICIAL | {Can.CIRCULATE, Can.PROPOSE_DECISION, Can.REPUSH_RESULT},
    Role.APPROVAL_LEADER: _OFFICIAL | {Can.APPROVE_DECISION},
    Role.REVIEWER: _OFFICIAL | {Can.DRAFT_OPINION},
    Role.UNIT_LEADER: _OFFICIAL | {Can.SIGN_OPINION},
    Role.LIAISON: _OFFICIAL,
    Role.INSPECTOR: _OFFICIAL,
    Role.SUPERVISOR: _OFFICIAL | {Can.CLAIM_RESULT, Can.REGISTER_HOLDER},
    Role.EVALUATOR: frozenset({Can.USE_DESK, Can.READ_ALL_CASES}),
    # 三员分立: none does business, none holds two of the three.
    Role.AUDITOR: frozenset({Can.USE_DESK, Can.READ_LEDGER}),
    Role.SYSADMIN: frozenset({Can.USE_DESK, Can.READ_DELIVERIES, Can.RETRY_DELIVERY}),
    Role.SECURITY_ADMIN: frozenset({Can.USE_DESK}),
}

# Who in the holding department can meet a duty: this is what the inbox shows to whom.
DUTY_PERMISSIONS: dict[str, frozenset[Can]] = {
    DutyKind.ACCEPT: frozenset({Can.ACCEPT_CASE}),
    DutyKind.SUBMIT: frozenset({Can.SUBMIT_CASE}),
    DutyKind.CIRCULATE: frozenset({Can.CIRCULATE}),
    DutyKind.OPINION: frozenset({Can.DRAFT_OPINION, Can.SIGN_OPINION}),
    DutyKind.DECIDE: frozenset({Can.PROPOSE_DECISION, Can.APPROVE_DECISION}),
    DutyKind.ISSUE: frozenset({Can.ISSUE_CASE}),
    DutyKind.PUSH: frozenset({Can.ISSUE_CASE}),
    DutyKind.REPUSH: frozenset({Can.REPUSH_RESULT}),
    DutyKind.CLAIM: frozenset({Can.CLAIM_RESULT}),
    DutyKind.REGISTER: frozenset({Can.REGISTER_HOLDER}),
}


class NotPermitted(PermissionDenied):
    """The person does not hold the permission in that department (→ 403)."""


@dataclass(frozen=True)
class Access:
    """What one person may do today: (department id, role) pairs that hold."""

    user: User
    held: frozenset[tuple[int, str]]

    def departments(self, *permissions: Can) -> list[int]:
        """Ids of the departments where the person holds any of ``permissions``, ascending."""
        wanted = set(permissions)
        return sorted({pk for pk, role in self.held if ROLE_PERMISSIONS[role] & wanted})

    def all_departments(self) -> list[int]:
        """Ids of every department where the person holds a role."""
        return sorted({pk for pk, _ in self.held})

    def can(self, permission: Can, department_id: int | None = None) -> bool:
        """Whether the person holds ``permission`` there (None = anywhere)."""
        found = self.departments(permission)
        return bool(found) if department_id is None else department_id in found

    def duty_kinds(self, department_id: int) -> list[str]:
        """Duty kinds that the person can help to meet in that department."""
        held: set[Can] = set()
        for pk, role in self.held:
            if pk == department_id:
                held |= ROLE_PERMISSIONS[role]
        return [kind for kind, wanted in DUTY_PERMISSIONS.items() if wanted & held]


def access_of(user: User, now: datetime) -> Access:
    """Read the memberships that hold on the Shanghai day of ``now`` (one query)."""
    if not user.is_active:
        return Access(user, frozenset())
    day = timezone.localdate(now)
    rows = user.memberships.valid_on(day).values_list("department_id", "role")
    return Access(user, frozenset(rows))


def check(by: User, permission: Can, department: Department | int, now: datetime) -> None:
    """Raise ``NotPermitted`` unless ``by`` holds ``permission`` in ``department``. Every action calls it."""
    department_id = department if isinstance(department, int) else department.pk
    if not access_of(by, now).can(permission, department_id):
        raise NotPermitted("您没有办理此事项的权限。")


class DeskRequest(HttpRequest):
    """A request that passed ``requires``: signed in, with ``access``."""

    user: User
    access: Access


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
