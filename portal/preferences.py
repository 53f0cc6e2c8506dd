"""How a reader wants pages shown: 长辈版 (large text) and 高对比, kept in two cookies."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from portal.accounts.network import safe_next

COOKIES = ("elder", "contrast")
MAX_AGE = 365 * 24 * 3600  # seconds


@require_http_methods(["GET", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    """Set or clear the cookies named in the request, then return to ``next``.

    A GET is allowed on purpose: nothing but the caller's own display changes, and
    the switches work without JavaScript and on pages from a cache.
    """
    given = request.POST if request.method == "POST" else request.GET
    response = redirect(safe_next(request, given.get("next"), "/"))
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
