"""``/desk/deliveries/dead/`` and its acts, handing over on paper, the replay of a range."""

import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from casework.core.letters.models import Recipient
from casework.core.outbox.models import DeadLetter, Delivery, DeliveryState, PaperDelivery
from tests.cast import NOW, Cast
from tests.core.outbox.letters import http_endpoint, kill, letter_to
from tests.core.rooms import make_case, upload
from tests.seen import send

pytestmark = pytest.mark.django_db
LIST = "/desk/deliveries/dead/"


@pytest.fixture
def recipient(cast: Cast, version) -> Recipient:
    http_endpoint(cast.competent)
    return letter_to(cast, make_case(cast, version), cast.competent)


@pytest.fixture
def dead(recipient: Recipient, monkeypatch) -> DeadLetter:
    return kill(Delivery.objects.get(), monkeypatch)


def text(client: Client, url: str) -> str:
    return client.get(url).content.decode()


def act(client: Client, dead: DeadLetter, name: str, data: dict[str, object]):
    page = f"{LIST}{dead.pk}/"
    return send(client, page, f"{page}{name}/", data)


def test_it_stands_on_the_desk_of_the_sender_and_of_the_operators(
    dead: DeadLetter, cast: Cast, sign_in
) -> None:
    number = dead.delivery.headers["X-Letter-Number"]
    for who in (cast.clerk, cast.sysadmin):
        client = sign_in(who)
        for url in ("/desk/", LIST, f"{LIST}{dead.pk}/"):
            assert number in text(client, url), (who, url)
    for who in (cast.supervisor, cast.handler, cast.stranger):
        assert number not in text(sign_in(who), "/desk/")


def test_another_department_finds_nothing(dead: DeadLetter, cast: Cast, sign_in) -> None:
    client = sign_in(cast.stranger)
    assert "没有待处理的投递失败" in text(client, LIST)
    assert client.get(f"{LIST}{dead.pk}/").status_code == 404
    for act in ("assign", "replay", "close"):
        assert client.post(f"{LIST}{dead.pk}/{act}/", {"close-reason": "x"}).status_code == 404


def test_the_list_costs_the_same_however_many(
    dead: DeadLetter, cast: Cast, sign_in, django_assert_max_num_queries
) -> None:
    for number in range(30):
        delivery = Delivery.objects.get(pk=dead.delivery_id)
        delivery.pk, delivery.dedup = None, f"more:{number}"
        delivery.save()
        DeadLetter.objects.create(delivery=delivery, department=cast.window, died_at=NOW)
    client = sign_in(cast.clerk)
    with django_assert_max_num_queries(14):
        page = client.get(LIST)
    assert len(page.context["rows"]) == 20
    with django_assert_max_num_queries(22):
        desk = client.get("/desk/")
    assert desk.status_code == 200


def test_the_owner_replays(dead: DeadLetter, cast: Cast, sign_in) -> None:
    client = sign_in(cast.clerk)
    assert client.post(f"{LIST}{dead.pk}/replay/").status_code == 302
    assert Delivery.objects.get().state == DeliveryState.NEW
    assert client.post(f"{LIST}{dead.pk}/replay/").status_code == 409
    assert "已重新投递" in text(client, f"{LIST}{dead.pk}/")


def test_the_owner_closes_with_a_reason(dead: DeadLetter, cast: Cast, sign_in) -> None:
    client = sign_in(cast.clerk)
    refused = act(client, dead, "close", {"close-reason": "请联系13800000000"})
    assert refused.status_code == 422
    assert "手机号码" in refused.content.decode()
    assert "请联系13800000000" in refused.content.decode()  # nothing typed is lost
    assert act(client, dead, "close", {"close-reason": "对方已在站内认领"}).status_code == 302
    assert "对方已在站内认领" in text(client, f"{LIST}{dead.pk}/")
    assert act(client, dead, "close", {"close-reason": "再次"}).status_code == 409


def test_it_is_passed_on(dead: DeadLetter, cast: Cast, sign_in) -> None:
    client = sign_in(cast.sysadmin)
    assert act(client, dead, "assign", {"person": cast.supervisor.pk}).status_code == 422
    assert act(client, dead, "assign", {"person": cast.clerk.pk}).status_code == 302
    assert DeadLetter.objects.get().person == cast.clerk


# -- paper ---------------------------------------------------------------------


def form(recipient: Recipient, **changes: object) -> dict[str, object]:
    moment = timezone.localtime(recipient.letter.sent_at + timedelta(hours=1))
    facts = {"receiver": "示例签收人", "handed_at": f"{moment:%Y-%m-%dT%H:%M}", "receipt": upload("回执.pdf")}
    return {**facts, **changes}


def test_paper_is_recorded_and_shown_on_letter_and_case(
    dead: DeadLetter, recipient: Recipient, cast: Cast, sign_in
) -> None:
    client = sign_in(cast.clerk)
    url = reverse("casework:paper-delivery", args=[recipient.pk])
    letter = reverse("casework:letter", args=[recipient.letter_id])
    assert url in text(client, letter)
    assert url in text(client, f"{LIST}{dead.pk}/")
    done = send(client, url, url, form(recipient))
    assert (done.status_code, done["Location"]) == (302, letter)
    page = text(client, letter)
    assert "纸质送达：2026-09-07 10:30 示例签收人签收" in page
    assert "已纸质送达" in page
    assert url not in page
    assert "纸质送达" in text(client, f"/desk/cases/{recipient.letter.case.number}/?show=letters")
    assert client.post(url, form(recipient, once=uuid.uuid4())).status_code == 409
    assert "已登记" in text(client, url)


def test_bad_input_stands_at_its_field_and_nothing_is_half_done(
    recipient: Recipient, cast: Cast, sign_in
) -> None:
    client, url = sign_in(cast.clerk), reverse("casework:paper-delivery", args=[recipient.pk])
    for changes, words in (
        ({"receiver": ""}, "请填写签收人姓名"),
        ({"handed_at": "2099-01-01T10:00"}, "晚于现在"),
        ({"handed_at": "gestern"}, "有效"),
        ({"receipt": upload("回执.exe")}, "不接受"),
        ({"receipt": upload("回执.pdf", b"nothing")}, "回执.pdf"),
        ({"receipt": ""}, "请上传签收凭证"),
    ):
        answer = send(client, url, url, form(recipient, **changes))
        assert answer.status_code == 422, changes
        assert words in answer.content.decode(), changes
    assert not PaperDelivery.objects.exists()
    assert Delivery.objects.get().state == DeliveryState.NEW


def test_only_the_sender_records_paper(recipient: Recipient, cast: Cast, sign_in) -> None:
    url = reverse("casework:paper-delivery", args=[recipient.pk])
    assert sign_in(cast.handler).get(url).status_code == 404
    for who in (cast.supervisor, cast.sysadmin, cast.auditor):
        assert sign_in(who).post(url, form(recipient)).status_code == 403


# -- a range -------------------------------------------------------------------

REPLAY = "/desk/deliveries/replay/"


def test_a_range_is_looked_at_first_and_then_tried_again(dead: DeadLetter, cast: Cast, sign_in) -> None:
    client = sign_in(cast.sysadmin)
    seen = client.get(f"{REPLAY}?look=1&endpoint={dead.delivery.endpoint_id}")
    assert "范围内共1条" in seen.content.decode()
    assert Delivery.objects.get().state == DeliveryState.DEAD
    nothing = client.get(f"{REPLAY}?look=1&since=2030-01-01T00:00")
    assert "范围内共0条" in nothing.content.decode()
    done = client.post(
        REPLAY, {"version": seen.context["preview"].up_to, "endpoint": dead.delivery.endpoint_id}
    )
    assert "1条已重新排队" in done.content.decode()
    assert Delivery.objects.get().state == DeliveryState.NEW


def test_a_range_that_makes_no_sense_is_refused_at_its_field(dead: DeadLetter, cast: Cast, sign_in) -> None:
    client = sign_in(cast.sysadmin)
    backwards = {"since": "2026-09-08T10:00", "until": "2026-09-07T10:00"}
    for answer in (
        client.get(REPLAY, {"look": "1", **backwards}),
        client.post(REPLAY, {"version": "9", **backwards}),
    ):
        assert answer.status_code == 422
        assert "结束时间须晚于开始时间" in answer.content.decode()
    assert client.post(REPLAY, {"version": "x"}).status_code == 422
    assert client.post(REPLAY, {"since": ""}).status_code == 200  # nothing was seen, nothing is done
    assert Delivery.objects.get().state == DeliveryState.DEAD
