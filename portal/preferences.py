"""How a reader wants pages shown: 长辈版 (large text) and 高对比, kept in two cookies."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

COOKIES = ("elder", "contrast")
MAX_AGE = 365 * 24 * 3600  # seconds


@require_http_methods(["GET", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    """Set or clear the cookies named in the request, then return to ``next``.

    A GET is allowed on purpose: nothing but the caller's own display changes, and
    the switches work without JavaScript and on pages from a cache.
    """
    given = request.POST if request.method == "POST" else request.GET
    response = redirect(_safe_next(request, given.get("next", "")))
    for name in COOKIES:
        value = given.get(name)
        if value == "1":
            response.set_cookie(
                name,
                "1",
                max_age=MAX_AGE,
                secure=settings.HTTPS,
                httponly=True,
                samesite="Lax",
            )
        elif value == "0":
            response.delete_cookie(name, samesite="Lax")
    response["Cache-Control"] = "no-store"
    return response


def _safe_next(request: HttpRequest, target: str) -> str:
    """The address to return to: only one of this site, else the home page."""
    if target.startswith("/") and url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return target
    return "/"
