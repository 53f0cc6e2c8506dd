"""Departments are the system administrator's: founded, described, ended with a successor. Exported by ``actions``."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from portal.accounts.errors import AccountRefused, NotAllowed
from portal.accounts.facts import note
from portal.accounts.models import Department, Membership, User
from portal.accounts.roles import Role


@transaction.atomic
def keep_department(department: Department, *, by: User, now: datetime) -> Department:
    """Save a new or changed department; what changed stands on the record (Wagtail's form writes its own log).

    Raises ``AccountRefused`` (an end without a successor, a circle of successors, an end in the past, a change
    of one that has come), ``ValidationError``, ``NotAllowed``.
    """
    today = timezone.localdate(now)
    held = Membership.objects.valid_on(today).filter(user=by, role=Role.SYSADMIN)
    if not by.is_active or not held.exists():
        raise NotAllowed("只有系统管理员可以管理单位。")
    field, why = refuses_end(department, today)
    if why:
        raise AccountRefused(why, field=field)
    department.full_clean()
    before = _facts(department) if department.pk else {}
    department.save()
    if not before:
        note("account.department_founded", by=by, now=now, department=department)
        return department
    changed = sorted(name for name, value in _facts(department).items() if before[name] != value)
    if changed:
        note(
            "account.department_changed",
            by=by,
            now=now,
            department=department,
            fields=changed,
            valid_to=department.valid_to,
            successor=department.successor.code if department.successor else "",
        )
    return department


def _facts(department: Department) -> dict[str, object]:
    """The stored row, column by column."""
    return dict(Department.objects.filter(pk=department.pk).values().get())


def refuses_end(department: Department, today: date) -> tuple[str, str]:
    """(field, why) the department cannot end like this, ("", "") when it can or does not end.

    Its cases pass to the successor on the day after its last one: never backdated, and never taken back.
    """
    stored = Department.objects.filter(pk=department.pk).first()
    before = (stored.valid_to, stored.successor_id) if stored else (None, None)
    if before != (department.valid_to, department.successor_id):
        if before[0] is not None and before[0] < today:
            return "valid_to", "该单位已经撤销，其办件已由承接单位办理，不能再改动撤销日期和承接单位。"
        if department.valid_to is not None and department.valid_to < today:
            return "valid_to", f"撤销日期不能早于今天（{today:%Y-%m-%d}），承接单位自次日起办理。"
    if department.valid_to is None:
        return (
            ("valid_to", "指定了职责承接单位的，请同时填写撤销日期。") if department.successor else ("", "")
        )
    if department.valid_to < department.valid_from:
        return "valid_to", "撤销日期不能早于设立日期。"
    if department.successor is None:
        return "successor", "撤销单位须指定职责承接单位：其职责和未办结事项由承接单位继续。"
    if department.pk is not None and _comes_back(department, department.successor):
        return "successor", "承接单位不能是本单位，也不能最终又由本单位承接。"
    if not _exists_after(department.successor, department.valid_to):
        return "successor", "承接单位在撤销日期之后须仍然存在。"
    return "", ""


def _comes_back(department: Department, successor: Department) -> bool:
    seen: set[int] = set()
    found: Department | None = successor
    while found is not None and found.pk not in seen:
        if found.pk == department.pk:
            return True
        seen.add(found.pk)
        found = found.successor
    return False


def _exists_after(department: Department, day: date) -> bool:
    return department.valid_to is None or department.valid_to > day
