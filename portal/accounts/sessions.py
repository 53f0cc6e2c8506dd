"""Session limits (R-55): out after half an hour of silence or twelve hours in all."""

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

STARTED = "session_started"
SEEN = "session_seen"
# Requests that an open page makes by itself, every few seconds: nobody need be sitting there.
BY_ITSELF = "/cms/editing-sessions/"
STEP_SECONDS = 30  # how often "seen" is written; keeps one write per page away


class SessionLimitsMiddleware:
    """Signs out a session that is idle or too old, and keeps signed-in pages out of caches."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            self._check(request)
        response = self.get_response(request)
        if request.user.is_authenticated:
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
