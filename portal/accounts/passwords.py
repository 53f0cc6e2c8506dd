"""Set passwords: the own one, or one that an administrator hands over. ``password_profiles.py`` has the rules."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.db import transaction

from portal.accounts import sessions
from portal.accounts.facts import note, note_and_log
from portal.accounts.models import PasswordRecord, User
from portal.accounts.notices import tell

KEPT = 10  # records per person; the longest history asks for 5


@transaction.atomic
def change(*, user: User, password: str, keep: str, now: datetime) -> None:
    """The person's own new password; every session but the one with the handle ``keep`` ends.

    Raises ``ValidationError`` when the profile refuses it.
    """
    _set(user, password, given=False, now=now)
    sessions.end_all(user=user, by=user, now=now, keep=keep)
    note("account.password_changed", by=user, now=now, about=user)
    tell(user, "您的登录密码已修改，其他设备上的登录已全部退出。", now=now)


@transaction.atomic
def give(*, user: User, password: str, by: User | None, now: datetime) -> None:
    """A password that ``by`` hands over: it ends all sessions and must be changed at the first sign-in.

    Who may do so is the caller's to check. Raises ``ValidationError`` when the profile refuses it.
    """
    _set(user, password, given=True, now=now)
    sessions.end_all(user=user, by=by, now=now)
    note_and_log("account.password_given", by=by, now=now, about=user)
    tell(user, "管理员为您设置了初始密码，登录后须先修改。如不是您提出的，请立即报告安全管理员。", now=now)


def must_change(user: User, now: datetime) -> str:
    """Why the person has to choose a new password before anything else; "" when not."""
    newest = PasswordRecord.objects.filter(user=user).order_by("-pk").first()
    if newest is not None and newest.given:
        return "当前密码由管理员设置，请先修改为您自己的密码。"
    days = settings.PASSWORD_MAX_AGE_DAYS
    set_at = newest.set_at if newest is not None else user.date_joined
    if days and now - set_at > timedelta(days=days):
        return f"当前密码已使用超过{days}天，请修改后继续。"
    return ""


def _set(user: User, password: str, *, given: bool, now: datetime) -> None:
    validate_password(password, user)
    if not user.password_records.exists() and user.has_usable_password():
        # The password from before there were records: it must not come back either.
        user.password_records.create(encoded=user.password, set_at=user.date_joined)
    user.set_password(password)
    user.save(update_fields=["password"])
    user.password_records.create(encoded=user.password, set_at=now, given=given)
    old = user.password_records.order_by("-pk").values_list("pk", flat=True)[KEPT:]
    user.password_records.filter(pk__in=list(old)).delete()
