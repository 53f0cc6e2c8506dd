"""What a reader gets when a page breaks: 503 while the database does not answer, else 500."""

import logging
import sys
from collections.abc import Iterator

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.defaults import server_error as broken

log = logging.getLogger(__name__)
RETRY_SECONDS = 30


def server_error(request: HttpRequest) -> HttpResponse:
    """The page for an exception that nobody handled. It asks neither database nor session."""
    if not any(isinstance(error, OperationalError | InterfaceError) for error in _causes()):
        return broken(request)
    log.error("the database does not answer: %s", request.path)
    response = HttpResponse(render_to_string("503.html"), status=503)
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    response.headers["Cache-Control"] = "no-store"
    return response


def _causes() -> Iterator[BaseException]:
    """The exception under way and what it came from."""
    error, seen = sys.exc_info()[1], set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
