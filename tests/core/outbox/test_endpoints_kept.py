"""Endpoints are moved, re-keyed, paused, switched off and on: without a lost delivery or a burnt try."""

from datetime import timedelta

import pytest
from django.utils import timezone
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from casework.core.access import NotPermitted
from casework.core.ledger.models import LedgerEntry
from casework.core.outbox import actions, endpoints, signing
from casework.core.outbox.endpoints import BadEndpoint
from casework.core.outbox.models import Channel, Delivery, DeliveryState, Endpoint
from casework.core.transitions import StaleState
from tests.cast import NOW, Cast
from tests.core.outbox.letters import http_endpoint
from tests.core.outbox.receivers import Receiver, answer

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def owe(where: Endpoint, number: int = 1) -> Delivery:
    return actions.enqueue(
        dedup=f"letter:{number}",
        reference=f"test:{number}",
        channel=Channel(where.channel),
        endpoint=where,
        address=where.address,
        subject="x",
        body='{"a":1}',
        now=NOW,
    )


def fresh(where: Endpoint) -> Endpoint:
    return Endpoint.objects.get(pk=where.pk)


# -- pausing -------------------------------------------------------------------


def test_a_pause_burns_no_try_and_loses_nothing(receiver: Receiver, cast: Cast) -> None:
    where = http_endpoint(cast.competent, receiver.url)
    delivery = owe(where)
    endpoints.pause(where, reason="对方检修", by=cast.sysadmin, now=NOW)
    assert actions.due_deliveries(NOW + 999 * HOUR) == []
    assert actions.deliver(delivery.pk, now=NOW + 999 * HOUR) is None
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, delivery.tries.count()) == (DeliveryState.NEW, 0, 0)
    endpoints.resume(fresh(where), by=cast.sysadmin, now=NOW + 999 * HOUR)
    assert actions.due_deliveries(NOW + 999 * HOUR) == [delivery.pk]
    assert actions.deliver(delivery.pk, now=NOW + 999 * HOUR)
    assert len(receiver.got) == 1


def test_a_pause_holds_up_nobody_else(receiver: Receiver, cast: Cast) -> None:
    paused, other = (http_endpoint(where, receiver.url) for where in (cast.competent, cast.enforcement))
    owe(paused, 1)
    free = owe(other, 2)
    endpoints.pause(paused, reason="对方检修", by=cast.sysadmin, now=NOW)
    assert actions.due_deliveries(NOW) == [free.pk]


def test_pausing_and_resuming_twice_is_stale(cast: Cast) -> None:
    where = http_endpoint(cast.competent)
    with pytest.raises(StaleState):
        endpoints.resume(where, by=cast.sysadmin, now=NOW)
    endpoints.pause(where, reason="检修", by=cast.sysadmin, now=NOW)
    with pytest.raises(StaleState):
        endpoints.pause(where, reason="检修", by=cast.sysadmin, now=NOW)
    assert LedgerEntry.objects.filter(action="endpoint.paused").count() == 1


# -- keys ----------------------------------------------------------------------


def verifies(key: str, receiver: Receiver) -> bool:
    got = receiver.got[-1]
    headers = {name.lower(): value for name, value in got.headers.items()}
    try:
        Webhook(key).verify(got.body, headers)
    except WebhookVerificationError:
        return False
    return True


def test_during_a_rotation_either_key_verifies(receiver: Receiver, cast: Cast) -> None:
    where = http_endpoint(cast.competent, receiver.url)
    now, old = timezone.now(), where.secret  # the library takes only timestamps of now
    new = endpoints.rotate(where, by=cast.sysadmin, now=now)
    assert new != old
    actions.deliver(owe(fresh(where), 1).pk, now=now)
    assert receiver.got[-1].headers["webhook-signature"].count("v1,") == 2
    assert verifies(old, receiver)
    assert verifies(new, receiver)
    assert not verifies(signing.new_secret(), receiver)
    endpoints.end_rotation(fresh(where), by=cast.sysadmin, now=now)
    actions.deliver(owe(fresh(where), 2).pk, now=now)
    assert verifies(new, receiver)
    assert not verifies(old, receiver)


def test_the_old_key_ends_by_itself(cast: Cast) -> None:
    where = http_endpoint(cast.competent)
    old = where.secret
    new = endpoints.rotate(where, by=cast.sysadmin, now=NOW)
    last_moment = NOW + signing.BOTH_VALID - timedelta(seconds=1)
    assert signing.keys(fresh(where), last_moment) == [new, old]
    assert signing.keys(fresh(where), NOW + signing.BOTH_VALID) == [new]
    with pytest.raises(BadEndpoint, match="尚未结束"):
        endpoints.rotate(fresh(where), by=cast.sysadmin, now=last_moment)
    assert endpoints.rotate(fresh(where), by=cast.sysadmin, now=NOW + signing.BOTH_VALID)


def test_keys_are_random_and_stay_out_of_the_ledger(cast: Cast) -> None:
    where = http_endpoint(cast.competent)
    new = endpoints.rotate(where, by=cast.sysadmin, now=NOW)
    assert new.startswith("whsec_")
    assert new != signing.new_secret()
    assert not any(new in payload for payload in LedgerEntry.objects.values_list("payload", flat=True))


def test_a_mailbox_has_no_key(cast: Cast) -> None:
    made, secret = endpoints.create(
        department=cast.competent,
        channel=Channel.OA_MAIL,
        address="oa@example.test",
        by=cast.sysadmin,
        now=NOW,
    )
    assert secret == ""
    with pytest.raises(BadEndpoint):
        endpoints.rotate(made, by=cast.sysadmin, now=NOW)


# -- addresses -----------------------------------------------------------------


def test_a_new_address_takes_along_what_waits(receiver: Receiver, cast: Cast) -> None:
    where = http_endpoint(cast.competent, "http://127.0.0.1:9/old")
    waiting, gone, done = owe(where, 1), owe(where, 2), owe(where, 3)
    Delivery.objects.filter(pk=gone.pk).update(state=DeliveryState.DEAD)
    Delivery.objects.filter(pk=done.pk).update(state=DeliveryState.SENT, sent_at=NOW)
    assert endpoints.move(where, address=f" {receiver.url} ", by=cast.sysadmin, now=NOW) == 2
    assert actions.deliver(waiting.pk, now=NOW)
    assert receiver.got[0].headers["webhook-id"] == "letter:1"
    assert Delivery.objects.get(pk=done.pk).address == "http://127.0.0.1:9/old"
    assert LedgerEntry.objects.get(action="endpoint.moved").payload.count("127.0.0.1") == 0


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://10.0.0.1:80/in", "PUSH_ALLOWED_ENDPOINTS.*运维人员"),
        ("ftp://127.0.0.1/in", "http 或 https"),
        ("http://user@127.0.0.1:1/in", "用户名"),
        ("", "http 或 https"),
    ],
)
def test_it_refuses_addresses_off_the_list_and_says_which_setting(
    settings, cast: Cast, address: str, words: str
) -> None:
    settings.PUSH_ALLOWED_ENDPOINTS = ["127.0.0.1:9"]
    where = http_endpoint(cast.competent)
    with pytest.raises(BadEndpoint, match=words) as refused:
        endpoints.move(where, address=address, by=cast.sysadmin, now=NOW)
    assert refused.value.field == "address"
    with pytest.raises(BadEndpoint, match=words):
        endpoints.create(
            department=cast.enforcement, channel=Channel.HTTP, address=address, by=cast.sysadmin, now=NOW
        )
    assert Endpoint.objects.get().address == where.address


def test_it_refuses_the_same_address_and_a_colleagues_move(settings, cast: Cast) -> None:
    settings.PUSH_ALLOWED_ENDPOINTS = ["127.0.0.1:9"]
    where = http_endpoint(cast.competent)
    with pytest.raises(BadEndpoint, match="相同"):
        endpoints.move(where, address=where.address, by=cast.sysadmin, now=NOW)
    Endpoint.objects.update(address="http://127.0.0.1:9/moved")
    with pytest.raises(StaleState):
        endpoints.move(where, address="http://127.0.0.1:9/third", by=cast.sysadmin, now=NOW)


# -- off and on ----------------------------------------------------------------


def test_a_410_switches_off_and_a_person_on_again_with_a_reason(receiver: Receiver, cast: Cast) -> None:
    receiver.script = [answer(410)]
    where = http_endpoint(cast.competent, receiver.url)
    actions.deliver(owe(where).pk, now=NOW)
    assert not fresh(where).active
    with pytest.raises(BadEndpoint) as refused:
        endpoints.switch_on(fresh(where), reason=" ", by=cast.sysadmin, now=NOW)
    assert refused.value.field == "reason"
    endpoints.switch_on(fresh(where), reason="对方已恢复接口", by=cast.sysadmin, now=NOW)
    assert fresh(where).active
    assert "对方已恢复接口" in LedgerEntry.objects.get(action="endpoint.switched_on").payload
    with pytest.raises(StaleState):
        endpoints.switch_on(fresh(where), reason="再次", by=cast.sysadmin, now=NOW)


def test_switching_off_ends_a_pause(cast: Cast) -> None:
    where = http_endpoint(cast.competent)
    endpoints.pause(where, reason="检修", by=cast.sysadmin, now=NOW)
    endpoints.switch_off(fresh(where), reason="对方系统下线", by=cast.sysadmin, now=NOW)
    found = fresh(where)
    assert (found.active, found.paused_at, found.off_reason) == (False, None, "对方系统下线")
    with pytest.raises(StaleState):
        endpoints.pause(found, reason="检修", by=cast.sysadmin, now=NOW)


@pytest.mark.parametrize("who", ["clerk", "handler", "supervisor", "auditor", "editor", "stranger"])
def test_every_act_requires_an_administrator(who: str, cast: Cast) -> None:
    where, by = http_endpoint(cast.competent), getattr(cast, who)
    for act, facts in (
        (endpoints.pause, {"reason": "x"}),
        (endpoints.resume, {}),
        (endpoints.rotate, {}),
        (endpoints.end_rotation, {}),
        (endpoints.switch_off, {"reason": "x"}),
        (endpoints.switch_on, {"reason": "x"}),
        (endpoints.move, {"address": "http://127.0.0.1:9/x"}),
    ):
        with pytest.raises(NotPermitted):
            act(where, **facts, by=by, now=NOW)
    with pytest.raises(NotPermitted):
        endpoints.create(
            department=cast.competent, channel=Channel.OA_MAIL, address="a@b.test", by=by, now=NOW
        )
    assert not LedgerEntry.objects.exists()
