"""WSGI application for gunicorn."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
application = get_wsgi_application()


def _read_addresses() -> None:
    """Import every view now: the workers fork from a warm process, and the first reader does not wait."""
    from django.urls import get_resolver  # here, because the settings must stand first

    _ = get_resolver().url_patterns


_read_addresses()
