"""``/cms/people/`` in the browser's eyes: who may enter, what is shown once, what a refusal says."""

import re
from datetime import date, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from casework.core.ledger.models import LedgerEntry
from portal.accounts import actions
from portal.accounts.models import Membership, Post, User
from portal.accounts.people_urls import urlpatterns
from portal.accounts.roles import PostKind, Role
from tests import steps
from tests.accounts.admins import Admins, confirmed, make_admins, role_of, stale
from tests.cast import NOW, PASSWORD, Cast, person
from tests.seen import Forms, hidden, send

NAMES = [str(entry.name) for entry in urlpatterns]
ACTING = sorted(set(NAMES) - {"people", "person"})


@pytest.fixture
def city(cast: Cast) -> Admins:
    with time_machine.travel(NOW, tick=False):
        yield make_admins(cast)


@pytest.fixture
def guard(city: Admins, sign_in) -> Client:
    return confirmed(sign_in(city.guard))


def url(name: str, city: Admins) -> str:
    """The address about the clerk."""
    if name in {"people", "person-open"}:
        return reverse(name)
    if name == "role-end":
        return reverse(name, args=[role_of(city.cast.clerk, Role.WINDOW_CLERK).pk])
    if name == "post-end":
        post, _ = Post.objects.get_or_create(
            user=city.cast.clerk, department=city.cast.window, kind=PostKind.LIAISON
        )
        return reverse(name, args=[post.pk])
    return reverse(name, args=[city.cast.clerk.pk])


@pytest.mark.parametrize("name", NAMES)
def test_nobody_but_the_security_administrator_enters(city: Admins, sign_in, name: str) -> None:
    address = url(name, city)
    before = LedgerEntry.objects.count()
    for who in ("editor", "sysadmin", "auditor", "clerk", "stranger"):
        client = confirmed(sign_in(getattr(city.cast, who)))
        for ask in (client.get, client.post):
            answer = ask(address)
            assert answer.status_code in {302, 403, 405}, (who, name)
            assert answer.headers.get("Location", "/cms/").startswith(("/cms/", "/accounts/login/"))
    assert Client().get(address)["Location"].startswith("/accounts/login/")
    assert LedgerEntry.objects.count() == before


@pytest.mark.parametrize("name", ACTING)
def test_every_act_asks_again_who_is_sitting_there(city: Admins, sign_in, name: str) -> None:
    client, address = stale(sign_in(city.guard)), url(name, city)
    answer = client.post(address, {"last_day": "2026-09-07"})
    assert "确认身份" in answer.content.decode()
    assert not LedgerEntry.objects.filter(actor=city.guard).exists()


def test_the_list_filters_and_costs_a_bounded_number_of_queries(
    city: Admins, guard: Client, django_assert_max_num_queries
) -> None:
    guard.get("/cms/people/")
    with django_assert_max_num_queries(24):
        page = guard.get("/cms/people/").content.decode()
    assert "示例窗口员" in page
    for asked, found, gone in (
        ("q=窗口", "示例窗口员", "示例承办人"),
        ("department=approval", "示例承办人", "示例窗口员"),
        ("role=auditor", "示例审计员", "示例窗口员"),
        ("state=disabled", "没有符合条件的账号", "示例窗口员"),
    ):
        text = guard.get(f"/cms/people/?{asked}").content.decode()
        assert found in text, asked
        assert gone not in text, asked
    assert guard.get("/cms/people/?department=nowhere&role=x&p=999").status_code == 200


def fill(client: Client, address: str, typed: dict[str, object]):
    """Fill in the form at ``address`` and send it."""
    return send(client, address, address, typed)


def initial_password(page: str) -> str:
    found = re.search(r"data-initial-password>([^<]+)<", page)
    assert found is not None
    return found.group(1)


def test_an_account_is_opened_and_its_password_shown_once(city: Admins, guard: Client) -> None:
    typed = {"username": "new", "name": "示例新人", "email": "new@example.test"}
    answer = guard.post("/cms/people/open/", typed)
    password = initial_password(answer.content.decode())
    assert "no-store" in answer["Cache-Control"]
    user = User.objects.get(username="new")
    assert user.check_password(password)
    assert password not in guard.get(reverse("person", args=[user.pk])).content.decode()
    new = Client()
    new.post("/accounts/login/", {"username": "new", "password": password})
    assert new.get("/accounts/")["Location"] == "/accounts/password_change/"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"username": "clerk", "name": "示例"}, "已被占用"),
        ({"username": "", "name": "示例"}, "请填写此项"),
        ({"username": "a b", "name": "示例"}, "字母|字符"),
        (
            {"username": "new", "name": "示例", "email": "nobody"},
            "有效的邮箱|有效的电子邮件|邮箱地址|邮件地址",
        ),
    ],
)
def test_a_bad_account_says_why_and_keeps_what_was_typed(
    city: Admins, guard: Client, typed: dict, said: str
) -> None:
    answer = guard.post("/cms/people/open/", typed)
    assert answer.status_code == 422
    text = answer.content.decode()
    found = re.search(r'<p class="error-message">\s*(.+?)\s*</p>', text, re.DOTALL)
    assert found is not None
    assert re.search(said, found.group(1)), found.group(1)
    assert 'value="示例"' in text


def test_a_person_is_appointed_and_named(city: Admins, guard: Client) -> None:
    pk = city.cast.clerk.pk
    role = {"department": city.cast.window.pk, "role": "liaison", "valid_from": "2026-09-07"}
    assert fill(guard, f"/cms/people/{pk}/role/", role)["Location"] == f"/cms/people/{pk}/"
    again = fill(guard, f"/cms/people/{pk}/role/", role)
    assert again.status_code == 422
    assert "已在该单位任此角色" in again.content.decode()
    post = {"department": city.cast.window.pk, "kind": "liaison", "valid_from": "2026-09-07"}
    assert fill(guard, f"/cms/people/{pk}/post/", post).status_code == 302
    page = guard.get(f"/cms/people/{pk}/").content.decode()
    assert page.count("联络员") >= 2


def test_three_administrators_are_kept_apart_in_words(city: Admins, guard: Client) -> None:
    role = {"department": city.cast.window.pk, "role": "auditor", "valid_from": "2026-09-07"}
    answer = fill(guard, f"/cms/people/{city.cast.clerk.pk}/role/", role)
    assert "须由专人担任" in answer.content.decode()


def test_the_own_account_offers_nothing_and_takes_nothing(city: Admins, guard: Client) -> None:
    own = f"/cms/people/{city.guard.pk}/"
    page = guard.get(own).content.decode()
    assert "另一名安全管理员" in page
    assert "重设初始密码" not in page
    role = {"department": city.cast.window.pk, "role": "editor", "valid_from": "2026-09-07"}
    assert fill(guard, f"{own}role/", role).status_code in {302, 403}
    assert city.guard.memberships.count() == 1


def test_who_leaves_is_shown_what_is_open_and_hands_over(city: Admins, guard: Client, version) -> None:
    steps.received(city.cast, version)
    to = person("colleague", "示例同事", (city.cast.window, Role.LIAISON))
    address = f"/cms/people/{city.cast.clerk.pk}/disable/"
    page = guard.get(address).content.decode()
    assert "没有其他人可以审查与受理" in page
    assert "示例同事" in page
    refused = fill(guard, address, {"reason": "调离"})
    assert refused.status_code == 422
    assert "离任前须移交" in refused.content.decode()
    assert User.objects.get(pk=city.cast.clerk.pk).is_active
    typed = {"reason": "调离", f"successor_{city.cast.window.pk}": to.pk}
    assert fill(guard, address, typed).status_code == 302
    assert not User.objects.get(pk=city.cast.clerk.pk).is_active
    assert to.memberships.filter(role=Role.WINDOW_CLERK).exists()


def test_without_a_colleague_the_page_says_what_to_do(city: Admins, guard: Client, version) -> None:
    steps.received(city.cast, version)
    page = guard.get(f"/cms/people/{city.cast.clerk.pk}/disable/").content.decode()
    assert "没有其他在职人员可以接手" in page


def test_somebody_of_another_department_is_no_choice(city: Admins, guard: Client, version) -> None:
    steps.received(city.cast, version)
    person("colleague", "示例同事", (city.cast.window, Role.LIAISON))
    typed = {"reason": "调离", f"successor_{city.cast.window.pk}": city.cast.handler.pk}
    assert fill(guard, f"/cms/people/{city.cast.clerk.pk}/disable/", typed).status_code == 422


def test_a_role_and_a_post_end(city: Admins, guard: Client) -> None:
    row = role_of(city.cast.clerk, Role.WINDOW_CLERK)
    assert guard.get(f"/cms/people/roles/{row.pk}/end/").status_code == 200
    bad = fill(guard, f"/cms/people/roles/{row.pk}/end/", {"last_day": "2020-01-01"})
    assert "不能早于" in bad.content.decode()
    assert fill(guard, f"/cms/people/roles/{row.pk}/end/", {"last_day": "2026-09-06"}).status_code == 302
    assert not Membership.objects.valid_on(timezone.localdate()).filter(pk=row.pk).exists()
    post = Post.objects.create(user=city.cast.reviewer_a, department=city.cast.unit_a, kind=PostKind.LEADER)
    address = f"/cms/people/posts/{post.pk}/end/"
    assert fill(guard, address, {"last_day": "2026-09-07"}).status_code == 422
    typed = {"last_day": "2026-09-07", f"successor_{city.cast.unit_a.pk}": city.cast.leader_a.pk}
    assert fill(guard, address, typed).status_code == 302
    tomorrow = NOW.date() + timedelta(days=1)
    assert Post.objects.valid_on(tomorrow).get().user == city.cast.leader_a


# -- two administrators at one form ---------------------------------------------------


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("person-role", {"department": "window", "role": "liaison", "valid_from": "2026-09-07"}),
        ("person-post", {"department": "window", "kind": "leader", "valid_from": "2026-09-07"}),
        ("person-disable", {"reason": "调离"}),
    ],
)
def test_a_form_about_somebody_whose_roles_changed_says_what_stands(
    city: Admins, guard: Client, name: str, typed: dict
) -> None:
    clerk, address = city.cast.clerk, url(name, city)
    typed = {**typed, **({"department": city.cast.window.pk} if "department" in typed else {})}
    seen = hidden(guard, address, address)
    give = {"department": city.cast.window, "role": Role.INSPECTOR, "valid_from": NOW.date()}
    actions.give_role(clerk, **give, by=city.other, now=NOW)
    before = LedgerEntry.objects.count()
    answer = guard.post(address, {**seen, **typed})
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "内容已有变动，本次提交没有执行" in text
    assert f"综合窗口{Role.INSPECTOR.label}（2026-09-07至今）" in text
    assert all(str(value) in text for value in typed.values())
    assert LedgerEntry.objects.count() == before
    again = {**Forms(text).found[address], **typed}
    assert guard.post(address, again).status_code == 302


def test_a_role_that_somebody_else_ended_shows_both_days(city: Admins, guard: Client) -> None:
    address, row = url("role-end", city), role_of(city.cast.clerk, Role.WINDOW_CLERK)
    seen = hidden(guard, address, address)
    actions.end_role(row, last_day=date(2026, 9, 30), by=city.other, now=NOW)
    answer = guard.post(address, {**seen, "last_day": "2026-09-10"})
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "现在的内容：2026-09-30" in text
    assert 'value="2026-09-10"' in text
    row.refresh_from_db()
    assert row.valid_to == date(2026, 9, 30)
    assert guard.post(address, {**Forms(text).found[address], "last_day": "2026-09-10"}).status_code == 302
    row.refresh_from_db()
    assert row.valid_to == date(2026, 9, 10)


@pytest.mark.parametrize("name", ["person-role", "person-post", "person-disable", "role-end", "post-end"])
def test_a_form_without_its_version_changes_nothing(city: Admins, guard: Client, name: str) -> None:
    where, address = city.cast.window.pk, url(name, city)
    typed = {"department": where, "role": "liaison", "kind": "leader", "valid_from": "2026-09-07"}
    before = LedgerEntry.objects.count()
    answer = guard.post(address, {**typed, "reason": "调离", "last_day": "2026-09-07"})
    assert answer.status_code == 409
    assert LedgerEntry.objects.count() == before


@pytest.mark.parametrize("name", ["person-password", "person-second-factor", "person-unlock"])
def test_helping_somebody_in(city: Admins, guard: Client, name: str) -> None:
    answer = guard.post(url(name, city))
    assert answer.status_code == (200 if name == "person-password" else 302)
    assert LedgerEntry.objects.filter(actor=city.guard, object_id=str(city.cast.clerk.pk)).exists()


def test_a_disabled_account_is_enabled_again(city: Admins, guard: Client) -> None:
    address = f"/cms/people/{city.cast.clerk.pk}/"
    assert fill(guard, f"{address}disable/", {"reason": "调离"}).status_code == 302
    assert "启用并生成初始密码" in guard.get(address).content.decode()
    assert initial_password(guard.post(f"{address}enable/").content.decode())
    assert guard.post(f"{address}enable/", follow=True).redirect_chain


def test_nothing_there_deletes(city: Admins) -> None:
    """No address of ours deletes; nor does Django's own delete get through where a row is on record."""
    assert not [name for name in NAMES if "delete" in name or "remove" in name]


def test_the_desk_leads_the_security_administrator_there(city: Admins, guard: Client) -> None:
    assert 'href="/cms/people/"' in guard.get("/desk/").content.decode()
    home = guard.get("/cms/").content.decode()
    assert '"/cms/people/"' in home
    assert PASSWORD not in home
