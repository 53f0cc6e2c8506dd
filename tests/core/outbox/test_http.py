"""Pushes over HTTP to a real receiver that behaves and misbehaves (R-04, R-10)."""

import socket
import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.utils import timezone as clock
from standardwebhooks import Webhook, WebhookVerificationError

from casework.core.ledger.models import LedgerEntry
from casework.core.outbox import actions, transports
from casework.core.outbox.models import Channel, Delivery, DeliveryState, Endpoint
from tests.cast import Cast
from tests.core.outbox.receivers import (
    Receiver,
    answer,
    bad_status,
    break_off,
    break_off_head,
    drip,
    endless,
    endless_head,
    hang_up,
    not_http,
    silent,
)
from tests.core.rooms import SECRET, endpoint

pytestmark = pytest.mark.django_db
BODY = '{"facts":{"办理结果":"准予许可"},"schema":"linkage.letter/1"}'


@pytest.fixture
def push(receiver: Receiver, cast: Cast):
    """``push(**changes)`` owes one HTTP delivery to the receiver."""

    def make(
        *, url: str = "", secret: str = SECRET, now: datetime | None = None, dedup: str = "letter:1"
    ) -> Delivery:
        address = url or receiver.url
        where = Endpoint.objects.filter(address=address).first() or endpoint(
            cast.competent, Channel.HTTP, address, secret=secret
        )
        return actions.enqueue(
            dedup=dedup,
            reference="recipient:1",
            channel=Channel.HTTP,
            endpoint=where,
            address=where.address,
            subject="x",
            body=BODY,
            headers={"X-Letter-Number": "儋审推〔2026〕1号"},
            now=now or clock.now(),
        )

    return make


def deliver(delivery: Delivery, now: datetime | None = None):
    outcome = actions.deliver(delivery.pk, now=now or clock.now())
    delivery.refresh_from_db()
    return outcome


def test_the_receiver_gets_exactly_these_bytes_signed(push, receiver: Receiver) -> None:
    delivery = push()
    began = clock.now()
    deliver(delivery, began)
    (got,) = receiver.got
    assert got.body == delivery.body.encode() == BODY.encode()
    assert got.path == "/in?from=linkage"
    assert got.headers["Host"] == receiver.place
    assert got.headers["webhook-id"] == delivery.dedup
    assert got.headers["Content-Type"].startswith("application/json")
    assert Webhook(SECRET).verify(got.body, got.headers) == {
        "facts": {"办理结果": "准予许可"},
        "schema": "linkage.letter/1",
    }
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(got.body.replace("准予".encode(), "不予".encode()), got.headers)
    assert delivery.state == DeliveryState.SENT
    assert (delivery.attempts, delivery.lease_until, delivery.last_error) == (1, None, "")
    assert began <= delivery.sent_at <= began + timedelta(seconds=5)
    assert delivery.tries.get().ok
    assert LedgerEntry.objects.get(action="delivery.sent").object_id == str(delivery.pk)


def test_the_signature_holds_in_whatever_zone_now_is_given(push, receiver: Receiver) -> None:
    china = datetime.now(timezone(timedelta(hours=8)))
    deliver(push(now=china), china)
    assert abs(int(receiver.got[0].headers["webhook-timestamp"]) - datetime.now(UTC).timestamp()) < 5
    Webhook(SECRET).verify(receiver.got[0].body, receiver.got[0].headers)


FAILURES = {
    "redirect": (answer(302, Location="http://127.0.0.1:1/"), "302", DeliveryState.NEW),
    "moved": (answer(301, Location="http://127.0.0.1:1/"), "301", DeliveryState.NEW),
    "permanent redirect": (answer(308, Location="/elsewhere"), "308", DeliveryState.NEW),
    "not understood": (answer(400, "签名 格式\r\n错误".encode()), "400", DeliveryState.DEAD),
    "no key yet": (answer(401), "401", DeliveryState.NEW),
    "not there": (answer(404), "404", DeliveryState.NEW),
    "unprocessable": (answer(422), "422", DeliveryState.DEAD),
    "broken": (answer(500, b"\xff\xfe" * 40000), "500", DeliveryState.NEW),
    "gateway": (answer(502), "502", DeliveryState.NEW),
    "silent": (silent(1.6), "", DeliveryState.NEW),
    "hangs up": (hang_up, "", DeliveryState.NEW),
    "no number for a status": (bad_status, "", DeliveryState.NEW),
    "headers without end": (endless_head, "", DeliveryState.NEW),
    "not HTTP": (not_http, "", DeliveryState.NEW),
}


@pytest.mark.parametrize("name", FAILURES)
def test_everything_but_2xx_is_a_failure(name: str, push, receiver: Receiver) -> None:
    behave, status, state = FAILURES[name]
    receiver.script = [behave]
    delivery, now = push(), clock.now()
    outcome = deliver(delivery, now)
    assert outcome is not None
    assert not outcome.ok
    assert (delivery.state, delivery.sent_at, delivery.lease_until) == (state, None, None)
    attempt = delivery.tries.get()
    assert (attempt.ok, attempt.status) == (False, status)
    assert attempt.error
    assert delivery.last_error == attempt.error
    assert len(receiver.got) == 1
    if state == DeliveryState.NEW:
        assert now + timedelta(seconds=24) <= delivery.next_at <= now + timedelta(seconds=40)
    else:
        assert LedgerEntry.objects.filter(action="delivery.dead").count() == 1


def test_the_receivers_words_are_kept_as_one_line(push, receiver: Receiver) -> None:
    receiver.script = [FAILURES["not understood"][0]]
    delivery = push()
    deliver(delivery)
    assert delivery.last_error == "接收方答复400：签名 格式 错误"


def test_410_closes_the_address_for_good(push, receiver: Receiver) -> None:
    receiver.script = [answer(410)]
    first, second = push(), push(dedup="letter:2")
    deliver(first)
    assert first.state == DeliveryState.DEAD
    where = Endpoint.objects.get()
    assert not where.active
    assert LedgerEntry.objects.get(action="endpoint.disabled").object_id == str(where.pk)
    deliver(second)
    assert second.state == DeliveryState.DEAD
    assert "停用" in second.last_error
    assert len(receiver.got) == 1


@pytest.mark.parametrize(
    "behave", [answer(201, b'{"id": 1}'), answer(202, "好".encode() * 9000), break_off, break_off_head]
)
def test_2xx_is_success_whatever_comes_with_it(behave, push, receiver: Receiver) -> None:
    receiver.script = [behave]
    delivery = push()
    deliver(delivery)
    assert (delivery.state, delivery.attempts, delivery.last_error) == (DeliveryState.SENT, 1, "")


@pytest.mark.parametrize("status", [429, 503])
def test_a_receiver_may_name_the_time(status: int, push, receiver: Receiver) -> None:
    delivery, now = push(), clock.now()
    until = (now + timedelta(hours=3)).astimezone(UTC).replace(microsecond=0)
    receiver.script = [answer(status, Retry_After=until.strftime("%a, %d %b %Y %H:%M:%S GMT"))]
    deliver(delivery, now)
    assert delivery.state == DeliveryState.NEW
    assert until - timedelta(seconds=1) <= delivery.next_at <= until + timedelta(seconds=60)


@pytest.mark.parametrize("status", [429, 503])
def test_a_receiver_may_ask_for_time(status: int, push, receiver: Receiver) -> None:
    receiver.script = [answer(status, Retry_After="7200"), answer(200)]
    delivery, now = push(), clock.now()
    deliver(delivery, now)
    assert delivery.state == DeliveryState.NEW
    assert now + timedelta(seconds=7200) <= delivery.next_at <= now + timedelta(seconds=7205)
    assert deliver(delivery, now + timedelta(seconds=7100)) is None
    deliver(delivery, now + timedelta(seconds=7210))
    assert delivery.state == DeliveryState.SENT
    assert [got.headers["webhook-id"] for got in receiver.got] == [delivery.dedup] * 2


def test_an_endless_answer_is_cut_at_64_kb_and_its_status_counts(push, receiver: Receiver, settings) -> None:
    """It is the size that ends it: the deadline is five times as far as what is allowed here."""
    settings.OUTBOX_TIMEOUT_SECONDS = 15
    receiver.script = [endless]
    delivery, began = push(), time.monotonic()
    deliver(delivery)
    assert delivery.state == DeliveryState.SENT
    assert time.monotonic() - began < 3


def test_a_dripping_answer_does_not_hold_the_worker(push, receiver: Receiver) -> None:
    receiver.script = [drip]
    delivery, began = push(), time.monotonic()
    deliver(delivery)
    assert delivery.state == DeliveryState.SENT
    assert time.monotonic() - began < 3


def test_nobody_listens(push, receiver: Receiver, settings) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{probe.getsockname()[1]}"
    settings.PUSH_ALLOWED_ENDPOINTS = [place]
    delivery = push(url=f"http://{place}/")
    deliver(delivery)
    assert delivery.state == DeliveryState.NEW
    assert "连接失败" in delivery.last_error


@pytest.mark.parametrize(
    "disguise", ["http://user:pw@{}/", "http://{}@127.0.0.1:1/", "http://{}#@x/", "ftp://{}/"]
)
def test_addresses_in_disguise_reach_nobody(disguise: str, push, receiver: Receiver) -> None:
    delivery = push(url=disguise.format(receiver.place))
    deliver(delivery)
    assert delivery.state == DeliveryState.DEAD
    assert receiver.got == []


def test_only_listed_addresses_are_reached(push, receiver: Receiver, settings) -> None:
    settings.PUSH_ALLOWED_ENDPOINTS = []
    delivery = push()
    deliver(delivery)
    assert (delivery.state, receiver.got) == (DeliveryState.DEAD, [])
    assert "名单" in delivery.last_error


def test_a_name_is_looked_up_once_and_that_address_is_used(
    push, receiver: Receiver, settings, monkeypatch
) -> None:
    port = receiver.server.server_port
    settings.PUSH_ALLOWED_ENDPOINTS = [f"localhost:{port}"]
    asked: list[str] = []
    true_lookup = socket.getaddrinfo

    def lookup(host, *args, **kwargs):
        asked.append(host)
        return true_lookup("127.0.0.1" if host == "localhost" else host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    deliver(push(url=f"http://localhost:{port}/in"))
    assert receiver.got[0].headers["Host"] == f"localhost:{port}"
    assert asked.count("localhost") == 1


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "0.0.0.0", "::1", "224.0.0.1"])  # noqa: S104
def test_a_listed_name_that_turns_inwards_is_refused(
    address: str, push, receiver: Receiver, settings, monkeypatch
) -> None:
    port = receiver.server.server_port
    settings.PUSH_ALLOWED_ENDPOINTS = [f"peer.example:{port}"]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: [(0, 0, 0, "", (address, port))])
    delivery = push(url=f"http://peer.example:{port}/in")
    deliver(delivery)
    assert (delivery.state, receiver.got) == (DeliveryState.DEAD, [])


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_!"])
def test_nothing_goes_out_unsigned(secret: str, push, receiver: Receiver) -> None:
    delivery = push(secret=secret)
    deliver(delivery)
    assert (delivery.state, receiver.got) == (DeliveryState.DEAD, [])


def test_no_proxy_of_the_environment_sees_the_message(push, receiver: Receiver, monkeypatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    delivery = push()
    deliver(delivery)
    assert delivery.state == DeliveryState.SENT


def test_timeouts_never_exceed_15_seconds(settings) -> None:
    settings.OUTBOX_TIMEOUT_SECONDS = 600
    assert transports.new_lines().timeout == 15
