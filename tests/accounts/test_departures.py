"""Who leaves hands over first: duties, posts and drafts pass to a colleague in one transaction (7–9, 8.1)."""

from datetime import timedelta

import pytest
from django.test import Client

from casework.approval import actions as approval
from casework.core.ledger.models import LedgerEntry
from portal.accounts import actions, facts, leaving
from portal.accounts.errors import AccountRefused
from portal.accounts.models import Membership, Post, User
from portal.accounts.roles import PostKind, Role
from tests import steps
from tests.accounts.admins import TODAY, Admins, make_admins, role_of
from tests.cast import NOW, PASSWORD, Cast, person

ONE_DAY = timedelta(days=1)


@pytest.fixture
def city(cast: Cast) -> Admins:
    return make_admins(cast)


def colleague(city: Admins, where: object, role: Role = Role.LIAISON) -> User:
    """Somebody of the department without the leaver's rights."""
    return person("colleague", "示例同事", (where, role))


def disable(city: Admins, user: User, to: User | None = None, where: object = None) -> None:
    successors = {where.pk: to} if to is not None else {}
    actions.disable(user, reason="调离", successors=successors, by=city.guard, now=NOW)


def test_nobody_goes_who_alone_can_meet_an_open_duty(city: Admins, version) -> None:
    steps.received(city.cast, version)
    with pytest.raises(actions.Held, match="没有其他人可以审查与受理"):
        disable(city, city.cast.clerk)
    with pytest.raises(actions.Held):
        actions.end_role(role_of(city.cast.clerk, Role.WINDOW_CLERK), last_day=TODAY, by=city.guard, now=NOW)
    assert User.objects.get(pk=city.cast.clerk.pk).is_active
    assert not LedgerEntry.objects.filter(action__startswith="account.").exists()


@pytest.mark.parametrize("disabled", [False, True])
def test_whoever_remains_must_really_be_there(city: Admins, version, disabled: bool) -> None:
    steps.received(city.cast, version)
    second = person("second", "示例窗口员乙", (city.cast.window, Role.WINDOW_CLERK))
    if disabled:
        User.objects.filter(pk=second.pk).update(is_active=False)
        with pytest.raises(actions.Held):
            disable(city, city.cast.clerk)
    else:
        disable(city, city.cast.clerk)


def test_a_role_that_ends_later_than_the_day_counts(city: Admins, version) -> None:
    steps.received(city.cast, version)
    second = person("second", "示例窗口员乙", (city.cast.window, Role.WINDOW_CLERK))
    Membership.objects.filter(user=second).update(valid_to=TODAY + 2 * ONE_DAY)
    row = role_of(city.cast.clerk, Role.WINDOW_CLERK)
    with pytest.raises(actions.Held):
        actions.end_role(row, last_day=TODAY + 2 * ONE_DAY, by=city.guard, now=NOW)
    actions.end_role(row, last_day=TODAY + ONE_DAY, by=city.guard, now=NOW)


def test_without_open_work_anybody_may_go(city: Admins) -> None:
    disable(city, city.cast.clerk)
    assert not User.objects.get(pk=city.cast.clerk.pk).is_active


def test_the_role_passes_on_in_the_same_step(city: Admins, version) -> None:
    case = steps.received(city.cast, version)
    to = colleague(city, city.cast.window)
    disable(city, city.cast.clerk, to, city.cast.window)
    assert to.memberships.valid_on(TODAY).filter(role=Role.WINDOW_CLERK).exists()
    assert not city.cast.clerk.memberships.valid_on(TODAY).exists()
    written = set(LedgerEntry.objects.filter(actor=city.guard).values_list("action", flat=True))
    assert written >= {"account.handed_over", "account.role_given", "account.role_ended", "account.disabled"}
    passed = dict.fromkeys(steps.CheckKind, (True, ""))
    steps.intake.record_checks(case, results=passed, by=to, now=NOW)  # the colleague carries on
    steps.intake.accept(case, by=to, now=NOW)


def test_signing_and_drafting_are_looked_at_apart(city: Admins, version) -> None:
    """The reviewer is still there, but nobody could sign."""
    steps.circulating(city.cast, version)
    with pytest.raises(actions.Held, match="签发联合审批意见"):
        disable(city, city.cast.leader_a)


def test_a_draft_passes_to_the_colleague_who_then_cannot_sign_it(city: Admins, version) -> None:
    case = steps.circulating(city.cast, version)
    circulation = steps.drafted(city.cast, case, "a")
    second = person(
        "second", "示例审查员丙", (city.cast.unit_a, Role.REVIEWER), (city.cast.unit_a, Role.UNIT_LEADER)
    )
    with pytest.raises(actions.Held, match="由其拟稿"):
        disable(city, city.cast.reviewer_a)
    disable(city, city.cast.reviewer_a, second, city.cast.unit_a)
    opinion = circulation.opinions.get()
    assert opinion.handed_to == second
    entry = LedgerEntry.objects.get(action="approval.opinion_handed_over")
    assert (entry.case_number, entry.clause, entry.actor) == (case.number, "7.3", city.guard)
    circulation.refresh_from_db()
    with pytest.raises(approval.SameDrafter):
        approval.sign_opinion(circulation, by=second, now=NOW)
    approval.sign_opinion(circulation, by=city.cast.leader_a, now=NOW)


def test_the_only_signer_takes_no_draft_over(city: Admins, version) -> None:
    steps.drafted(city.cast, steps.circulating(city.cast, version), "a")
    with pytest.raises(AccountRefused, match="没有其他人可以签发"):
        disable(city, city.cast.reviewer_a, city.cast.leader_a, city.cast.unit_a)
    assert not city.cast.leader_a.memberships.filter(role=Role.REVIEWER).exists()


def test_a_proposal_passes_on_too(city: Admins, version) -> None:
    case = steps.proposed(city.cast, version)
    to = colleague(city, city.cast.approver)
    with pytest.raises(actions.Held, match="由其拟定"):
        disable(city, city.cast.handler)
    disable(city, city.cast.handler, to, city.cast.approver)
    assert case.decisions.get().handed_to == to
    approval.approve_decision(case, by=city.cast.chief, now=NOW)


@pytest.mark.parametrize("kind", list(PostKind))
def test_no_post_stays_empty(city: Admins, kind: PostKind) -> None:
    where = city.cast.unit_a
    Post.objects.create(user=city.cast.reviewer_a, department=where, kind=kind)
    with pytest.raises(actions.Held, match=str(kind.label)):
        disable(city, city.cast.reviewer_a)
    disable(city, city.cast.reviewer_a, city.cast.leader_a, where)
    held = Post.objects.valid_on(TODAY).values_list("user__username", "kind")
    assert list(held) == [("leader-a", kind)]


def test_a_post_that_another_holds_too_keeps_nobody(city: Admins) -> None:
    for user in (city.cast.reviewer_a, city.cast.leader_a):
        Post.objects.create(user=user, department=city.cast.unit_a, kind=PostKind.LIAISON)
    disable(city, city.cast.reviewer_a)
    assert Post.objects.valid_on(TODAY).get().user == city.cast.leader_a


def test_posts_stay_while_another_role_is_left(city: Admins) -> None:
    Membership.objects.create(user=city.cast.reviewer_a, department=city.cast.unit_a, role=Role.LIAISON)
    Post.objects.create(user=city.cast.reviewer_a, department=city.cast.unit_a, kind=PostKind.LIAISON)
    actions.end_role(role_of(city.cast.reviewer_a, Role.REVIEWER), last_day=TODAY, by=city.guard, now=NOW)
    assert Post.objects.get().valid_to is None


@pytest.mark.parametrize("name", ["handler", "guard", "gone"])
def test_only_a_colleague_of_the_department_takes_over(city: Admins, version, name: str) -> None:
    steps.received(city.cast, version)
    if name == "gone":
        to = colleague(city, city.cast.window)
        User.objects.filter(pk=to.pk).update(is_active=False)
    else:
        to = city.guard if name == "guard" else city.cast.handler
    with pytest.raises(AccountRefused) as refused:
        disable(city, city.cast.clerk, to, city.cast.window)
    assert refused.value.field == "successor"


def test_one_of_the_three_takes_nothing_over(city: Admins, version) -> None:
    """Somebody of the department who is an auditor may not get a role of the business (三员分立)."""
    steps.received(city.cast, version)
    to = person("watcher", "示例审计员乙", (city.cast.window, Role.AUDITOR))
    with pytest.raises(actions.SeparatedRole):
        disable(city, city.cast.clerk, to, city.cast.window)


@pytest.mark.parametrize("broken", ["account.role_given", "account.handed_over", "account.disabled"])
def test_all_or_nothing(city: Admins, version, monkeypatch, broken: str) -> None:
    """A ledger that closes half way takes everything back."""
    steps.received(city.cast, version)
    to = colleague(city, city.cast.window)

    def refuse(*, action: str, **_: object) -> None:
        if action == broken:
            raise RuntimeError("the ledger is closed")

    facts.noted.connect(refuse)
    try:
        with pytest.raises(RuntimeError, match="closed"):
            disable(city, city.cast.clerk, to, city.cast.window)
    finally:
        facts.noted.disconnect(refuse)
    assert User.objects.get(pk=city.cast.clerk.pk).is_active
    assert to.memberships.count() == 1
    assert city.cast.clerk.memberships.valid_on(TODAY).exists()
    assert not LedgerEntry.objects.filter(action__startswith="account.").exists()


def test_a_disabled_person_is_refused_at_the_next_request(city: Admins) -> None:
    clients = [Client(), Client()]
    for client in clients:
        client.post("/accounts/login/", {"username": "clerk", "password": PASSWORD})
        assert client.get("/desk/").status_code == 200
    disable(city, city.cast.clerk)
    for client in clients:
        assert client.get("/desk/")["Location"].startswith("/accounts/login/")
    again = Client().post("/accounts/login/", {"username": "clerk", "password": PASSWORD})
    assert again.status_code != 302


def test_the_checks_notice_a_keeper_that_looks_away(city: Admins, version, monkeypatch) -> None:
    """The deliberate break: without the keeper of duties the clerk could go."""
    steps.received(city.cast, version)
    monkeypatch.setitem(leaving._KEEPERS, "duties", type("Blind", (), {"holds": lambda self, going: []})())
    disable(city, city.cast.clerk)


def test_looking_costs_a_bounded_number_of_queries(
    city: Admins, version, django_assert_max_num_queries
) -> None:
    for _ in range(3):
        steps.received(city.cast, version)
    (going,) = actions_leaving(city.cast.clerk)
    with django_assert_max_num_queries(8):
        leaving.holds_of(going)


def actions_leaving(user: User) -> list[leaving.Leaving]:
    from portal.accounts import departures

    return departures.leaving_by(departures.running(user, TODAY), TODAY)
