"""What every template may say about the site."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, Any]:
    """Site name, subtitle and address, and the reader's display preferences."""
    return {
        "site_name": settings.SITE_NAME,
        "site_subtitle": settings.SITE_SUBTITLE,
        "public_url": settings.PUBLIC_URL,
        "elder_mode": request.COOKIES.get("elder") == "1",
        "high_contrast": request.COOKIES.get("contrast") == "1",
    }
