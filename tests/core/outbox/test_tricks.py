"""Addresses that lead elsewhere open no connection (R-10); changed messages are not believed (R-05).

``make prove PART=receivers`` runs these with 5,000 changes instead of 400. Each guard is also taken away once, to show that
these tests would see it.
"""

import base64
import hashlib
import hmac
import os
import random
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from django.utils import timezone
from standardwebhooks import Webhook

from casework.core.outbox import actions, courier, lines, transports
from casework.core.outbox.models import Channel, Delivery, DeliveryState, Endpoint
from casework.core.outbox.rules import Target
from tests.cast import Cast
from tests.core.outbox.receivers import Receiver, answer
from tests.core.rooms import SECRET, endpoint

CHANGES = int(os.environ.get("SIGNATURE_CHANGES", "400"))

# {port} is the port of a receiver that nobody allowed; "peer.example:{port}" is on the list.
TRICKS = {
    "plain": "http://127.0.0.1:{port}/",
    "a name for it": "http://localhost:{port}/",
    "one number": "http://2130706433:{port}/",
    "hexadecimal": "http://0x7f000001:{port}/",
    "octal": "http://0177.0.0.1:{port}/",
    "short": "http://127.1:{port}/",
    "nought": "http://0:{port}/",
    "any address": "http://0.0.0.0:{port}/",
    "the whole loopback net": "http://127.9.9.9:{port}/",
    "version 6": "http://[::1]:{port}/",
    "version 4 in 6": "http://[::ffff:127.0.0.1]:{port}/",
    "with a zone": "http://[::1%25lo]:{port}/",
    "listed name as user": "http://peer.example:{port}@127.0.0.1:{port}/",
    "listed name as password": "http://x:peer.example@127.0.0.1:{port}/",
    "behind a backslash": "http://127.0.0.1:{port}\\@peer.example:{port}/",
    "in front of a fragment": "http://127.0.0.1:{port}/#@peer.example:{port}/",
    "listed name as path": "http://127.0.0.1:{port}/peer.example:{port}",
    "listed name as beginning": "http://peer.example.localhost:{port}/",
    "full-width digits": "http://１２７.0.0.1:{port}/",
    "ideographic full stop": "http://127。0。0。1:{port}/",
    "line break": "http://127.0.0.1:{port}/\r\nHost: peer.example",
    "another scheme": "gopher://127.0.0.1:{port}/",
    "listed name that turns inwards": "http://peer.example:{port}/",
    "the same in capitals": "http://PEER.example:{port}/",
}


@pytest.fixture
def send(db: None, cast: Cast, receiver: Receiver, settings, monkeypatch):
    """``send(url)`` carries out one delivery to it; every name leads to this machine."""
    port = receiver.server.server_port
    settings.PUSH_ALLOWED_ENDPOINTS = [f"peer.example:{port}"]
    true_lookup = socket.getaddrinfo

    def lookup(host, *args, **kwargs):
        inwards = host.lower().endswith(".example")
        return true_lookup("127.0.0.1" if inwards else host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", lookup)

    def make(url: str) -> Delivery:
        where = endpoint(cast.competent, Channel.HTTP, url[:300], secret=SECRET)
        row = actions.enqueue(
            dedup=url[:120],
            reference="x",
            channel=Channel.HTTP,
            endpoint=where,
            address=url,
            subject="x",
            body="{}",
            now=timezone.now(),
        )
        courier.run(now=timezone.now())
        row.refresh_from_db()
        return row

    return make


@pytest.mark.parametrize("name", TRICKS)
def test_a_trick_opens_no_connection(name: str, send, receiver: Receiver) -> None:
    row = send(TRICKS[name].format(port=receiver.server.server_port))
    assert row.state == DeliveryState.DEAD
    assert row.last_error
    assert receiver.connections == 0


def test_a_redirect_opens_none_at_the_place_it_names(send, receiver: Receiver, settings) -> None:
    other = Receiver()
    try:
        settings.PUSH_ALLOWED_ENDPOINTS = [receiver.place]
        for status in (301, 302, 303, 307, 308):
            receiver.script = [answer(status, Location=other.url)]
            assert send(f"{receiver.url}&{status}").state == DeliveryState.NEW
        assert (receiver.connections, other.connections) == (5, 0)
    finally:
        other.stop()


def test_a_name_that_changes_its_mind_after_the_look_is_not_followed(
    send, receiver: Receiver, monkeypatch
) -> None:
    """Rebinding: outwards when it is judged, inwards a moment later."""
    port, asked = receiver.server.server_port, []

    def lookup(host, *_args, **_kwargs):
        asked.append(host)
        address = "192.0.2.7" if asked.count("peer.example") == 1 and host == "peer.example" else "127.0.0.1"
        address = host if host == "192.0.2.7" else address
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    row = send(f"http://peer.example:{port}/")
    assert row.state == DeliveryState.NEW
    assert (asked.count("peer.example"), receiver.connections) == (1, 0)


def test_without_the_list_the_receiver_would_see_them(send, receiver: Receiver, monkeypatch) -> None:
    def unguarded(url: str, _allowed: object) -> Target:
        parts = urlsplit(url)
        return Target(parts.scheme, parts.hostname or "", parts.port or 80, parts.path)

    monkeypatch.setattr(transports, "target_of", unguarded)
    monkeypatch.setattr(lines, "resolve", lambda target: target.host)
    for name in ("plain", "a name for it", "listed name as user", "listed name as path"):
        send(TRICKS[name].format(port=receiver.server.server_port))
    assert receiver.connections > 0


# -- signatures ----------------------------------------------------------------
Message = tuple[bytes, dict[str, str]]
BODY = '{"facts":{"办理结果":"准予许可"},"schema":"linkage.letter/1"}'


def signed(now: datetime, dedup: str = "letter:1") -> Message:
    """What the platform sends."""
    delivery = Delivery(dedup=dedup, body=BODY, endpoint=Endpoint(pk=1, secret=SECRET))
    return BODY.encode(), transports._headers(delivery, Target("http", "x", 80, "/"), now)


def believed(message: Message) -> bool:
    """Whether a receiver that uses the public library takes the message."""
    try:
        Webhook(SECRET).verify(*message)
    except Exception:
        return False
    return True


def by_hand(body: bytes, headers: dict[str, str]) -> str:
    """The signature of the specification, without the library."""
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    content = b".".join([headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body])
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def test_both_ways_with_the_public_library() -> None:
    body, headers = signed(datetime.now(UTC))
    assert headers["webhook-signature"] == by_hand(body, headers)
    assert believed((body, headers))
    own = {**headers, "webhook-signature": by_hand(body, headers)}
    assert believed((body, own))


@pytest.mark.parametrize(
    ("seconds", "taken"),
    [(-3600, False), (-301, False), (-290, True), (290, True), (305, False), (86400, False)],
)
def test_old_and_future_messages_are_refused(seconds: int, taken: bool) -> None:
    assert believed(signed(datetime.now(UTC) + timedelta(seconds=seconds))) is taken


def _body(chance: random.Random, message: Message) -> Message:
    body, headers = message
    place = chance.randrange(len(body))
    other = bytes([body[place] ^ chance.randrange(1, 256)])
    cut = chance.choice(
        (body[:place], body[:place] + other + body[place + 1 :], body[:place] + other + body[place:])
    )
    return cut, headers


def _header(name: str) -> Callable[[random.Random, Message], Message]:
    def change(chance: random.Random, message: Message) -> Message:
        body, headers = message
        value = headers[name]
        place = chance.randrange(len(value))
        new = chance.choice([char for char in "0123456789abcxyz:" if char != value[place]])
        return body, {**headers, name: value[:place] + new + value[place + 1 :]}

    return change


def _signature(chance: random.Random, message: Message) -> Message:
    body, headers = message
    mark = bytearray(base64.b64decode(headers["webhook-signature"].removeprefix("v1,")))
    mark[chance.randrange(len(mark))] ^= chance.randrange(1, 256)
    return body, {**headers, "webhook-signature": "v1," + base64.b64encode(mark).decode()}


def _other_version(chance: random.Random, message: Message) -> Message:
    body, headers = message
    version = chance.choice(("v0", "v2", "V1", "v1a", "", "v1;"))
    return body, {**headers, "webhook-signature": version + headers["webhook-signature"].removeprefix("v1")}


def _of_another(chance: random.Random, message: Message) -> Message:
    body, headers = message
    _, other = signed(datetime.now(UTC), f"letter:{chance.randrange(2, 999)}")
    return body, {**headers, "webhook-signature": other["webhook-signature"]}


def _missing(chance: random.Random, message: Message) -> Message:
    body, headers = message
    gone = chance.choice(("webhook-id", "webhook-timestamp", "webhook-signature"))
    return body, {name: value for name, value in headers.items() if name != gone}


HOW = (
    _body,
    _header("webhook-id"),
    _header("webhook-timestamp"),
    _signature,
    _other_version,
    _of_another,
    _missing,
)


def taken_of(count: int, verify: Callable[[Message], bool]) -> int:
    """How many of ``count`` changed messages ``verify`` takes."""
    chance = random.Random(count)
    message = signed(datetime.now(UTC))
    return sum(verify(chance.choice(HOW)(chance, message)) for _ in range(count))


def test_no_changed_message_is_believed() -> None:
    assert taken_of(CHANGES, believed) == 0


def test_a_receiver_that_skips_the_check_would_be_seen() -> None:
    assert taken_of(50, lambda _message: True) == 50
