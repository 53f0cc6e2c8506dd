"""End roles and posts, disable accounts: nobody goes before a colleague took over. Exported by ``actions``.

What is open is asked of ``leaving``; post, role and papers pass on in the same transaction.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from django.db import transaction

from portal.accounts import leaving as leave
from portal.accounts import rules
from portal.accounts.administration import guard, switch_off
from portal.accounts.errors import AccountRefused
from portal.accounts.facts import note_and_log
from portal.accounts.founding import appoint
from portal.accounts.groups import sync_user
from portal.accounts.leaving import Held, Leaving
from portal.accounts.models import Membership, Post, User
from portal.accounts.notices import tell
from portal.accounts.roles import Role

ONE_DAY = timedelta(days=1)


def leaving_by(memberships: Iterable[Membership], day: date) -> list[Leaving]:
    """What ending ``memberships`` of one person means, department by department; ``day`` is the first without."""
    ending = list(memberships)
    found = []
    for department in {row.department_id: row.department for row in ending}.values():
        person = ending[0].user
        gone = [row.pk for row in ending if row.department_id == department.pk]
        left = person.memberships.filter(department=department).exclude(pk__in=gone).exclude(valid_to__lt=day)
        roles = frozenset(row.role for row in ending if row.department_id == department.pk)
        found.append(Leaving(person, department, roles, day, for_good=not left.exists()))
    return found


def leaving_post(post: Post, day: date) -> Leaving:
    """What ending one post means: no role ends with it."""
    return Leaving(post.user, post.department, frozenset(), day, for_good=False, post=post)


def running(user: User, day: date) -> list[Membership]:
    """The person's roles that hold on ``day`` or later."""
    rows = user.memberships.exclude(valid_to__lt=day).select_related("department", "user")
    return list(rows.order_by("department__code", "role", "valid_from"))


def holds(goings: Iterable[Leaving]) -> dict[Leaving, list[leave.Hold]]:
    """What is open, where anything is."""
    return {going: found for going in goings if (found := leave.holds_of(going))}


@transaction.atomic
def end_role(
    membership: Membership, *, last_day: date, successor: User | None = None, by: User, now: datetime
) -> None:
    """End a role with ``last_day`` (yesterday at the earliest: then it is over at once).

    Raises ``Held`` with what is open when nobody takes over, ``AccountRefused`` (days, the last of the three
    administrators, a successor who cannot), ``NotAllowed``.
    """
    today = guard(by, membership.user, now)
    standing = Membership.objects.select_for_update().get(pk=membership.pk)
    _refuse_days(standing, last_day, today)
    first_without = last_day + ONE_DAY
    _refuse_last_administrator(standing.user, [standing], max(first_without, today))
    (going,) = leaving_by([standing], first_without)
    _pass_on(going, successor, by=by, now=now)
    _end(standing, last_day, by=by, now=now)
    sync_user(standing.user, today=today)


@transaction.atomic
def end_post(post: Post, *, last_day: date, successor: User | None = None, by: User, now: datetime) -> None:
    """End a post with ``last_day``; somebody else holds it then, or ``successor`` is named to it.

    Raises ``Held``, ``AccountRefused``, ``NotAllowed``.
    """
    today = guard(by, post.user, now)
    standing = Post.objects.select_for_update().get(pk=post.pk)
    _refuse_days(standing, last_day, today)
    going = leaving_post(standing, last_day + ONE_DAY)
    if successor is not None:
        _refuse_outsider(going, successor, by)
        _take_post(standing, successor, going.day, by=by, now=now)
    elif open_now := leave.holds_of(going):
        raise Held(open_now)
    _end_post(standing, last_day, by=by, now=now)


@transaction.atomic
def disable(
    user: User, *, reason: str, successors: Mapping[int, User] | None = None, by: User, now: datetime
) -> None:
    """Disable an account: its sessions end at once, its roles and posts with yesterday.

    ``successors`` names by department id who takes over. Raises ``Held``, ``AccountRefused``, ``NotAllowed``.
    """
    today = guard(by, user, now)
    if not reason.strip():
        raise AccountRefused("请写明停用的原因。", field="reason")
    ending = list(running(user, today))
    _refuse_last_administrator(user, ending, today)
    for going in leaving_by(ending, today):
        _pass_on(going, (successors or {}).get(going.department.pk), by=by, now=now)
    for row in ending:
        _end(row, max(today - ONE_DAY, row.valid_from), by=by, now=now)
    switch_off(user, reason=reason.strip()[:200], by=by, now=now)


def _pass_on(going: Leaving, successor: User | None, *, by: User, now: datetime) -> None:
    """Hand over to ``successor`` what holds the person; raise ``Held`` while anything is left."""
    open_now = leave.holds_of(going)
    if successor is not None:
        _refuse_outsider(going, successor, by)
        for role in sorted({hold.role for hold in open_now if hold.role}):
            _take_role(going, Role(role), successor, by=by, now=now)
        for post in leave.lonely_posts(going):
            _take_post(post, successor, going.day, by=by, now=now)
        leave.hand_over(going, to=successor, by=by, now=now)
        note_and_log(
            "account.handed_over",
            by=by,
            now=now,
            about=going.person,
            department=going.department,
            to=successor.pk,
            holds=len(open_now),
        )
        tell(successor, f"{going.person}离任，其在{going.department.label}的未办结职责已移交给您。", now=now)
        open_now = leave.holds_of(going)
    if open_now:
        raise Held(open_now)
    for post in leave.posts_of(going):
        _end_post(post, max(going.day - ONE_DAY, post.valid_from), by=by, now=now)


def _take_role(going: Leaving, role: Role, successor: User, *, by: User, now: datetime) -> None:
    held = successor.memberships.filter(department=going.department, role=role).valid_on(going.day)
    if held.exists():
        return
    appoint(user=successor, department=going.department, role=role, valid_from=going.day)
    sync_user(successor, today=guard(by, successor, now))
    note_and_log(
        "account.role_given",
        by=by,
        now=now,
        about=successor,
        department=going.department,
        role=str(role),
        valid_from=going.day,
        taken_over_from=going.person.pk,
    )


def _take_post(post: Post, successor: User, day: date, *, by: User, now: datetime) -> None:
    Post.objects.create(department=post.department, kind=post.kind, user=successor, valid_from=day)
    note_and_log(
        "account.post_given",
        by=by,
        now=now,
        about=successor,
        department=post.department,
        kind=str(post.kind),
        valid_from=day,
        taken_over_from=post.user_id,
    )


def _end(row: Membership, last_day: date, *, by: User, now: datetime) -> None:
    row.valid_to = last_day
    row.save(update_fields=["valid_to"])
    note_and_log(
        "account.role_ended",
        by=by,
        now=now,
        about=row.user,
        department=row.department,
        role=row.role,
        last_day=last_day,
    )
    tell(row.user, f"您在{row.department.label}的{row.get_role_display()}角色于{last_day}终止。", now=now)


def _end_post(post: Post, last_day: date, *, by: User, now: datetime) -> None:
    post.valid_to = last_day
    post.save(update_fields=["valid_to"])
    note_and_log(
        "account.post_ended",
        by=by,
        now=now,
        about=post.user,
        department=post.department,
        kind=post.kind,
        last_day=last_day,
    )


def _refuse_days(row: Membership | Post, last_day: date, today: date) -> None:
    """An end lies neither before the beginning nor in the past; what has ended stays as it is."""
    if row.valid_to is not None and row.valid_to < today:
        raise AccountRefused("该任职已经终止。")
    if last_day < max(row.valid_from, today - ONE_DAY):
        earliest = max(row.valid_from, today - ONE_DAY)
        raise AccountRefused(f"最后一天不能早于{earliest}。", field="last_day")


def _refuse_outsider(going: Leaving, successor: User, by: User) -> None:
    if successor.pk == by.pk:
        raise AccountRefused("不能把职责移交给办理人本人。", field="successor")
    if successor not in leave.colleagues(going):
        raise AccountRefused("接手人须是同一单位的在职人员，且账号已启用。", field="successor")


def _refuse_last_administrator(user: User, ending: Iterable[Membership], day: date) -> None:
    """There is always somebody of each of the three: one of them cannot undo the guard of the others."""
    for role in sorted({row.role for row in ending} & rules.SEPARATED):
        others = Membership.objects.valid_on(day).filter(role=role, user__is_active=True).exclude(user=user)
        if not others.exists():
            raise AccountRefused(f"{user}是唯一的{Role(role).label}，请先任命另一人。")
