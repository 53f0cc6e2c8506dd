"""委托代理 (AB角): somebody acts for a colleague who is away. Exported by ``actions``."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from portal.accounts import rules
from portal.accounts.errors import AccountRefused, NotAllowed
from portal.accounts.facts import note
from portal.accounts.models import Department, Membership, Substitution, User
from portal.accounts.roles import Role

REASON_LENGTH = 200


class BadSubstitution(AccountRefused):
    """The substitution cannot be as asked."""


@transaction.atomic
def arrange_substitution(
    *,
    person: User,
    substitute: User,
    department: Department,
    valid_from: date,
    valid_to: date,
    reason: str,
    permissions: Iterable[str] = (),
    by: User | None,
    now: datetime,
) -> Substitution:
    """Let ``substitute`` act for ``person`` in ``department`` on these days; no ``permissions`` = all of them.

    The person arranges it, or a security administrator; ``by=None`` is the platform. Takes effect on
    ``valid_from``. Raises ``BadSubstitution`` (other department, chain, 三员, days), ``NotAllowed``.
    """
    today = timezone.localdate(now)
    _refuse_strangers(person, by, today)
    people = [person.pk, substitute.pk]
    list(User.objects.select_for_update().filter(pk__in=people).order_by("pk"))  # no chain by two at once
    if not reason.strip():
        raise BadSubstitution("请写明委托代理的事由。", field="reason")
    asked = _facts(person, substitute, department, rules.Span(valid_from, valid_to))
    field, why = rules.refuses_stand_in(asked, today=today)
    if not why and not (person.is_active and substitute.is_active):
        field, why = "substitute", "被代理人和代理人的账号都须是启用状态。"
    if why:
        raise BadSubstitution(why, field=field)
    made = Substitution.objects.create(
        person=person,
        substitute=substitute,
        department=department,
        valid_from=valid_from,
        valid_to=valid_to,
        permissions=",".join(sorted(permissions)),
        reason=reason.strip()[:REASON_LENGTH],
        made_at=now,
        made_by=by,
    )
    note(
        "account.substitution_made",
        by=by,
        now=now,
        about=person,
        department=department,
        substitution=made.pk,
        substitute=substitute.pk,
        days=f"{valid_from}—{valid_to}",
        permissions=made.chosen,
    )
    return made


@transaction.atomic
def revoke_substitution(substitution: Substitution, *, by: User | None, now: datetime) -> None:
    """End a substitution at once: by the person, the substitute, or a security administrator.

    Revoking twice changes nothing. Raises ``NotAllowed``.
    """
    if by is None or by.pk not in (substitution.person_id, substitution.substitute_id):
        _refuse_strangers(substitution.person, by, timezone.localdate(now))
    standing = Substitution.objects.filter(pk=substitution.pk, revoked_at=None)
    if not standing.update(revoked_at=now, revoked_by=by):
        return
    substitution.refresh_from_db(fields=["revoked_at", "revoked_by"])
    note(
        "account.substitution_revoked",
        by=by,
        now=now,
        about=substitution.person,
        department=substitution.department,
        substitution=substitution.pk,
    )


def standing(day: date) -> "QuerySet[Substitution]":
    """Substitutions in force on ``day`` or later, not revoked, with everybody named."""
    rows = Substitution.objects.filter(valid_to__gte=day, revoked_at=None)
    return rows.select_related("person", "substitute", "department")


def candidates(person: User, day: date) -> "QuerySet[Membership]":
    """Who may stand in for ``person`` on ``day``: active colleagues in departments where both hold a role."""
    own = Membership.objects.valid_on(day).filter(user=person).exclude(role__in=rules.SEPARATED)
    rows = Membership.objects.valid_on(day).filter(department__in=own.values("department"))
    separated = Membership.objects.valid_on(day).filter(role__in=rules.SEPARATED).values("user")
    rows = rows.exclude(user=person).exclude(user__in=separated).filter(user__is_active=True)
    return rows.select_related("user", "department").order_by("department__code", "user__username", "role")


def _refuse_strangers(person: User, by: User | None, day: date) -> None:
    """The person arranges the own absence; for another the security administrator does, never for oneself."""
    if by is None or (by.is_active and by.pk == person.pk):
        return
    roles = Membership.objects.valid_on(day).filter(user=by).values_list("role", flat=True)
    if not by.is_active or Role.SECURITY_ADMIN not in set(roles):
        raise NotAllowed("委托代理由本人设立，或由安全管理员代为设立。")


def _facts(person: User, substitute: User, department: Department, span: rules.Span) -> rules.StandIn:
    """What holds on the asked days in that department."""
    others = [
        row
        for row in Substitution.objects.filter(department=department, revoked_at=None).filter(
            Q(person__in=(person, substitute)) | Q(substitute=person)
        )
        if rules.Span(row.valid_from, row.valid_to).overlaps(span)
    ]
    members = Membership.objects.valid_on(span.first).filter(department=department)
    roles: dict[int, set[str]] = {person.pk: set(), substitute.pk: set()}
    for user_id, role in members.filter(user__in=roles).values_list("user_id", "role"):
        roles[user_id].add(role)
    return rules.StandIn(
        person_id=person.pk,
        substitute_id=substitute.pk,
        span=span,
        person_roles=roles[person.pk],
        substitute_roles=roles[substitute.pk],
        person_acts=any(row.substitute_id == person.pk for row in others),
        substitute_away=any(row.person_id == substitute.pk for row in others),
        is_taken=any(row.person_id == person.pk for row in others),
    )
