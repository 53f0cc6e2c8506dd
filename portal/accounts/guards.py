"""Guards of the account pages: somebody is signed in, or goes to sign in."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone

from portal.accounts.models import User
from portal.accounts.roles import Role

View = Callable[..., HttpResponse]
SIGNED_IN = "signed-in"  # the marker that the route test reads


class AccountRequest(HttpRequest):
    """A request that passed ``signed_in``."""

    user: User


def signed_in(view: View) -> View:
    """Let in whoever is signed in, whatever the role; others go to the sign-in page and come back."""

    @wraps(view)
    def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            here = request.get_full_path() if request.method == "GET" else "/accounts/"
            return go(request, redirect_to_login(here).url)
        return view(request, *args, **kwargs)

    guarded.access_marker = SIGNED_IN  # type: ignore[attr-defined]
    return guarded


def keeps_accounts(request: HttpRequest) -> bool:
    """Whether the reader is a security administrator today."""
    user = request.user
    if not isinstance(user, User) or not user.is_active:
        return False
    return user.memberships.valid_on(timezone.localdate()).filter(role=Role.SECURITY_ADMIN).exists()


def security_administrator(view: View) -> View:
    """Let in security administrators only; below Wagtail's own guard, which asks for a sign-in."""

    @wraps(view)
    def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if not keeps_accounts(request):
            raise PermissionDenied("只有安全管理员可以管理账号。")
        return view(request, *args, **kwargs)

    guarded.access_marker = Role.SECURITY_ADMIN  # type: ignore[attr-defined]
    return guarded


def go(request: HttpRequest, target: str) -> HttpResponse:
    """Send the whole window to ``target``, also out of a fragment."""
    # Read from the header: some callers stand before the middleware that knows htmx.
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=204, headers={"HX-Redirect": target})
    return HttpResponseRedirect(target)
