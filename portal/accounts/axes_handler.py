"""django-axes guards every authentication; how long somebody waits is decided by ``attempts.py``.

Axes knows one limit for all its counters, and its lock on an account can be set off by anybody. Its frame is
kept: the backend that refuses before a password is looked at, the middleware that shows the page.
"""

import math
from datetime import timedelta
from typing import Any

from axes.handlers.base import AxesHandler
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from portal.accounts import attempts
from portal.accounts.network import client_address


def locked_page(request: HttpRequest, answer: HttpResponse, credentials: Any) -> HttpResponse:
    """What the middleware answers instead of ``answer``: how long to wait."""
    wait: timedelta = getattr(request, "sign_in_wait", timedelta(0))
    minutes = max(math.ceil(wait.total_seconds() / 60), 1)
    page = render(request, "registration/locked.html", {"minutes": minutes}, status=429)
    page.headers["Retry-After"] = str(math.ceil(wait.total_seconds()))
    page.headers["Cache-Control"] = "no-store, private"
    return page


def refuse(request: HttpRequest, wait: timedelta) -> None:
    """Have the middleware answer this request with the page that says how long to wait."""
    request.axes_locked_out = True  # type: ignore[attr-defined]
    request.sign_in_wait = wait  # type: ignore[attr-defined]


class Handler(AxesHandler):
    """What axes asks and tells."""

    def is_locked(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> bool:
        username = str((credentials or {}).get("username") or "")
        wait = attempts.wait(username=username, address=client_address(request), now=timezone.now())
        if wait:
            request.sign_in_wait = wait  # type: ignore[attr-defined]
            request.sign_in_refused = True  # type: ignore[attr-defined]
        return bool(wait)

    def user_login_failed(
        self, sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any
    ) -> None:
        if request is None:
            return
        if getattr(request, "sign_in_refused", False):  # nobody looked at the password: nothing to count
            refuse(request, getattr(request, "sign_in_wait", timedelta(0)))
            return
        username = str(credentials.get("username") or "")
        wait = attempts.failed(username=username, address=client_address(request), now=timezone.now())
        if wait:
            refuse(request, wait)

    def user_logged_in(self, sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
        attempts.succeeded(username=user.get_username(), address=client_address(request), now=timezone.now())
