"""First things first: a password handed over is changed, a second factor that a role asks for is enrolled."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from portal.accounts.guards import go
from portal.accounts.signing_in import MUST_CHANGE, must_enrol

ALWAYS = ("login", "logout", "confirm", "preferences", "healthz", "readyz")
ENROL = "您的角色必须使用动态口令登录，请先启用。"


class FirstThingsFirstMiddleware:
    """Until that is done every address of a signed-in person leads there, the public ones too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and not any(request.path == reverse(name) for name in ALWAYS):
            place, allowed, why = _must(request)
            if why and not any(request.path.startswith(reverse(name)) for name in allowed):
                messages.warning(request, why)
                return go(request, reverse(place))
        return self.get_response(request)


def _must(request: HttpRequest) -> tuple[str, tuple[str, ...], str]:
    """(address to go to, addresses that stay open, why) of what comes first; why is "" when nothing does."""
    if why := request.session.get(MUST_CHANGE, ""):
        return "password_change", ("password_change",), why
    why = ENROL if must_enrol(request, timezone.now()) else ""
    return "second-factor-enrol", ("second-factor-enrol", "second-factor-begin"), why
