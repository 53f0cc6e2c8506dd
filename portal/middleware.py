"""Request id, plain addresses, and the two content security policies of the site."""

import re
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest

from portal import logs

GetResponse = Callable[[HttpRequest], HttpResponse]
_SAFE_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


class RequestIdMiddleware:
    """Names each request in the logs and in the answer's ``X-Request-ID``."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        name = given if _SAFE_ID.fullmatch(given) else uuid.uuid4().hex
        # They stay set until the thread's next request: Django logs refusals after the last middleware.
        logs.request_id.set(name)
        logs.case_number.set("")
        response = self.get_response(request)
        response["X-Request-ID"] = name
        return response


class RefuseNulMiddleware:
    """Refuses an address with a NUL character: no text has one, and PostgreSQL answers it with an error."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            return HttpResponseBadRequest(
                "地址中含有不允许的字符。", content_type="text/plain; charset=utf-8"
            )
        return self.get_response(request)


_COMMON = "default-src 'self'; base-uri 'self'; form-action 'self'; object-src 'none'; "
STRICT_POLICY = _COMMON + (
    "script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; frame-ancestors 'self'"
)
# Wagtail's explorer and editor still use inline scripts and styles (feasibility §6).
EDITOR_POLICY = _COMMON + (
    "script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; frame-src 'self'; "
    "frame-ancestors 'self'"
)


class ContentSecurityPolicyMiddleware:
    """Strict policy everywhere; the editors' desk has its own, a little wider one."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        policy = EDITOR_POLICY if request.path.startswith("/cms/") else STRICT_POLICY
        # A view that serves untrusted files sets its own, narrower policy: keep it.
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()"
        )
        return response
