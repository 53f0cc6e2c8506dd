"""Open duties hold the last person who can meet them: nobody goes before a colleague can (7–9, 8.1)."""

from datetime import datetime

from django.db.models import Count

from casework.core.access import DUTY_PERMISSIONS, ROLE_PERMISSIONS, Can
from casework.core.clocks.models import Duty
from casework.core.rules_data.models import DutyKind
from portal.accounts.leaving import Hold, Leaving
from portal.accounts.models import Membership, User


class DutyKeeper:
    """Duties are held by departments and seen by role: what must not happen is that no role is left for one."""

    def holds(self, leaving: Leaving) -> list[Hold]:
        """Each act that an open duty of the department needs and that nobody else could do."""
        if not leaving.roles:
            return []
        counts = dict(
            Duty.objects.open()
            .filter(holder__in=leaving.department.answers_for(leaving.day))
            .order_by()
            .values_list("kind")
            .annotate(count=Count("pk"))
        )
        left = _permissions_left(leaving) if counts else frozenset()
        found = []
        for kind in (kind for kind in DutyKind.values if kind in counts):
            for permission in sorted(DUTY_PERMISSIONS.get(kind, frozenset()) - left):
                giving = sorted(role for role in leaving.roles if permission in ROLE_PERMISSIONS[role])
                if giving:
                    label, act = DutyKind(kind).label, Can(permission).label
                    text = f"{counts[kind]}项进行中的时限任务「{label}」，没有其他人可以{act}"
                    found.append(Hold(text, giving[0]))
        return found

    def hand_over(self, leaving: Leaving, *, to: User, by: User, now: datetime) -> None:
        """Nothing to do: a duty is the department's, and the role that meets it has passed on."""


def _permissions_left(leaving: Leaving) -> frozenset[Can]:
    """What active people can still do in the department on the day, the person's own other roles included.

    Substitutes do not count: their time ends.
    """
    rows = Membership.objects.valid_on(leaving.day).filter(
        department=leaving.department, user__is_active=True
    )
    held = {
        role
        for user, role in rows.values_list("user_id", "role")
        if user != leaving.person.pk or role not in leaving.roles
    }
    return frozenset().union(*(ROLE_PERMISSIONS[role] for role in held))
