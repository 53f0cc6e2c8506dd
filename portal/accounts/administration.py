"""What the security administrator does to other people's accounts (三员分立). Exported by ``actions``.

Every act is refused for the own account, stands on the ledger (``facts``) and in Wagtail's log, and brings
the groups of the editors' desk up to date. Nothing is ever deleted: roles and posts end on a day.
"""

from datetime import date, datetime

from django.contrib.auth.hashers import make_password as unusable
from django.db import transaction
from django.utils import timezone

from portal.accounts import attempts, passwords, second_factor, sessions
from portal.accounts.errors import AccountRefused, NotAllowed
from portal.accounts.facts import note_and_log
from portal.accounts.founding import appoint, give_post
from portal.accounts.groups import sync_user
from portal.accounts.models import Department, Membership, Post, User
from portal.accounts.notices import tell
from portal.accounts.one_time import make_password
from portal.accounts.roles import PostKind, Role


def guard(by: User, about: User | None, now: datetime) -> date:
    """The Shanghai day of ``now``; raises ``NotAllowed`` unless ``by`` is a security administrator and somebody else."""
    today = timezone.localdate(now)
    held = Membership.objects.valid_on(today).filter(user=by, role=Role.SECURITY_ADMIN)
    if not by.is_active or not held.exists():
        raise NotAllowed("只有安全管理员可以管理账号。")
    if about is not None and about.pk == by.pk:
        raise NotAllowed("不能管理本人的账号和角色，请由另一名安全管理员办理。")
    if about is not None:
        User.objects.select_for_update().get(pk=about.pk)  # one act on an account at a time
    return today


@transaction.atomic
def open_account(*, username: str, name: str, email: str = "", by: User, now: datetime) -> tuple[User, str]:
    """An account without any role, and its initial password, which nobody can see again.

    Raises ``ValidationError`` (user name taken, bad address), ``NotAllowed``.
    """
    guard(by, None, now)
    user = User(username=username, name=name, email=email, password=unusable(None))
    user.full_clean()
    user.save()
    note_and_log("account.opened", by=by, now=now, about=user)
    return user, _give_password(user, by, now)


@transaction.atomic
def give_password(user: User, *, by: User, now: datetime) -> str:
    """A new initial password for somebody who forgot theirs; it ends every session. Raises ``NotAllowed``."""
    guard(by, user, now)
    return _give_password(user, by, now)


@transaction.atomic
def reset_second_factor(user: User, *, by: User, now: datetime) -> None:
    """Take a lost second factor off; whoever's role asks for one enrols at the next sign-in. Raises ``NotAllowed``."""
    guard(by, user, now)
    second_factor.reset(user=user, by=by, now=now)


@transaction.atomic
def unlock(user: User, *, by: User, now: datetime) -> int:
    """Forget the failed tries of an account, so that nobody has to wait; how many. Raises ``NotAllowed``."""
    guard(by, user, now)
    forgotten = attempts.forgive(username=user.username)
    note_and_log("account.unlocked", by=by, now=now, about=user, tries=forgotten)
    return forgotten


@transaction.atomic
def give_role(
    user: User, *, department: Department, role: Role, valid_from: date, by: User, now: datetime
) -> Membership:
    """Appoint ``user`` from ``valid_from`` on, today at the earliest.

    Raises ``SeparatedRole`` (三员分立), ``AccountRefused`` (past day, ended department, disabled account),
    ``ValidationError`` when the row stands already, ``NotAllowed``.
    """
    today = guard(by, user, now)
    if valid_from < today:
        raise AccountRefused("任职起始日期不能早于今天。", field="valid_from")
    _refuse_gone(user, department, valid_from)
    standing = user.memberships.filter(department=department, role=role).exclude(valid_to__lt=valid_from)
    if standing.exists():
        raise AccountRefused("已在该单位任此角色，无需再次授予。", field="role")
    made = appoint(user=user, department=department, role=role, valid_from=valid_from)
    sync_user(user, today=today)
    note_and_log(
        "account.role_given",
        by=by,
        now=now,
        about=user,
        department=department,
        role=str(role),
        valid_from=valid_from,
    )
    tell(user, f"您被任命为{department.label}{Role(role).label}，自{valid_from}起。", now=now)
    return made


@transaction.atomic
def name_to_post(
    user: User, *, department: Department, kind: PostKind, valid_from: date, by: User, now: datetime
) -> Post:
    """Name ``user`` for a post of a department where a role is held (6.8, 8.1, annex 2).

    Raises ``AccountRefused``, ``NotAllowed``.
    """
    today = guard(by, user, now)
    if valid_from < today:
        raise AccountRefused("任职起始日期不能早于今天。", field="valid_from")
    _refuse_gone(user, department, valid_from)
    if not user.memberships.valid_on(valid_from).filter(department=department).exists():
        raise AccountRefused("该人员在该单位没有任职角色，请先授予角色。", field="department")
    standing = Post.objects.filter(user=user, department=department, kind=kind).exclude(
        valid_to__lt=valid_from
    )
    if standing.exists():
        raise AccountRefused("已担任该职务，无需再次任命。", field="kind")
    made = give_post(user=user, department=department, kind=kind, valid_from=valid_from)
    note_and_log(
        "account.post_given",
        by=by,
        now=now,
        about=user,
        department=department,
        kind=str(kind),
        valid_from=valid_from,
    )
    return made


@transaction.atomic
def enable(user: User, *, by: User, now: datetime) -> str:
    """Let a disabled account in again, without any role, with a new initial password.

    Raises ``AccountRefused`` when it is enabled, ``NotAllowed``.
    """
    guard(by, user, now)
    if not User.objects.filter(pk=user.pk, is_active=False).update(is_active=True):
        raise AccountRefused("该账号已是启用状态。")
    user.is_active = True
    note_and_log("account.enabled", by=by, now=now, about=user)
    return _give_password(user, by, now)


def switch_off(user: User, *, reason: str, by: User, now: datetime) -> None:
    """Disable in the caller's transaction: sessions end, the next request is nobody's."""
    if not User.objects.filter(pk=user.pk, is_active=True).update(is_active=False):
        raise AccountRefused("该账号已经停用。")
    user.is_active = False
    sessions.end_all(user=user, by=by, now=now)
    sync_user(user, today=timezone.localdate(now))
    note_and_log("account.disabled", by=by, now=now, about=user, reason=reason)


def _give_password(user: User, by: User, now: datetime) -> str:
    password = make_password(user)
    passwords.give(user=user, password=password, by=by, now=now)
    return password


def _refuse_gone(user: User, department: Department, day: date) -> None:
    if not user.is_active:
        raise AccountRefused("账号已停用，不能任职。请先启用账号。")
    if not Department.objects.valid_on(day).filter(pk=department.pk).exists():
        raise AccountRefused("该单位在任职起始日期未设立或已撤销。", field="department")
