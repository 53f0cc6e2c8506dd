"""Many dead deliveries are tried again after a look, in batches, each by itself."""

from datetime import timedelta

import pytest

from casework.core.access import NotPermitted
from casework.core.outbox import actions, dead_letters, replaying
from casework.core.outbox.models import Channel, DeadLetter, Delivery, DeliveryState, Endpoint
from casework.core.outbox.replaying import Range
from tests.cast import NOW, Cast
from tests.core.outbox.letters import http_endpoint

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def dead_ones(endpoint: Endpoint, count: int, *, began: int = 0) -> list[DeadLetter]:
    """``count`` dead deliveries, one an hour."""
    found = []
    for number in range(began, began + count):
        delivery = actions.enqueue(
            dedup=f"d:{endpoint.pk}:{number}",
            reference=f"test:{number}",
            channel=Channel.HTTP,
            endpoint=endpoint,
            address=endpoint.address,
            subject="x",
            body="{}",
            now=NOW,
        )
        Delivery.objects.filter(pk=delivery.pk).update(state=DeliveryState.DEAD, attempts=12)
        found.append(dead_letters.open_for(delivery, NOW + number * HOUR))
    return found


@pytest.fixture
def place(cast: Cast) -> Endpoint:
    return http_endpoint(cast.competent)


def states() -> list[str]:
    return list(Delivery.objects.order_by("pk").values_list("state", flat=True))


def test_a_range_is_cut_by_endpoint_and_time(place: Endpoint, cast: Cast) -> None:
    other = http_endpoint(cast.enforcement, "http://127.0.0.1:9/other")
    rows = dead_ones(place, 4) + dead_ones(other, 2)
    chosen = Range(place.pk, NOW + HOUR, NOW + 3 * HOUR)
    assert list(chosen.rows()) == rows[1:3]
    assert replaying.preview(chosen).total == 2
    done = replaying.replay(chosen, up_to=rows[-1].pk, by=cast.sysadmin, now=NOW + 9 * HOUR)
    assert [each.dead for each in done] == rows[1:3]
    assert not any(each.error for each in done)
    assert states() == ["dead", "new", "new", "dead", "dead", "dead"]
    assert Delivery.objects.filter(state="new", attempts=0).count() == 2


def test_only_what_was_looked_at_is_tried_again(place: Endpoint, cast: Cast) -> None:
    dead_ones(place, 2)
    seen = replaying.preview(Range())
    dead_ones(place, 1, began=2)
    replaying.replay(Range(), up_to=seen.up_to, by=cast.sysadmin, now=NOW)
    assert states() == ["new", "new", "dead"]


def test_a_batch_is_bounded(place: Endpoint, cast: Cast, monkeypatch) -> None:
    monkeypatch.setattr(replaying, "BATCH", 3)
    rows = dead_ones(place, 5)
    assert len(replaying.replay(Range(), up_to=rows[-1].pk, by=cast.sysadmin, now=NOW)) == 3
    assert len(replaying.replay(Range(), up_to=rows[-1].pk, by=cast.sysadmin, now=NOW)) == 2


def test_what_is_off_stays_dead_and_what_is_paused_waits(place: Endpoint, cast: Cast) -> None:
    off = http_endpoint(cast.enforcement, "http://127.0.0.1:9/off")
    dead_ones(place, 1)
    rows = dead_ones(off, 1)
    Endpoint.objects.filter(pk=off.pk).update(active=False)
    Endpoint.objects.filter(pk=place.pk).update(paused_at=NOW, paused_by=cast.sysadmin, pause_reason="检修")
    seen = replaying.preview(Range())
    assert (seen.total, seen.off, seen.paused) == (2, 1, 1)
    replaying.replay(Range(), up_to=rows[-1].pk, by=cast.sysadmin, now=NOW)
    assert states() == ["new", "dead"]
    assert actions.due_deliveries(NOW + HOUR) == []


def test_one_that_fails_holds_up_nothing(place: Endpoint, cast: Cast, monkeypatch) -> None:
    rows = dead_ones(place, 3)
    retry = actions.retry

    def sometimes(delivery: Delivery, **kwargs: object) -> None:
        if delivery.pk == rows[1].delivery_id:
            raise OSError("the disk is full")
        retry(delivery, **kwargs)

    monkeypatch.setattr(replaying, "retry", sometimes)
    done = replaying.replay(Range(), up_to=rows[-1].pk, by=cast.sysadmin, now=NOW)
    assert [bool(each.error) for each in done] == [False, True, False]
    assert states() == ["new", "dead", "new"]


@pytest.mark.parametrize("who", ["clerk", "handler", "auditor", "stranger", "editor"])
def test_it_requires_an_operator(who: str, place: Endpoint, cast: Cast) -> None:
    rows = dead_ones(place, 1)
    with pytest.raises(NotPermitted):
        replaying.replay(Range(), up_to=rows[0].pk, by=getattr(cast, who), now=NOW)
    assert states() == ["dead"]
