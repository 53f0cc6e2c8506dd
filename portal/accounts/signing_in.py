"""What stands between a right password and a session: the second step, and what must be done first."""

from dataclasses import asdict, dataclass
from datetime import datetime

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.signals import user_logged_in
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from portal.accounts import confirmation, passwords, second_factor
from portal.accounts.facts import note
from portal.accounts.models import User

PENDING = "sign_in_pending"  # session: the password was right, the code is still to come
SECOND = "second_factor_used"  # session: it was begun with a second factor
MUST_CHANGE = "password_must_change"  # session: why, in words
PENDING_SECONDS = 5 * 60


@dataclass(frozen=True)
class Pending:
    """Who gave the right password, when, and where they want to go."""

    user_id: int
    backend: str
    hash: str
    at: int
    next: str


def ask_for_code(request: HttpRequest, user: User, *, target: str, now: datetime) -> None:
    """Keep the first step until the second one; nobody is signed in yet."""
    request.session.flush()
    pending = Pending(
        user.pk, str(getattr(user, "backend", "")), user.get_session_auth_hash(), int(now.timestamp()), target
    )
    request.session[PENDING] = asdict(pending)


def waiting(request: HttpRequest, now: datetime) -> tuple[User, Pending] | None:
    """Whose code is awaited: None after five minutes, for an account disabled or a password changed meanwhile."""
    kept = request.session.get(PENDING)
    if not kept:
        return None
    pending = Pending(**kept)
    user = User.objects.filter(pk=pending.user_id, is_active=True).first()
    fresh = now.timestamp() - pending.at <= PENDING_SECONDS
    if user is None or not fresh or not constant_time_compare(user.get_session_auth_hash(), pending.hash):
        request.session.pop(PENDING, None)
        return None
    return user, pending


@transaction.atomic
def complete(request: HttpRequest, user: User, *, backend: str, with_code: bool, now: datetime) -> None:
    """Begin the session, under a new id, and note it."""
    request.session.pop(PENDING, None)
    request.second_factor_used = with_code  # type: ignore[attr-defined]
    login(request, user, backend=backend)
    note("account.signed_in", by=user, now=now, about=user, second_factor=with_code)


def listen() -> None:
    """Connect, once, when the app is ready."""
    user_logged_in.connect(_begin, dispatch_uid="what must be done first")


def _begin(sender: object, request: HttpRequest, user: User, **kwargs: object) -> None:
    """Every session comes by here, whoever called ``login``: nobody enrolled gets one without a code."""
    now = timezone.now()
    with_code = bool(getattr(request, "second_factor_used", False))
    if not with_code and second_factor.is_enrolled(user):
        request.session.flush()
        raise PermissionDenied("登录需要动态口令。")
    confirmation.mark(request, now)
    request.session[SECOND] = with_code
    request.session[MUST_CHANGE] = passwords.must_change(user, now)


def must_enrol(request: HttpRequest, now: datetime) -> bool:
    """Whether this session lacks a second factor that a role of the person asks for, as of today."""
    if not settings.SECOND_FACTOR_ROLES or request.session.get(SECOND):
        return False
    return second_factor.is_required(request.user, timezone.localdate(now))  # type: ignore[arg-type]
