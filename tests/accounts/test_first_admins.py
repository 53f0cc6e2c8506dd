"""The first three administrators: one command, three people, once."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from casework.core.ledger.models import LedgerEntry
from portal.accounts import first_people, second_factor
from portal.accounts.models import Department, Membership, User
from portal.accounts.roles import Role

pytestmark = pytest.mark.django_db
WHO = {"sysadmin": "sys01:示例甲", "security-admin": "sec01:示例乙", "auditor": "aud01:示例丙"}


def run(*more: str, **who: str) -> str:
    out = StringIO()
    people = {**WHO, **{name.replace("_", "-"): text for name, text in who.items()}}
    options = [part for name, text in people.items() for part in (f"--{name}", text)]
    call_command("first_admins", "--department", "示例市大数据局", *options, *more, stdout=out)
    return out.getvalue()


def test_three_people_with_a_password_each_shown_once() -> None:
    assert first_people.missing()
    said = run()
    assert not first_people.missing()
    held = set(Membership.objects.values_list("user__username", "role", "department__name"))
    place = "示例市大数据局"
    assert held == {
        ("sys01", Role.SYSADMIN, place),
        ("sec01", Role.SECURITY_ADMIN, place),
        ("aud01", Role.AUDITOR, place),
    }
    for line in [line for line in said.splitlines() if "初始密码 " in line]:
        name, password = line.split("用户名 ")[1].split("　初始密码 ")
        assert User.objects.get(username=name).check_password(password)
        assert password not in "".join(LedgerEntry.objects.values_list("payload", flat=True))
        client = Client()
        client.post("/accounts/login/", {"username": name, "password": password})
        assert client.get("/desk/")["Location"] == "/accounts/password_change/"
    assert not User.objects.filter(is_superuser=True).exists()
    actions = set(LedgerEntry.objects.exclude(action="account.signed_in").values_list("action", flat=True))
    assert actions == {"account.opened", "account.password_given", "account.role_given"}


def test_the_second_time_is_refused() -> None:
    run()
    before = User.objects.count()
    with pytest.raises(CommandError, match="已有管理员账号"):
        run(sysadmin="sys02:示例丁", security_admin="sec02:示例戊", auditor="aud02:示例己")
    assert User.objects.count() == before


@pytest.mark.parametrize(
    "who",
    [
        {"auditor": "sys01:示例丙"},  # one account twice
        {"auditor": "aud01:示例甲"},  # one person with two accounts
        {"auditor": "aud01"},
        {"auditor": ":示例丙"},
        {"auditor": "a b:示例丙"},
    ],
)
def test_what_is_not_three_people_is_refused_and_leaves_nothing(who: dict) -> None:
    with pytest.raises(CommandError):
        run(**who)
    assert (User.objects.count(), Department.objects.count(), LedgerEntry.objects.count()) == (0, 0, 0)


def test_passwords_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "passwords"
    file.write_text("sys01:Erste-lange-77\nsec01:Zweite-lange-77\naud01:Dritte:lange-77\n", "utf-8")
    said = run("--passwords", str(file))
    assert "lange-77" not in said
    assert User.objects.get(username="aud01").check_password("Dritte:lange-77")


@pytest.mark.parametrize("text", ["sys01:Erste-lange-77\n", "sys01:a\nsec01:b\naud01:c\n"])
def test_a_file_that_lacks_one_or_has_a_weak_one_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "passwords"
    file.write_text(text, "utf-8")
    with pytest.raises(CommandError):
        run("--passwords", str(file))
    assert not User.objects.exists()


def test_passwords_are_asked_for_without_echo(monkeypatch) -> None:
    monkeypatch.setattr("getpass.getpass", lambda prompt: f"Gefragt-{prompt[:3]}-77")
    run("--prompt")
    assert User.objects.get(username="sec01").check_password("Gefragt-sec-77")


def test_the_three_must_enrol_unless_an_operator_says_otherwise(settings) -> None:
    """The default of a real installation."""
    settings.SECOND_FACTOR_ROLES = ["sysadmin", "security_admin", "auditor"]
    run()
    today = Membership.objects.first().valid_from
    assert all(second_factor.is_required(user, today) for user in User.objects.all())


def test_the_department_may_exist_already() -> None:
    Department.objects.create(code="data", name="示例市大数据局")
    run()
    assert Department.objects.count() == 1
