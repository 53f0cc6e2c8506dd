"""Read substitutions for a person's own page and for the security administrator."""

from datetime import date

from django.db.models import Q

from casework.core.access import Access, Can
from portal.accounts.models import Substitution, User
from portal.accounts.substitutions import standing


def labels_of(substitution: Substitution) -> str:
    """What passes on, in words."""
    known = dict(Can.choices)
    return "、".join(known.get(name, name) for name in substitution.chosen) or "全部权限"


def substitutions_for(access: Access, day: date) -> list[Substitution]:
    """Those in force or to come: the own ones on either side, everybody's for the security administrator."""
    rows = standing(day)
    if not access.can(Can.ARRANGE_SUBSTITUTIONS):
        rows = rows.filter(Q(person=access.user) | Q(substitute=access.user))
    return list(rows.order_by("valid_from", "id"))


def person_named(username: str) -> User | None:
    """The active account with this user name, None when there is none."""
    return User.objects.filter(username=username, is_active=True).first()
