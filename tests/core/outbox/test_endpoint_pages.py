"""``/desk/endpoints/``: kept by administrators, keys shown once, each act its own address."""

import re

import pytest

from casework.core.outbox.models import Channel, Endpoint
from tests.cast import Cast
from tests.core.outbox.letters import http_endpoint
from tests.seen import hidden, send

pytestmark = pytest.mark.django_db
LIST, NEW = "/desk/endpoints/", "/desk/endpoints/new/"
KEY = re.compile(r"whsec_[A-Za-z0-9+/=]+")


@pytest.fixture(autouse=True)
def listed(settings) -> None:
    settings.PUSH_ALLOWED_ENDPOINTS = ["127.0.0.1:9"]


@pytest.fixture
def where(cast: Cast) -> Endpoint:
    return http_endpoint(cast.competent)


def test_a_new_interface_shows_its_key_once(cast: Cast, sign_in) -> None:
    client = sign_in(cast.sysadmin)
    form = {"department": cast.competent.pk, "channel": Channel.HTTP, "address": "http://127.0.0.1:9/in"}
    made = send(client, NEW, NEW, form)
    found = Endpoint.objects.get()
    assert KEY.findall(made.content.decode()) == [found.secret]
    assert "no-store" in made["Cache-Control"]
    for url in (LIST, f"{LIST}{found.pk}/"):
        assert not KEY.search(client.get(url).content.decode())
    assert send(client, NEW, NEW, form).status_code == 422


def test_a_double_click_registers_once_and_shows_the_key_once(cast: Cast, sign_in) -> None:
    client = sign_in(cast.sysadmin)
    form = {"department": cast.competent.pk, "channel": Channel.HTTP, "address": "http://127.0.0.1:9/in"}
    form |= hidden(client, NEW, NEW)
    first, second = (client.post(NEW, form) for _ in range(2))
    assert KEY.search(first.content.decode())
    assert (second.status_code, second["Location"]) == (302, f"{LIST}{Endpoint.objects.get().pk}/")


def test_a_mailbox_needs_no_key(cast: Cast, sign_in) -> None:
    form = {"department": cast.competent.pk, "channel": Channel.OA_MAIL, "address": "oa@example.test"}
    made = send(sign_in(cast.sysadmin), NEW, NEW, form)
    assert made["Location"] == f"{LIST}{Endpoint.objects.get().pk}/"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"address": "http://10.0.0.1/in"}, "PUSH_ALLOWED_ENDPOINTS"),
        ({"channel": Channel.OA_MAIL}, "OA邮箱地址格式不正确"),
        ({"channel": Channel.MAIL}, "mail"),
        ({"department": ""}, "请选择单位"),
    ],
)
def test_bad_input_stands_at_its_field(changes: dict[str, str], words: str, cast: Cast, sign_in) -> None:
    form = {"department": cast.competent.pk, "channel": Channel.HTTP, "address": "http://127.0.0.1:9/in"}
    answer = send(sign_in(cast.sysadmin), NEW, NEW, {**form, **changes})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Endpoint.objects.exists()


def test_an_endpoint_through_all_its_acts(where: Endpoint, cast: Cast, sign_in) -> None:
    client, page = sign_in(cast.sysadmin), f"{LIST}{where.pk}/"

    def act(name: str, data: dict[str, str]):
        return send(client, page, f"{page}{name}/", data)

    def shows(*words: str) -> None:
        text = client.get(page).content.decode()
        for each in words:
            assert each in text

    assert act("pause", {"reason": ""}).status_code == 422
    assert act("pause", {"reason": "对方检修"}).status_code == 302
    shows("已暂停", "对方检修", "恢复投递")
    for url in (LIST, "/desk/", "/desk/deliveries/"):
        assert "对方检修" in client.get(url).content.decode()
    again = act("pause", {"reason": "对方检修"})
    assert again.status_code == 409
    assert again.context["change"].who == str(cast.sysadmin)
    assert client.post(f"{page}resume/").status_code == 302
    assert act("address", {"address": "http://10.0.0.1/x"}).status_code == 422
    assert act("address", {"address": "http://127.0.0.1:9/neu"}).status_code == 302
    shows("http://127.0.0.1:9/neu")
    rotated = client.post(f"{page}rotate/").content.decode()
    assert KEY.findall(rotated) == [Endpoint.objects.get().secret]
    shows("密钥轮换中", "结束轮换")
    assert client.post(f"{page}rotate/").status_code == 422
    assert client.post(f"{page}rotation-end/").status_code == 302
    assert act("switch-off", {"reason": "对方系统下线"}).status_code == 302
    shows("已停用", "对方系统下线", "重新启用")
    assert act("switch-on", {"reason": ""}).status_code == 422
    assert act("switch-on", {"reason": "对方已恢复"}).status_code == 302
    assert client.get(f"{page}pause/").status_code == 405
    assert client.get(f"{LIST}999999/").status_code == 404


def test_one_switched_off_by_its_own_410_says_so(where: Endpoint, cast: Cast, sign_in) -> None:
    Endpoint.objects.update(active=False)
    assert "永久停用（410）" in sign_in(cast.sysadmin).get(f"{LIST}{where.pk}/").content.decode()


def test_the_list_costs_the_same_however_many(cast: Cast, sign_in, django_assert_max_num_queries) -> None:
    for number in range(30):
        http_endpoint(cast.competent, f"http://127.0.0.1:9/{number}")
    client = sign_in(cast.sysadmin)
    with django_assert_max_num_queries(12):
        page = client.get(LIST)
    assert len(page.context["rows"]) == 20
