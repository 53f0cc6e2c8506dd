"""What every template may say about the site."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from portal import demo_logins, heartbeat


def site(request: HttpRequest) -> dict[str, Any]:
    """Site name, subtitle and address, and the reader's display preferences.

    ``worker_alarm`` and ``demo_logins`` are lazy: a page that does not show them pays nothing.
    """
    return {
        "site_name": settings.SITE_NAME,
        "site_subtitle": settings.SITE_SUBTITLE,
        "public_url": settings.PUBLIC_URL,
        "demo_mode": settings.DEMO,
        "elder_mode": request.COOKIES.get("elder") == "1",
        "high_contrast": request.COOKIES.get("contrast") == "1",
        "session_idle_seconds": settings.SESSION_IDLE_SECONDS,
        "session_idle_minutes": settings.SESSION_IDLE_SECONDS // 60,
        "worker_alarm": SimpleLazyObject(lambda: heartbeat.worker_alarm(timezone.now())),
        "demo_logins": SimpleLazyObject(demo_logins.read),
    }
