"""Ask the pages of a demo city and print, as JSON, what each cost; run by ``pages.py`` in its own process."""

import json
import os
import statistics
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django.setup()

from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext, setup_test_environment  # noqa: E402
from django.urls import reverse  # noqa: E402

from casework.models import Case, CaseState, ResultPush  # noqa: E402
from cms_pages.models import GuidePage  # noqa: E402
from portal.accounts.models import User  # noqa: E402
from portal.accounts.roles import Role  # noqa: E402

ROUNDS = 7


def person(role: Role, department_id: int | None = None) -> User:
    """Somebody who holds ``role``, in ``department_id`` when it is given."""
    held = User.objects.filter(memberships__role=role)
    return held.filter(memberships__department_id=department_id).first() if department_id else held.first()


def cost(client: Client, address: str) -> dict[str, object]:
    """Queries, bytes and the median of the milliseconds of one page, warm."""
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        response = client.get(address)
        queries = len(captured)  # the log is emptied by the next request
    if response.status_code != 200:
        raise RuntimeError(f"{address}: {response.status_code}")
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        client.get(address)
        took.append((time.perf_counter() - began) * 1000)
    size = len(response.content)
    return {"queries": queries, "bytes": size, "ms": round(statistics.median(took), 1)}


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def pages() -> list[tuple[str, Client, str]]:
    """Name, reader and address of each page that is measured."""
    case = Case.objects.filter(state=CaseState.CLOSED).order_by("pk").last()
    push = ResultPush.objects.order_by("pk").last()
    guide = GuidePage.objects.live().order_by("pk").first()
    anyone, clerk = Client(), signed_in(person(Role.WINDOW_CLERK))
    supervisor = signed_in(person(Role.SUPERVISOR, push.department_id))
    return [
        ("home", anyone, "/"),
        ("guides", anyone, "/guides/"),
        ("guide", anyone, guide.get_url()),
        ("items", anyone, "/items/"),
        ("joint items", anyone, "/joint-items/"),
        ("policies", anyone, "/policies/"),
        ("search", anyone, "/search/?q=经营许可"),
        ("inbox of the window", clerk, "/desk/"),
        ("cases", clerk, "/desk/cases/"),
        ("case", clerk, reverse("casework:case", args=[case.number])),
        ("results to claim", supervisor, "/desk/supervision/"),
        ("one result", supervisor, reverse("casework:push", args=[push.pk])),
    ]


if __name__ == "__main__":
    setup_test_environment()
    print(json.dumps([{"page": name, **cost(client, address)} for name, client, address in pages()]))  # noqa: T201
