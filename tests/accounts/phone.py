"""A telephone with an authenticator app, for tests: what it would show at a moment."""

from datetime import datetime, timedelta

from django_otp.oath import TOTP

from portal.accounts import second_factor
from portal.accounts.models import User

STEP = timedelta(seconds=30)


def shows(user: User, now: datetime, *, later: int = 0) -> str:
    """The six digits of ``now``, or of ``later`` steps of half a minute after it."""
    totp = TOTP(bytes.fromhex(user.authenticator.secret))
    totp.time = now.timestamp() + later * 30
    return f"{totp.token():06d}"


def enrol(user: User, now: datetime) -> list[str]:
    """Take the person through enrolment at ``now``; the ten recovery codes."""
    second_factor.begin(user=user, now=now)
    user.refresh_from_db()
    return second_factor.confirm(user=user, code=shows(user, now), keep="", now=now)
