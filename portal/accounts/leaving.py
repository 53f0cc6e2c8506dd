"""What holds a person in a department until a colleague takes over.

A leaf cannot know what is open in the business: other rooms register a ``Keeper`` when they are ready.
Posts are known here (8.1, 6.8: a department always has its named persons).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from portal.accounts.errors import AccountRefused
from portal.accounts.models import Department, Membership, Post, User


@dataclass(frozen=True)
class Leaving:
    """``person`` no longer holds ``roles`` in ``department`` from ``day`` on.

    ``for_good`` = no role is left there, so the posts end too. ``post`` is set when only that one ends.
    """

    person: User
    department: Department
    roles: frozenset[str]
    day: date
    for_good: bool
    post: Post | None = None


@dataclass(frozen=True)
class Hold:
    """One thing that waits for somebody: ``text`` for the reader, ``role`` that has to pass on ("" = none)."""

    text: str
    role: str = ""


class Keeper(Protocol):
    """A room that knows of open work."""

    def holds(self, leaving: Leaving) -> list[Hold]:
        """What nobody else of the department could carry on."""

    def hand_over(self, leaving: Leaving, *, to: User, by: User, now: datetime) -> None:
        """Make ``to`` the one whose papers they are. Raises ``AccountRefused`` when that cannot be."""


_KEEPERS: dict[str, Keeper] = {}


class Held(AccountRefused):
    """Somebody cannot go before a colleague took over; ``holds`` says what is open."""

    def __init__(self, holds: Collection[Hold]) -> None:
        super().__init__("离任前须移交：" + "；".join(hold.text for hold in holds) + "。", field="successor")
        self.holds = tuple(holds)


def register(name: str, keeper: Keeper) -> None:
    """Ask ``keeper`` from now on; registering a name again replaces it."""
    _KEEPERS[name] = keeper


def holds_of(leaving: Leaving) -> list[Hold]:
    """Everything that waits for this very person, posts first; nothing once the department has a successor."""
    if leaving.department.acting_on(leaving.day) != leaving.department:
        return []
    found = [Hold(f"担任{post.get_kind_display()}，没有其他人任此职务") for post in lonely_posts(leaving)]
    for name in sorted(_KEEPERS):
        found += _KEEPERS[name].holds(leaving)
    return found


def hand_over(leaving: Leaving, *, to: User, by: User, now: datetime) -> None:
    """Let every room hand its papers over to ``to``."""
    for name in sorted(_KEEPERS):
        _KEEPERS[name].hand_over(leaving, to=to, by=by, now=now)


def posts_of(leaving: Leaving) -> list[Post]:
    """The posts that end: one, or with the person's last role in the department all."""
    if leaving.post is not None:
        return [leaving.post]
    if not leaving.for_good:
        return []
    rows = Post.objects.filter(user=leaving.person, department=leaving.department)
    return list(rows.exclude(valid_to__lt=leaving.day).order_by("kind", "id"))


def lonely_posts(leaving: Leaving) -> list[Post]:
    """Those of them that nobody else holds on the day."""
    others = set(
        Post.objects.valid_on(leaving.day)
        .filter(department=leaving.department, user__is_active=True)
        .exclude(user=leaving.person)
        .values_list("kind", flat=True)
    )
    return [post for post in posts_of(leaving) if post.kind not in others]


def colleagues(leaving: Leaving) -> list[User]:
    """Who may take over: active, with a role in the department that goes on after the day; by user name."""
    rows = Membership.objects.valid_on(leaving.day).filter(department=leaving.department)
    people = User.objects.filter(is_active=True, pk__in=rows.values("user")).exclude(pk=leaving.person.pk)
    return list(people.order_by("username"))
