"""``/desk/deliveries/``: operators see what became of the deliveries and try dead ones again."""

import pytest

from casework.core.outbox import actions
from casework.core.outbox.models import Attempt, Channel, Delivery, DeliveryState
from casework.core.outbox.queries import PAGE_SIZE
from tests.cast import NOW, Cast
from tests.core.rooms import endpoint

pytestmark = pytest.mark.django_db
LIST = "/desk/deliveries/"


@pytest.fixture
def dead(cast: Cast) -> Delivery:
    where = endpoint(cast.competent, Channel.OA_MAIL, "oa@competent.test")
    row = actions.enqueue(
        dedup="letter:1",
        reference="recipient:1",
        channel=Channel.OA_MAIL,
        endpoint=where,
        address=where.address,
        subject="示例餐饮有限公司的审批结果",
        body="函件正文",
        headers={"X-Letter-Number": "儋审推〔2026〕1号"},
        now=NOW,
    )
    Delivery.objects.update(state=DeliveryState.DEAD, attempts=12, last_error="邮件服务器答复550")
    Attempt.objects.create(delivery=row, at=NOW, ok=False, status="550", error="邮件服务器答复550")
    row.refresh_from_db()
    return row


def reminder() -> Delivery:
    return actions.enqueue(
        dedup="reminder:7",
        reference="reminder:7",
        channel=Channel.MAIL,
        endpoint=None,
        address="wangxiaoming@example.test",
        subject="提醒：认领办理结果",
        body="x",
        now=NOW,
    )


def test_the_list_shows_state_tries_and_error_but_no_text(dead: Delivery, cast: Cast, sign_in) -> None:
    reminder()
    page = sign_in(cast.sysadmin).get(LIST).content.decode()
    for words in (
        "儋审推〔2026〕1号",
        "示例市市场监督管理局",
        "oa@competent.test",
        "投递失败",
        "550",
        "重新投递",
    ):
        assert words in page
    assert "w***@example.test" in page
    for hidden in ("wangxiaoming", "示例餐饮有限公司", "函件正文"):
        assert hidden not in page


def test_the_list_can_be_narrowed_to_a_state(dead: Delivery, cast: Cast, sign_in) -> None:
    reminder()
    client = sign_in(cast.sysadmin)
    assert "提醒：认领办理结果" not in client.get(f"{LIST}?state=dead").content.decode()
    waiting = client.get(f"{LIST}?state=new").content.decode()
    assert "提醒：认领办理结果" in waiting
    assert "儋审推" not in waiting
    assert "没有投递" in client.get(f"{LIST}?state=sent").content.decode()
    for odd in ("?state=x", "?before=x", "?before=%C2%B2", "?before=-1"):
        assert client.get(f"{LIST}{odd}").status_code == 200


def test_pages_follow_each_other(cast: Cast, sign_in, django_assert_max_num_queries) -> None:
    Delivery.objects.bulk_create(
        Delivery(
            dedup=f"d{n}", reference=f"r:{n}", channel=Channel.MAIL, address="a@b.test", subject="", body="",
            born_at=NOW, next_at=NOW,
        )
        for n in range(PAGE_SIZE + 3)
    )  # fmt: skip
    client = sign_in(cast.sysadmin)
    first = client.get(LIST)
    assert len(first.context["rows"]) == PAGE_SIZE
    with django_assert_max_num_queries(20):
        second = client.get(LIST + first.context["next_url"])
    assert [row["delivery"].dedup for row in second.context["rows"]] == ["d2", "d1", "d0"]
    assert second.context["next_url"] == ""


def test_one_delivery_with_every_try(dead: Delivery, cast: Cast, sign_in) -> None:
    client = sign_in(cast.sysadmin)
    page = client.get(f"{LIST}{dead.pk}/").content.decode()
    for words in ("letter:1", "邮件服务器答复550", "2026-09-07 09:30:00", "重新投递"):
        assert words in page
    assert "函件正文" not in page
    assert client.get(f"{LIST}999999/").status_code == 404


def test_retrying(dead: Delivery, cast: Cast, sign_in) -> None:
    client = sign_in(cast.sysadmin)
    response = client.post(f"{LIST}{dead.pk}/retry/")
    assert response.status_code == 302
    assert response["Location"] == f"{LIST}{dead.pk}/"
    dead.refresh_from_db()
    assert (dead.state, dead.attempts) == (DeliveryState.NEW, 0)
    assert "已重新排队" in client.get(f"{LIST}{dead.pk}/").content.decode()
    assert client.post(f"{LIST}{dead.pk}/retry/").status_code == 409
    assert client.get(f"{LIST}{dead.pk}/retry/").status_code == 405


def test_a_closed_address_cannot_be_retried(dead: Delivery, cast: Cast, sign_in) -> None:
    dead.endpoint.active = False
    dead.endpoint.save()
    client = sign_in(cast.sysadmin)
    assert f"{LIST}{dead.pk}/retry/" not in client.get(LIST).content.decode()
    response = client.post(f"{LIST}{dead.pk}/retry/")
    assert response.status_code == 422
    assert "重新启用地址" in response.content.decode()


@pytest.mark.parametrize(
    "who", ["clerk", "handler", "supervisor", "auditor", "evaluator", "editor", "stranger"]
)
def test_others_are_refused(who: str, dead: Delivery, cast: Cast, sign_in) -> None:
    client = sign_in(getattr(cast, who))
    for path in (LIST, f"{LIST}{dead.pk}/"):
        assert client.get(path).status_code == 403
    assert client.post(f"{LIST}{dead.pk}/retry/").status_code == 403


def test_anonymous_readers_go_to_the_sign_in_page(client) -> None:
    assert client.get(LIST)["Location"].startswith("/accounts/login/")
