"""Build a world, walk it, print as JSON what was found; run by ``access.py`` in its own process."""

import json
import os
import statistics
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django.setup()

from django.test import Client  # noqa: E402
from django.test.utils import setup_test_environment  # noqa: E402
from django.urls import reverse  # noqa: E402
from django.utils import timezone  # noqa: E402

from cms_pages.site import ensure_site  # noqa: E402
from portal.accounts.groups import RIGHTS, sync_groups  # noqa: E402
from portal.accounts.models import Membership, User  # noqa: E402
from portal.accounts.roles import Role  # noqa: E402
from tests.cast import make_cast  # noqa: E402
from tests.other_departments import OBJECTS, build, client_of, differences  # noqa: E402
from tests.route_matrix import ROUTES  # noqa: E402
from tests.test_editors_desk import EVERYBODY  # noqa: E402
from tests.test_routes import OURS, address  # noqa: E402
from tests.wagtail_walk import addresses, opened  # noqa: E402

ROUNDS = 9


class Counting(Client):
    """Counts what every client asks."""

    asked = 0

    def request(self, **environ: object) -> object:
        Counting.asked += 1
        return super().request(**environ)


def milliseconds(client: Client, method: str, url: str) -> float:
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        getattr(client, method)(url).close()
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)


def timed(cast: object) -> list[tuple[str, int, dict[str, float]]]:
    """Each object route with its number of objects, and what a stranger waits for an answer."""
    found = []
    client = client_of(cast.stranger)
    for name, values in sorted(OBJECTS.items()):
        method = ROUTES[name].methods.split()[0].lower()
        parameter = next(iter(OURS[name].pattern.converters))
        objects = list(values())
        one = reverse(name, kwargs={parameter: objects[0]})
        ms = {
            "none": milliseconds(client, method, address(name)),
            "other": milliseconds(client, method, one),
        }
        found.append((name, len(objects), ms))
    return found


def without_rights(cast: object) -> list[str]:
    """What of the editors' desk opens for roles that have no rights there."""
    found = []
    for role in sorted(set(Role) - set(RIGHTS)):
        user = User.objects.create(username=f"only-{role}", name=str(role.label))
        Membership.objects.create(user=user, department=cast.elsewhere, role=role)
        client = client_of(user)
        for method in ("get", "post"):
            found += [f"{role} {method} {each}" for each in opened(client, addresses(), method) - EVERYBODY]
    return found


def main() -> None:
    setup_test_environment()
    ensure_site("http://testserver")
    cast = make_cast()
    build(cast)
    sync_groups(today=timezone.localdate())
    import tests.other_departments as walk

    walk.Client = Counting  # type: ignore[misc]
    different = list(differences(cast, everything=True))
    asked = Counting.asked
    result = {
        "differences": different,
        "asked": asked,
        "objects": sum(len(list(values())) for values in {id(v): v for v in OBJECTS.values()}.values()),
        "routes": timed(cast),
        "opened": without_rights(cast),
        "wagtail": len(addresses()),
        "roles": len(set(Role) - set(RIGHTS)),
    }
    print(json.dumps(result, ensure_ascii=False))  # noqa: T201


main()
