"""No act without its record (R-42): every address that changes something writes the ledger in the same transaction."""

from contextlib import suppress

import pytest
import time_machine

from casework.core.ledger.models import LedgerEntry
from casework.core.rule_changes import urls as rule_changes
from portal.accounts.people_urls import urlpatterns
from tests.accounts.admins import make_admins
from tests.acts import ACTS, UNRECORDED, Act, World, client_of, form_of
from tests.cast import NOW, Cast
from tests.route_matrix import REVIEWED, ROUTES
from tests.test_safe_methods import snapshot

# Reviewed views of ours that take a POST; the others of that table are Wagtail's or take none.
OWN_REVIEWED = {"login", "login-code", "logout", "password_change", "preferences"}
PEOPLE = {str(entry.name) for entry in urlpatterns}
READ_ONLY = {"people", "person"}
RULES = {str(entry.name) for entry in rule_changes.urlpatterns}
RULES_READ_ONLY = {
    *("calendar_notices", "calendar_notice", "rule_changes", "rule_change", "limit_rules", "limit_rule"),
}


class LedgerIsClosed(Exception):
    """Nothing can be recorded."""


@pytest.fixture
def world(cast: Cast, version, settings):
    settings.PUSH_ALLOWED_ENDPOINTS = ["127.0.0.1:9"]
    with time_machine.travel(NOW, tick=False):
        admins = make_admins(cast)
        yield World(cast, version, admins.guard, admins.other)


@pytest.fixture
def closed_ledger(monkeypatch):
    """``closed_ledger()`` makes every further record fail."""

    def refuse(*_facts: object) -> str:
        raise LedgerIsClosed

    return lambda: monkeypatch.setattr("casework.core.ledger.actions.canonical", refuse)


def test_every_state_changing_address_is_in_the_table() -> None:
    posting = {name for name, route in ROUTES.items() if "POST" in route.methods}
    posting |= OWN_REVIEWED | (PEOPLE - READ_ONLY) | (RULES - RULES_READ_ONLY)
    known = set(ACTS) | set(UNRECORDED)
    assert set(REVIEWED) >= OWN_REVIEWED
    assert posting - known == set(), "add the address to tests/acts.py: what does it record?"
    assert known - posting == set(), "the table names addresses that no longer exist"
    assert len(known) == len(ACTS) + len(UNRECORDED)
    assert all(UNRECORDED.values())


def do(world: World, act: Act) -> tuple[int, int]:
    """Carry out the act; (status, entries that it wrote)."""
    done = act.prepare(world)
    client = done.client or client_of(world, act.who)
    form = form_of(done, client)
    before = LedgerEntry.objects.count()
    answer = client.post(done.url, form)
    return answer.status_code, LedgerEntry.objects.count() - before


@pytest.mark.parametrize("name", sorted(ACTS))
def test_the_act_is_recorded(world: World, name: str) -> None:
    status, entries = do(world, ACTS[name])
    assert status in {200, 204, 302}
    assert entries >= 1


@pytest.mark.parametrize("name", sorted(ACTS))
def test_without_its_record_nothing_happens(world: World, closed_ledger, name: str) -> None:
    """As after a crash between the change and its record: neither is there."""
    act = ACTS[name]
    done = act.prepare(world)
    client = done.client or client_of(world, act.who)
    form, before = form_of(done, client), snapshot()
    closed_ledger()
    with suppress(LedgerIsClosed):  # an act on many names the one that failed and goes on
        client.post(done.url, form)
    assert snapshot() == before


def test_the_proof_notices_an_act_that_forgets(world: World, monkeypatch) -> None:
    """The deliberate break: ending a session without its entry must fail the proof above."""
    monkeypatch.setattr("portal.accounts.sessions.note", lambda *args, **facts: None)
    with pytest.raises(AssertionError):
        test_the_act_is_recorded(world, "session-end")
