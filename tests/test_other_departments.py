"""An object of another department answers exactly like no object: every object route, every role (R-50, R-58)."""

import pytest
import time_machine
from django.urls import reverse

from casework.core.cases import queries
from casework.core.ledger.models import LedgerEntry
from casework.models import Case
from tests.cast import NOW, Cast
from tests.other_departments import NO_DEPARTMENT, OBJECTS, build, client_of, differences, object_routes
from tests.test_routes import OURS
from tests.test_safe_methods import read

MEMBERS = ("clerk", "handler", "chief", "reviewer_a", "leader_a", "supervisor", "enforcer")


@pytest.fixture
def world(cast: Cast):
    with time_machine.travel(NOW, tick=False):
        build(cast)
        yield cast


def test_every_object_route_is_in_the_table() -> None:
    known = set(OBJECTS) | set(NO_DEPARTMENT)
    names = {name for name, _ in object_routes()}
    assert names - known == set(), "add the route to tests/other_departments.py: whose objects does it show?"
    assert known - names == set(), "the table names addresses that no longer exist"


def test_a_stranger_cannot_tell_an_object_from_none(world: Cast) -> None:
    before = LedgerEntry.objects.count()
    assert [name for name, values in OBJECTS.items() if not list(values())] == [], "the world lacks these"
    assert list(differences(world)) == []
    assert LedgerEntry.objects.count() == before


def test_members_do_find_their_objects(world: Cast) -> None:
    """The control: each page that is read opens for somebody of the department."""
    members = [client_of(getattr(world, who)) for who in MEMBERS]
    for name, route in object_routes():
        if name in NO_DEPARTMENT or "GET" not in route.methods:
            continue
        parameter = next(iter(OURS[name].pattern.converters))
        urls = [reverse(name, kwargs={parameter: value}) for value in OBJECTS[name]()]
        answers = (read(client.get(url)).status_code for client in members for url in urls)
        assert any(status in {200, 302} for status in answers), name  # the objection leads on to its letter


def test_the_walk_notices_a_permission_that_was_dropped(world: Cast, monkeypatch) -> None:
    """The deliberate break: pages that show every case to everybody must fail the proof."""
    everything = lambda access: Case.objects.all()  # noqa: E731
    for module in ("casework.desk.views", "casework.intake.views", "casework.approval.views"):
        monkeypatch.setattr(f"{module}.cases_for", everything)
    assert queries.cases_for is not everything
    found = list(differences(world, ["casework:case", "casework:intake-submit"]))
    assert any(line.startswith("GET casework:case") for line in found)
    assert any(line.startswith("POST casework:intake-submit") for line in found)
