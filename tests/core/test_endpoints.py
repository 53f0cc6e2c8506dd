"""Registering where a department can be reached off the platform."""

import pytest

from casework.core.ledger.models import LedgerEntry
from casework.core.outbox.endpoints import BadEndpoint, add_endpoint
from casework.core.outbox.models import Channel, Endpoint
from tests.cast import NOW, Cast

SECRET = "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQ="


def test_a_mail_address_is_registered_and_noted_without_the_address(cast: Cast) -> None:
    add_endpoint(
        department=cast.competent,
        channel=Channel.OA_MAIL,
        address="a@example.test",
        by=cast.sysadmin,
        now=NOW,
    )
    assert Endpoint.objects.get().active
    entry = LedgerEntry.objects.get(action="outbox.endpoint_added")
    assert (entry.department, entry.actor, entry.at) == (cast.competent, cast.sysadmin, NOW)
    assert "a@example.test" not in entry.payload


def test_the_secret_stays_out_of_the_ledger(cast: Cast) -> None:
    add_endpoint(
        department=cast.competent,
        channel=Channel.HTTP,
        address="http://127.0.0.1:1/x",
        secret=SECRET,
        by=cast.sysadmin,
        now=NOW,
    )
    assert Endpoint.objects.get().secret == SECRET
    assert SECRET not in LedgerEntry.objects.get().payload


@pytest.mark.parametrize(
    ("channel", "address", "field"),
    [(Channel.OA_MAIL, "nobody", "address"), (Channel.HTTP, "http://127.0.0.1:1/x", "secret")],
)
def test_an_address_that_cannot_work_is_refused(
    cast: Cast, channel: Channel, address: str, field: str
) -> None:
    with pytest.raises(BadEndpoint) as refused:
        add_endpoint(department=cast.competent, channel=channel, address=address, by=cast.sysadmin, now=NOW)
    assert refused.value.field == field
    assert not Endpoint.objects.exists()


def test_the_same_address_is_registered_once(cast: Cast) -> None:
    given = {"department": cast.competent, "channel": Channel.OA_MAIL, "address": "a@example.test"}
    add_endpoint(**given, by=cast.sysadmin, now=NOW)
    with pytest.raises(BadEndpoint):
        add_endpoint(**given, by=cast.sysadmin, now=NOW)
    assert Endpoint.objects.count() == 1
