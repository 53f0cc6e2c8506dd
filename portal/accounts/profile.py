"""What a person sees and changes of the own account."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from portal.accounts.facts import note
from portal.accounts.models import Membership, User
from portal.accounts.notices import tell


@dataclass(frozen=True)
class Appointment:
    """A department and the roles that the person holds there today."""

    department: str
    roles: str


def appointments(user: User, now: datetime) -> list[Appointment]:
    """Where the person works today, as which."""
    rows: Iterable[Membership] = (
        user.memberships.valid_on(timezone.localdate(now))
        .select_related("department")
        .order_by("department__code", "role")
    )
    held: dict[str, list[str]] = {}
    for row in rows:
        held.setdefault(row.department.name, []).append(row.get_role_display())
    return [Appointment(department, "、".join(roles)) for department, roles in held.items()]


@transaction.atomic
def change_contact(*, user: User, email: str, phone: str, now: datetime) -> bool:
    """Change where the person is reached; whether anything changed. Raises ``ValidationError``."""
    stored = User.objects.get(pk=user.pk)
    changed = [name for name, value in (("email", email), ("phone", phone)) if getattr(stored, name) != value]
    if not changed:
        return False
    before = stored.email
    stored.email, stored.phone = email, phone
    stored.full_clean(exclude=["password"])
    stored.save(update_fields=["email", "phone"])
    note("account.contact_changed", by=user, now=now, about=user, fields=changed)
    tell(stored, "您的联系方式已修改。", now=now, also=before)
    return True
