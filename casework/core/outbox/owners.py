"""Who answers for a delivery off the platform: the department that sent it, else the system administrators."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from casework.core.access import ROLE_PERMISSIONS, Can
from casework.core.letters.models import Recipient
from casework.core.outbox.models import Delivery
from portal.accounts.models import Department, Membership, Post, User
from portal.accounts.roles import PostKind, Role

_LETTER = "recipient:"


@dataclass(frozen=True)
class Owner:
    """``department`` None = the system administrators; ``person`` None = everybody there who may settle it."""

    department: Department | None
    person: User | None


def recipient_id(delivery: Delivery) -> int | None:
    """Id of the letter's recipient that the delivery serves; None for mails that belong to no letter."""
    kind, _, number = delivery.reference.partition(":")
    return int(number) if f"{kind}:" == _LETTER and number.isdecimal() else None


def recipients(deliveries: Collection[Delivery]) -> dict[int, Recipient]:
    """Delivery id → the recipient that it serves, with letter, case, departments and duty (one query)."""
    wanted = {delivery.pk: recipient_id(delivery) for delivery in deliveries}
    related = ("letter__case", "letter__sender", "department", "duty")
    rows = Recipient.objects.select_related(*related).in_bulk([pk for pk in wanted.values() if pk])
    return {pk: rows[number] for pk, number in wanted.items() if number in rows}


def owner_of(delivery: Delivery, now: datetime) -> Owner:
    """The sender's department with its liaison of that day (8.1); without sender, or with nobody there who
    may settle it, the system administrators: no delivery is without an owner."""
    recipient = recipients([delivery]).get(delivery.pk)
    if recipient is None:
        return Owner(None, None)
    day = timezone.localdate(now)
    sender = recipient.letter.sender.acting_on(day)
    people = people_in_charge(sender, now)
    if not people:
        return Owner(None, None)
    return Owner(sender, _liaison(sender, people, now))


def _liaison(department: Department, people: Collection[User], now: datetime) -> User | None:
    """The liaison, else the substitute (AB角), when that person may settle deliveries."""
    posts = Post.objects.valid_on(timezone.localdate(now)).filter(
        department=department, kind=PostKind.LIAISON
    )
    for post in posts.select_related("user", "substitute").order_by("pk"):
        both: tuple[User | None, User | None] = (post.user, post.substitute)
        found = next((person for person in both if person is not None and person in people), None)
        if found is not None:
            return found
    return None


def people_in_charge(department: Department | None, now: datetime) -> list[User]:
    """Active people who may settle deliveries there today; None = the system administrators."""
    roles = [Role.SYSADMIN]
    day = timezone.localdate(now)
    rows = Membership.objects.valid_on(day)
    if department is not None:
        roles = [Role(role) for role, held in ROLE_PERMISSIONS.items() if Can.SETTLE_DELIVERY in held]
        rows = rows.filter(department=department.acting_on(day))
    wanted = rows.filter(role__in=roles).values("user_id")
    return list(User.objects.filter(is_active=True, pk__in=wanted).order_by("pk"))
