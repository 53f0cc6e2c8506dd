"""Who is who: founding departments, opening accounts, appointing people."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from portal.accounts import actions
from portal.accounts.models import Department, Membership, Post, User
from portal.accounts.roles import DepartmentKind, PostKind, Role
from portal.accounts.rules import SEPARATED

DAY = date(2026, 9, 1)


@pytest.fixture
def office(db: None) -> Department:
    return actions.create_department(code="a", name="示例局", kind=DepartmentKind.APPROVAL, valid_from=DAY)


@pytest.fixture
def person(db: None) -> User:
    return actions.create_user(
        username="p", name="王示例", hashed_password=actions.password_hash("long-enough-77")
    )


def test_a_department_exists_from_its_day_on(office: Department) -> None:
    assert list(Department.objects.valid_on(DAY)) == [office]
    assert not Department.objects.valid_on(date(2026, 8, 31)).exists()


@pytest.mark.parametrize(("code", "name"), [("a", "另一局"), ("b", "示例局"), ("", "另一局"), ("b", "")])
def test_a_department_needs_a_code_and_a_name_of_its_own(office: Department, code: str, name: str) -> None:
    with pytest.raises(ValidationError):
        actions.create_department(code=code, name=name, kind=DepartmentKind.OTHER, valid_from=DAY)
    assert Department.objects.count() == 1


def test_an_account_signs_in_and_has_no_rights(person: User) -> None:
    person.refresh_from_db()
    assert person.check_password("long-enough-77")
    assert not person.is_superuser
    assert not person.is_staff
    assert not Membership.objects.filter(user=person).exists()


@pytest.mark.parametrize("password", ["short-1", "1234567890123", "password1234"])
def test_a_weak_password_is_refused(password: str) -> None:
    with pytest.raises(ValidationError):
        actions.password_hash(password)


def test_a_user_name_is_given_once(person: User) -> None:
    with pytest.raises(ValidationError):
        actions.create_user(username="p", name="李示例", hashed_password="x")


def test_an_address_must_be_one(person: User) -> None:
    actions.set_email(person, email="p@example.test")
    with pytest.raises(ValidationError):
        actions.set_email(person, email="nobody")
    person.refresh_from_db()
    assert person.email == "p@example.test"


def test_business_roles_can_be_combined(person: User, office: Department) -> None:
    for role in (Role.REVIEWER, Role.LIAISON):
        actions.appoint(user=person, department=office, role=role, valid_from=DAY)
    assert person.memberships.count() == 2


def test_the_same_appointment_is_made_once(person: User, office: Department) -> None:
    actions.appoint(user=person, department=office, role=Role.REVIEWER, valid_from=DAY)
    with pytest.raises(ValidationError):
        actions.appoint(user=person, department=office, role=Role.REVIEWER, valid_from=DAY)


@pytest.mark.parametrize("separated", sorted(SEPARATED))
@pytest.mark.parametrize("other", [Role.WINDOW_CLERK, Role.AUDITOR, Role.SYSADMIN, Role.SECURITY_ADMIN])
def test_the_three_separated_roles_stay_alone(
    person: User, office: Department, separated: Role, other: Role
) -> None:
    if separated == other:
        return
    actions.appoint(user=person, department=office, role=separated, valid_from=DAY)
    with pytest.raises(actions.SeparatedRole):
        actions.appoint(user=person, department=office, role=other, valid_from=DAY)
    assert person.memberships.count() == 1


def test_a_separated_role_is_not_added_to_a_business_one(person: User, office: Department) -> None:
    actions.appoint(user=person, department=office, role=Role.WINDOW_CLERK, valid_from=DAY)
    with pytest.raises(actions.SeparatedRole):
        actions.appoint(user=person, department=office, role=Role.AUDITOR, valid_from=DAY)


def test_a_post_names_its_holder(person: User, office: Department) -> None:
    post = actions.give_post(user=person, department=office, kind=PostKind.LEADER, valid_from=DAY)
    assert list(Post.objects.valid_on(DAY)) == [post]
