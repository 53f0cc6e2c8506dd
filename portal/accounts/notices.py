"""Tell a person what happened to the own account: on the account page, and to whoever carries it further."""

from datetime import datetime

from django.db.models import QuerySet
from django.dispatch import Signal

from portal.accounts.models import SecurityNotice, User

told = Signal()
SHOWN = 10


def tell(user: User, text: str, *, now: datetime, also: str = "") -> SecurityNotice:
    """Write ``text`` (one Chinese sentence, no secrets) for ``user``, in the caller's transaction.

    ``also`` is a mail address that was the person's until now: whoever changes it cannot keep it a secret.
    """
    notice = SecurityNotice.objects.create(user=user, text=text, at=now)
    addresses = sorted({each for each in (user.email, also) if each})
    told.send(SecurityNotice, notice=notice, addresses=addresses)
    return notice


def latest(user: User) -> QuerySet[SecurityNotice]:
    """The newest notices."""
    return SecurityNotice.objects.filter(user=user)[:SHOWN]
