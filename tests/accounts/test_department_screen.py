"""Departments at the editors' desk: an end with a successor, two administrators at one form, both logs."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import ModelLogEntry

from casework.core.ledger.models import LedgerEntry
from portal.accounts.models import Department
from tests.accounts.admins import make_admins
from tests.cast import Cast
from tests.seen import Forms

ADD = "wagtailsnippets_accounts_department:add"


@pytest.fixture
def where(cast: Cast) -> Department:
    make_admins(cast)
    return cast.elsewhere


@pytest.fixture
def client(where: Department, cast: Cast, sign_in) -> Client:
    return sign_in(cast.sysadmin)


def page_of(where: Department) -> str:
    return reverse("wagtailsnippets_accounts_department:edit", args=[where.pk])


def typed(where: Department, **changes: object) -> dict[str, object]:
    found = {"name": where.name, "code": where.code, "kind": where.kind, "valid_from": "2000-01-01"}
    return {**found, "short_name": where.short_name, **changes}


def seen(client: Client, where: Department) -> dict[str, str]:
    forms = Forms(client.get(page_of(where)).content.decode()).found.values()
    return {"seen": next(fields["seen"] for fields in forms if "seen" in fields)}


def test_a_department_ends_only_with_a_successor(where: Department, client: Client, cast: Cast) -> None:
    version, last = seen(client, where), str(timezone.localdate() + timedelta(30))
    refused = client.post(page_of(where), typed(where, valid_to=last, **version))
    assert refused.status_code == 200
    assert "须指定职责承接单位" in refused.content.decode()
    own = client.post(page_of(where), typed(where, valid_to=last, successor=where.pk, **version))
    assert "不能是本单位" in own.content.decode()
    yesterday = str(timezone.localdate() - timedelta(1))
    heir = cast.competent.pk
    late = client.post(page_of(where), typed(where, valid_to=yesterday, successor=heir, **version))
    assert "不能早于今天" in late.content.decode()
    assert not LedgerEntry.objects.exists()
    done = client.post(page_of(where), typed(where, valid_to=last, successor=heir, **version))
    assert done.status_code == 302
    entry = LedgerEntry.objects.get(action="account.department_changed")
    assert (entry.actor, entry.department) == (cast.sysadmin, where)
    assert ModelLogEntry.objects.filter(object_id=str(where.pk), action="wagtail.edit").exists()
    assert client.post(reverse(ADD), typed(where, name="示例新局", code="new")).status_code == 302
    assert LedgerEntry.objects.filter(action="account.department_founded").count() == 1


def test_the_second_of_two_administrators_sees_what_stands(where: Department, client: Client) -> None:
    version = seen(client, where)
    Department.objects.filter(pk=where.pk).update(phone="0898-00000001", short_name="旅文局")
    mine = typed(where, phone="0898-00000002", short_name="旅文局")
    refused = client.post(page_of(where), {**mine, **version})
    shown = refused.content.decode()
    assert refused.status_code == 200
    for words in ("内容已有变动", "现在的内容：0898-00000001", "0898-00000002"):
        assert words in shown
    assert "现在的内容：旅文局" not in shown  # the same as entered
    assert Department.objects.get(pk=where.pk).phone == "0898-00000001"
    assert not LedgerEntry.objects.exists()
    forms = Forms(shown).found.values()
    again = {"seen": next(fields["seen"] for fields in forms if "seen" in fields)}
    assert again != version
    assert client.post(page_of(where), {**mine, **again}).status_code == 302
    assert Department.objects.get(pk=where.pk).phone == "0898-00000002"


@pytest.mark.parametrize("version", [{}, {"seen": "x" * 32}])
def test_a_form_without_its_version_saw_nothing(where: Department, client: Client, version) -> None:
    answer = client.post(page_of(where), typed(where, phone="0898-00000002", **version))
    assert answer.status_code == 200
    assert Department.objects.get(pk=where.pk).phone == ""
