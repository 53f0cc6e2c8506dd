"""The own sessions: listed, ended one by one or all, gone at the next request; the account page."""

import pytest
import time_machine
from django.test import Client

from casework.core.ledger.models import LedgerEntry
from casework.core.outbox.models import Delivery
from portal.accounts.models import AccountSession, User
from tests.cast import NOW, PASSWORD, Cast
from tests.seen import Forms, hidden, send

LIST = "/accounts/sessions/"


def come_in(agent: str, address: str = "198.51.100.20", username: str = "clerk") -> Client:
    client = Client(REMOTE_ADDR=address, headers={"User-Agent": agent})
    assert client.post("/accounts/login/", {"username": username, "password": PASSWORD}).status_code == 302
    return client


def is_in(client: Client) -> bool:
    return client.get("/desk/").status_code == 200


def handle_of(agent: str) -> str:
    return AccountSession.objects.get(agent=agent).handle


def test_the_list_shows_mine_and_marks_this_one(cast: Cast) -> None:
    here, _, _ = (
        come_in("Here/1"),
        come_in("There/2", "203.0.113.5"),
        come_in("Stranger/3", username="handler"),
    )
    page = here.get(LIST).content.decode()
    assert "Here/1" in page
    assert "There/2" in page
    assert "203.0.113.5" in page
    assert "Stranger/3" not in page
    assert page.count("当前登录") == 1
    assert here.session.session_key not in page  # the key is never shown, only a handle


def test_one_is_ended_at_once(cast: Cast) -> None:
    here, there = come_in("Here/1"), come_in("There/2")
    assert here.post(f"/accounts/sessions/end/{handle_of('There/2')}/")["Location"] == LIST
    assert not is_in(there)
    assert is_in(here)
    assert LedgerEntry.objects.filter(action="account.session_ended", actor=cast.clerk).count() == 1
    gone = here.post("/accounts/sessions/end/nothing/", follow=True)
    assert "已经退出" in gone.content.decode()


def test_all_others_are_ended_at_once(cast: Cast) -> None:
    here, others = come_in("Here/1"), [come_in(f"There/{number}") for number in range(3)]
    assert "已退出其他3处登录" in here.post("/accounts/sessions/end-others/", follow=True).content.decode()
    assert is_in(here)
    assert [is_in(each) for each in others] == [False] * 3
    assert "没有其他登录" in here.post("/accounts/sessions/end-others/", follow=True).content.decode()
    assert LedgerEntry.objects.filter(action="account.sessions_ended").count() == 1


def test_nobody_ends_another_persons(cast: Cast) -> None:
    mine, theirs = come_in("Here/1"), come_in("Stranger/3", username="handler")
    mine.post(f"/accounts/sessions/end/{handle_of('Stranger/3')}/")
    mine.post("/accounts/sessions/end-others/")
    assert is_in(theirs)


def test_the_proof_notices_sessions_that_only_leave_the_list(cast: Cast, monkeypatch) -> None:
    """The deliberate break: ending that does not end must fail the proof above."""
    monkeypatch.setattr("portal.accounts.sessions.end_one", lambda **_: True)
    with pytest.raises(AssertionError):
        test_one_is_ended_at_once(cast)


def test_a_disabled_person_is_out_at_the_next_request_everywhere(cast: Cast) -> None:
    clients = [come_in("Here/1"), come_in("There/2")]
    User.objects.filter(pk=cast.clerk.pk).update(is_active=False)
    for client in clients:
        for address in ("/desk/", "/accounts/", "/desk/cases/"):
            assert client.get(address)["Location"].startswith("/accounts/login/")
    hx = clients[0].post("/desk/reminders/read/", headers={"HX-Request": "true"})
    assert hx["HX-Redirect"].startswith("/accounts/login/")


def test_signing_in_gives_a_new_id_and_no_old_one_works(cast: Cast) -> None:
    client = Client()
    client.post("/progress/", {"number": "1", "code": "2"})
    session = client.session
    session["planted"] = "x"
    session.save()
    planted = session.session_key
    client.cookies["sessionid"] = planted
    client.post("/accounts/login/", {"username": "clerk", "password": PASSWORD})
    assert client.session.session_key != planted
    thief = Client()
    thief.cookies["sessionid"] = planted
    assert not is_in(thief)


def test_sessions_that_ran_out_are_not_listed(cast: Cast) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        come_in("Old/1")
        clock.shift(31 * 60 + 1)
        page = come_in("New/2").get(LIST).content.decode()
    assert "Old/1" not in page
    assert "New/2" in page


def test_i_am_still_here_moves_the_limit(cast: Cast) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        client = come_in("Here/1")
        for _ in range(4):
            clock.shift(29 * 60)
            assert client.post("/accounts/sessions/keep/", headers={"HX-Request": "true"}).status_code == 204
        clock.shift(29 * 60)
        assert is_in(client)
        assert client.post("/accounts/sessions/keep/")["Location"] == "/accounts/"


def test_the_desk_carries_the_warning_and_says_the_limit_without_script(
    cast: Cast, sign_in, settings
) -> None:
    settings.SESSION_IDLE_SECONDS = 1200
    page = sign_in(cast.clerk).get("/desk/").content.decode()
    assert 'data-session-idle="1200"' in page
    assert "js/session.js" in page
    assert "20分钟没有操作会自动退出" in page


def test_the_account_page_shows_the_person_and_hides_the_number(cast: Cast, sign_in) -> None:
    User.objects.filter(pk=cast.clerk.pk).update(phone="13812345678")
    page = sign_in(cast.clerk).get("/accounts/").content.decode()
    for words in ("示例窗口员", "示例市政务服务中心综合窗口", "综合窗口工作人员", "138****5678", "未启用"):
        assert words in page
    assert "13812345678" not in page
    assert '<a href="/accounts/">我的账号</a>' in page


def test_the_account_page_costs_a_bounded_number_of_queries(
    cast: Cast, sign_in, django_assert_max_num_queries
) -> None:
    client = sign_in(cast.clerk)
    client.get("/accounts/")
    with django_assert_max_num_queries(16):
        client.get("/accounts/")


def test_contact_is_changed_and_noted(cast: Cast, sign_in) -> None:
    client, url = sign_in(cast.clerk), "/accounts/contact/"
    assert send(client, url, url, {"email": "nobody", "phone": "12"}).status_code == 422
    typed = {"email": "neu@example.test", "phone": "138 1234-5678"}
    assert send(client, url, url, typed)["Location"] == "/accounts/"
    found = User.objects.get(pk=cast.clerk.pk)
    assert (found.email, found.phone) == ("neu@example.test", "13812345678")
    entry = LedgerEntry.objects.get(action="account.contact_changed")
    assert "neu@example.test" not in entry.payload
    assert "13812345678" not in entry.payload
    mails = Delivery.objects.filter(reference__startswith="notice:")
    assert sorted(mails.values_list("address", flat=True)) == ["clerk@example.test", "neu@example.test"]
    assert "13812345678" not in "".join(mails.values_list("body", flat=True))
    send(client, url, url, {"email": "neu@example.test", "phone": "13812345678"})
    assert LedgerEntry.objects.filter(action="account.contact_changed").count() == 1


def test_contact_that_changed_meanwhile_is_shown_beside_what_was_typed(cast: Cast, sign_in) -> None:
    """Two windows of one person: the second is told what the first wrote, and loses nothing."""
    client, url = sign_in(cast.clerk), "/accounts/contact/"
    seen = hidden(client, url, url)
    send(client, url, url, {"email": "eins@example.test", "phone": ""})
    answer = client.post(url, {**seen, "email": "zwei@example.test", "phone": "13812345678"})
    text = answer.content.decode()
    assert answer.status_code == 409
    for words in ("本次提交没有执行", "现在的内容：eins@example.test", "现在的内容：（空）"):
        assert words in text
    assert 'value="zwei@example.test"' in text
    assert 'value="13812345678"' in text
    assert User.objects.get(pk=cast.clerk.pk).email == "eins@example.test"
    again = {**Forms(text).found[url], "email": "zwei@example.test", "phone": "13812345678"}
    assert client.post(url, again).status_code == 302
    assert User.objects.get(pk=cast.clerk.pk).email == "zwei@example.test"
    assert client.post(url, {"email": "drei@example.test", "phone": ""}).status_code == 409  # saw nothing
