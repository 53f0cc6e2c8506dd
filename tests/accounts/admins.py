"""A city with two security administrators, for the tests of account administration."""

from dataclasses import dataclass
from datetime import date

from django.test import Client
from django.utils import timezone

from portal.accounts.confirmation import CONFIRMED
from portal.accounts.groups import sync_groups
from portal.accounts.models import Membership, User
from portal.accounts.roles import Role
from tests.cast import NOW, Cast, person

TODAY: date = NOW.date()


@dataclass(frozen=True)
class Admins:
    """``guard`` and ``other`` are security administrators; ``cast`` is the city."""

    cast: Cast
    guard: User
    other: User


def make_admins(cast: Cast) -> Admins:
    """Add the two to the city and fill the groups of the editors' desk."""
    made = Admins(
        cast,
        person("guard", "示例安全管理员甲", (cast.elsewhere, Role.SECURITY_ADMIN)),
        person("other", "示例安全管理员乙", (cast.elsewhere, Role.SECURITY_ADMIN)),
    )
    sync_groups(today=TODAY)
    return made


def confirmed(client: Client) -> Client:
    """A client whose person has just entered the password again."""
    session = client.session
    session[CONFIRMED] = int(timezone.now().timestamp())
    session.save()
    return client


def stale(client: Client) -> Client:
    """A client whose person entered the password long ago."""
    session = client.session
    session[CONFIRMED] = 0
    session.save()
    return client


def role_of(user: User, role: Role) -> Membership:
    """The one row of a role."""
    return Membership.objects.get(user=user, role=role)
