"""Sessions (R-55): limits, what a new one carries, the own list, ending them."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.signals import user_logged_in
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from portal.accounts.facts import note
from portal.accounts.models import AccountSession, User
from portal.accounts.network import client_address
from portal.accounts.session_store import ADDRESS, AGENT, HANDLE, SEEN, STARTED

# Requests that an open page makes by itself, every few seconds: nobody need be sitting there.
BY_ITSELF = "/cms/editing-sessions/"
STEP_SECONDS = 30  # how often "seen" is written; keeps one write per page away


class SessionLimitsMiddleware:
    """Signs out a session that is idle or too old, and keeps signed-in pages out of caches."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        known = request.user.is_authenticated
        if known:
            self._check(request)
        response = self.get_response(request)
        # Also the answer that signs out: a page behind "back" must come from us, not from a cache.
        if known or request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "no-store, private")
        return response

    def _check(self, request: HttpRequest) -> None:
        now = int(timezone.now().timestamp())
        started = request.session.setdefault(STARTED, now)
        seen = request.session.setdefault(SEEN, now)
        if now - seen > settings.SESSION_IDLE_SECONDS or now - started > settings.SESSION_COOKIE_AGE:
            logout(request)
            messages.warning(request, "您已较长时间未操作，为保证安全请重新登录。")
        elif now - seen > STEP_SECONDS and not request.path.startswith(BY_ITSELF):
            request.session[SEEN] = now


def listen() -> None:
    """Connect, once, when the app is ready."""
    user_logged_in.connect(_begin, dispatch_uid="what a session carries")


def _begin(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    """A new session begins its own hours, whatever the browser did before."""
    now = int(timezone.now().timestamp())
    request.session.update(
        {
            HANDLE: uuid.uuid4().hex,
            STARTED: now,
            SEEN: now,
            ADDRESS: client_address(request)[:45],
            AGENT: request.META.get("HTTP_USER_AGENT", "")[:200],
        }
    )


def sessions_of(user: User, now: datetime) -> list[AccountSession]:
    """The person's open sessions, the one used last first."""
    rows = AccountSession.objects.filter(user=user, expire_date__gt=now).exclude(handle="")
    floor = now - timedelta(seconds=settings.SESSION_IDLE_SECONDS + STEP_SECONDS)
    return list(rows.filter(seen_at__gte=floor).order_by("-seen_at", "handle"))


@transaction.atomic
def end_one(*, user: User, handle: str, by: User, now: datetime) -> bool:
    """End one session of ``user``; False when there is no such one (any more)."""
    rows = AccountSession.objects.filter(user=user).exclude(handle="")
    ended, _ = rows.filter(handle=handle).delete()
    if ended:
        note("account.session_ended", by=by, now=now, about=user, sessions=ended)
    return bool(ended)


@transaction.atomic
def end_all(*, user: User, by: User | None, now: datetime, keep: str = "") -> int:
    """End the person's sessions, all but the one with the handle ``keep``; return how many."""
    ended, _ = AccountSession.objects.filter(user=user).exclude(handle=keep or "-").delete()
    if ended:
        note("account.sessions_ended", by=by, now=now, about=user, sessions=ended)
    return ended
