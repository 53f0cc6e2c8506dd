"""Acts on accounts, roles, posts, departments, passwords and second factors; part of ``table.py``."""

from collections.abc import Callable
from datetime import timedelta

from wagtail.signal_handlers import disable_reference_index_auto_update

from portal.accounts import (
    administration,
    attempts,
    departments,
    departures,
    first_people,
    founding,
    groups,
    passwords,
    profile,
    second_factor,
    sessions,
)
from portal.accounts.models import Department, Membership, Post, User
from portal.accounts.roles import PostKind, Role
from portal.accounts.session_store import AccountSession
from tests.accounts.admins import make_admins
from tests.accounts.phone import enrol, shows
from tests.cast import NOW, person
from tests.faults.harness import Act, Case, Scene
from tests.test_safe_methods import client_of

TODAY = NOW.date()
LAST_DAY = TODAY + timedelta(days=30)
LATER = NOW + timedelta(minutes=5)  # a code of the app is good once
NEW_PASSWORD = "Bamboo-57-river-lamp"
Change = Callable[[User, User, Scene], object]


def enrolled(user: User) -> None:
    enrol(user, NOW)


def on_person(change: Change, *prepare: Callable[[User], object]) -> Case:
    """What a security administrator changes about the clerk, who is signed in."""

    def world(scene: Scene) -> Act:
        guard = make_admins(scene.cast).guard
        person("clerk-2", "示例窗口员乙", (scene.cast.window, Role.WINDOW_CLERK))
        client_of(scene.cast.clerk)
        for step in prepare:
            step(scene.cast.clerk)
        return lambda: change(User.objects.get(pk=scene.cast.clerk.pk), User.objects.get(pk=guard.pk), scene)

    return Case(world)


def on_myself(change: Callable[[User], object], *prepare: Callable[[User], object]) -> Case:
    """What the clerk changes about the own account."""
    return on_person(lambda user, guard, scene: change(user), *prepare)


def in_a_post(user: User) -> None:
    """The clerk holds a post that nobody else holds."""
    Post.objects.create(
        user=user, department=user.memberships.get().department, kind=PostKind.LIAISON, valid_from=TODAY
    )


def disabled(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def failures(user: User) -> None:
    for _ in range(5):
        attempts.failed(username=user.username, address="192.0.2.7", now=NOW)


def colleague() -> User:
    """The other one at the window, who takes over."""
    return User.objects.get(username="clerk-2")


def no_administrators(scene: Scene) -> Act:
    Membership.objects.filter(role__in=("sysadmin", "security_admin", "auditor")).delete()
    people = {
        role: first_people.FirstPerson(f"first-{role}", f"示例{role.label}", NEW_PASSWORD)
        for role in first_people.FIRST
    }

    @disable_reference_index_auto_update()
    def act() -> object:
        return first_people.found_administrators(department="示例市数据局", people=people, now=NOW)

    return act


def renamed(scene: Scene) -> Act:
    @disable_reference_index_auto_update()  # Wagtail's own index forgives a fault, and is no part of the act
    def act() -> object:
        row = Department.objects.get(pk=scene.cast.window.pk)
        row.phone = "0898-00000000"
        return departments.keep_department(row, by=User.objects.get(pk=scene.cast.sysadmin.pk), now=NOW)

    return act


def a_session(scene: Scene) -> Act:
    client_of(scene.cast.clerk)
    handle = AccountSession.objects.get(user=scene.cast.clerk).handle
    return lambda: sessions.end_one(user=scene.cast.clerk, handle=handle, by=scene.cast.clerk, now=NOW)


def recovery_codes(scene: Scene) -> Act:
    user = scene.cast.clerk
    first, *_ = enrol(user, NOW)
    return lambda: second_factor.accept(user=User.objects.get(pk=user.pk), code=first, now=LATER)


def unsynced(scene: Scene) -> Act:
    make_admins(scene.cast)
    Membership.objects.filter(user=scene.cast.editor).delete()
    return lambda: groups.sync_groups(today=TODAY)


ACCOUNT_ACTS: dict[str, Case] = {
    # an account and its owner
    "accounts.passwords.change": on_myself(
        lambda user: passwords.change(user=user, password=NEW_PASSWORD, keep="", now=NOW)
    ),
    "accounts.profile.change_contact": on_myself(
        lambda user: profile.change_contact(user=user, email="new@example.test", phone="13800000000", now=NOW)
    ),
    "accounts.second_factor.begin": on_myself(lambda user: second_factor.begin(user=user, now=NOW)),
    "accounts.second_factor.confirm": on_myself(
        lambda user: second_factor.confirm(user=user, code=shows(user, NOW), keep="", now=NOW),
        lambda user: second_factor.begin(user=user, now=NOW),
    ),
    "accounts.second_factor.new_codes": on_myself(
        lambda user: second_factor.new_codes(user=user, now=LATER), enrolled
    ),
    "accounts.second_factor.accept": Case(recovery_codes),
    "accounts.second_factor.remove": on_myself(
        lambda user: second_factor.remove(user=user, keep="", now=LATER), enrolled
    ),
    "accounts.sessions.end_one": Case(a_session),
    "accounts.sessions.end_all": on_myself(lambda user: sessions.end_all(user=user, by=user, now=NOW)),
    "accounts.attempts.failed": on_myself(
        lambda user: attempts.failed(username=user.username, address="192.0.2.7", now=LATER), failures
    ),
    "accounts.attempts.forget": on_myself(
        lambda user: attempts.forget(now=NOW + timedelta(days=4000)), failures
    ),
    "accounts.attempts.succeeded": on_myself(
        lambda user: attempts.succeeded(username=user.username, address="192.0.2.7", now=NOW)
    ),
    # administration
    "accounts.administration.open_account": on_person(
        lambda user, guard, scene: administration.open_account(
            username="new-one", name="示例新人", email="n@example.test", by=guard, now=NOW
        )
    ),
    "accounts.administration.give_password": on_person(
        lambda user, guard, scene: administration.give_password(user, by=guard, now=NOW)
    ),
    "accounts.administration.reset_second_factor": on_person(
        lambda user, guard, scene: administration.reset_second_factor(user, by=guard, now=LATER), enrolled
    ),
    "accounts.administration.unlock": on_person(
        lambda user, guard, scene: administration.unlock(user, by=guard, now=NOW), failures
    ),
    "accounts.administration.give_role": on_person(
        lambda user, guard, scene: administration.give_role(
            user, department=scene.cast.unit_a, role=Role.REVIEWER, valid_from=TODAY, by=guard, now=NOW
        )
    ),
    "accounts.administration.name_to_post": on_person(
        lambda user, guard, scene: administration.name_to_post(
            user, department=scene.cast.window, kind=PostKind.LEADER, valid_from=TODAY, by=guard, now=NOW
        )
    ),
    "accounts.administration.enable": on_person(
        lambda user, guard, scene: administration.enable(user, by=guard, now=NOW), disabled
    ),
    "accounts.departures.end_role": on_person(
        lambda user, guard, scene: departures.end_role(
            user.memberships.get(), last_day=LAST_DAY, successor=colleague(), by=guard, now=NOW
        ),
        in_a_post,
    ),
    "accounts.departures.end_post": on_person(
        lambda user, guard, scene: departures.end_post(
            Post.objects.get(user=user), last_day=LAST_DAY, successor=colleague(), by=guard, now=NOW
        ),
        in_a_post,
    ),
    "accounts.departures.disable": on_person(
        lambda user, guard, scene: departures.disable(
            user, reason="调离", successors={scene.cast.window.pk: colleague()}, by=guard, now=NOW
        ),
        in_a_post,
    ),
    "accounts.departments.keep_department": Case(renamed),
    "accounts.first_people.found_administrators": Case(no_administrators),
    "accounts.founding.appoint": on_person(
        lambda user, guard, scene: founding.appoint(
            user=user, department=scene.cast.unit_a, role=Role.REVIEWER, valid_from=TODAY
        )
    ),
    "accounts.groups.sync_groups": Case(unsynced),
}
