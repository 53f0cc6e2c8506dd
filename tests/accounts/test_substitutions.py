"""委托代理: who may stand in for whom, who arranges it, how it ends."""

import json
import uuid
from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from casework.core.ledger.models import LedgerEntry
from portal.accounts import actions, rules
from portal.accounts.errors import NotAllowed
from portal.accounts.models import Substitution, User
from portal.accounts.roles import Role
from tests.cast import NOW, Cast, person

TODAY = date(2026, 9, 7)
DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))
SPANS = st.builds(rules.Span, DAYS, st.none() | DAYS)


@given(SPANS, SPANS)
def test_spans_overlap_when_they_share_a_day(one: rules.Span, two: rules.Span) -> None:
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(731)]
    shared = any(one.holds_on(day) and two.holds_on(day) for day in days)
    in_order = all(span.last is None or span.first <= span.last for span in (one, two))
    if in_order:
        assert one.overlaps(two) == two.overlaps(one) == shared


HELD = st.builds(rules.HeldRole, st.sampled_from(list(Role)), SPANS)


@given(st.sampled_from(list(Role)), SPANS, st.lists(HELD, max_size=4))
def test_nobody_ever_comes_to_hold_two_of_the_three(role, span, held) -> None:  # type: ignore[no-untyped-def]
    refused = rules.refuses_role(role, span, held)
    together = {row.role for row in held if row.span.overlaps(span)} | {role}
    assert bool(refused) == (len(together) > 1 and bool(together & rules.SEPARATED))
    assert bool(refused) != rules.is_separated(together)


GOOD = rules.StandIn(
    person_id=1,
    substitute_id=2,
    span=rules.Span(TODAY, TODAY),
    person_roles={Role.REVIEWER},
    substitute_roles={Role.LIAISON},
)


def test_a_colleague_may_stand_in() -> None:
    assert rules.refuses_stand_in(GOOD, today=TODAY) == ("", "")


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("substitute", {"substitute_id": 1}),
        ("person", {"person_roles": set()}),
        ("substitute", {"substitute_roles": set()}),
        ("substitute", {"substitute_roles": {Role.AUDITOR}}),
        ("substitute", {"person_roles": {Role.SECURITY_ADMIN}}),
        ("substitute", {"substitute_away": True}),
        ("person", {"person_acts": True}),
        ("valid_from", {"is_taken": True}),
        ("valid_from", {"span": rules.Span(date(2026, 9, 6), TODAY)}),
        ("valid_to", {"span": rules.Span(TODAY)}),
        ("valid_to", {"span": rules.Span(date(2026, 9, 1), date(2026, 9, 2))}),
        ("valid_to", {"span": rules.Span(date(2026, 9, 9), date(2026, 9, 8))}),
        ("valid_to", {"span": rules.Span(TODAY, TODAY + timedelta(days=366))}),
    ],
)
def test_what_is_no_substitution(field: str, change: dict[str, object]) -> None:
    asked = rules.StandIn(**{**GOOD.__dict__, **change})
    found = rules.refuses_stand_in(asked, today=TODAY)
    assert found[0] == field
    assert found[1].endswith("。")


@pytest.fixture
def liaison(cast: Cast) -> User:
    return person("liaison", "示例联络员", (cast.unit_a, Role.LIAISON))


@pytest.fixture
def guard(cast: Cast) -> User:
    return person("guard", "示例安全管理员", (cast.elsewhere, Role.SECURITY_ADMIN))


def arrange(cast: Cast, who: User, whom: User, *, by: User | None, **changes: object) -> Substitution:
    asked = {
        "person": whom,
        "substitute": who,
        "department": cast.unit_a,
        "valid_from": TODAY,
        "valid_to": date(2026, 9, 11),
        "reason": "外出培训",
        "by": by,
        "now": NOW,
    }
    return actions.arrange_substitution(**{**asked, **changes})


def test_it_stands_on_the_ledger(cast: Cast, liaison: User) -> None:
    row = arrange(cast, liaison, cast.leader_a, by=cast.leader_a, permissions=["sign_opinion"])
    entry = LedgerEntry.objects.get(action="account.substitution_made")
    assert (entry.actor, entry.department, entry.object_id) == (
        cast.leader_a,
        cast.unit_a,
        str(cast.leader_a.pk),
    )
    assert json.loads(entry.payload)["permissions"] == ["sign_opinion"]
    actions.revoke_substitution(row, by=liaison, now=NOW)
    actions.revoke_substitution(row, by=liaison, now=NOW)
    assert LedgerEntry.objects.filter(action="account.substitution_revoked").count() == 1


@pytest.mark.parametrize("who", ["sysadmin", "auditor", "reviewer_a", "stranger"])
def test_nobody_else_arranges_or_revokes_it(cast: Cast, liaison: User, who: str) -> None:
    other = getattr(cast, who)
    with pytest.raises(NotAllowed):
        arrange(cast, liaison, cast.leader_a, by=other)
    row = arrange(cast, liaison, cast.leader_a, by=None)
    with pytest.raises(NotAllowed):
        actions.revoke_substitution(row, by=other, now=NOW)


def test_the_security_administrator_arranges_it_for_somebody(cast: Cast, liaison: User, guard: User) -> None:
    row = arrange(cast, liaison, cast.leader_a, by=guard)
    assert row.made_by == guard
    actions.revoke_substitution(row, by=guard, now=NOW)
    assert row.revoked_by == guard


@pytest.mark.parametrize("broken", ["chain_up", "chain_down", "twice", "disabled", "elsewhere", "wordless"])
def test_it_refuses(cast: Cast, liaison: User, broken: str) -> None:
    inspector = person("inspector", "示例踏勘员", (cast.unit_a, Role.INSPECTOR))
    asked: dict[str, object] = {}
    if broken == "chain_up":
        arrange(cast, inspector, liaison, by=None)  # the substitute is away on those days
    elif broken == "chain_down":
        arrange(cast, cast.leader_a, inspector, by=None)  # who would be away stands in for somebody
    elif broken == "twice":
        arrange(cast, inspector, cast.leader_a, by=None)
    elif broken == "disabled":
        User.objects.filter(pk=liaison.pk).update(is_active=False)
        liaison.refresh_from_db()
    elif broken == "elsewhere":
        asked["department"] = cast.unit_b
    else:
        asked["reason"] = "  "
    before = Substitution.objects.count()
    with pytest.raises(actions.BadSubstitution):
        arrange(cast, liaison, cast.leader_a, by=cast.leader_a, **asked)
    assert Substitution.objects.count() == before


# -- pages: they run today, whenever that is --------------------------------------------


def form(cast: Cast, liaison: User, **changes: object) -> dict[str, object]:
    today = timezone.localdate()
    return {
        "substitute": f"{cast.unit_a.pk}:{liaison.pk}",
        "valid_from": today.isoformat(),
        "valid_to": (today + timedelta(days=3)).isoformat(),
        "reason": "公出",
        "once": uuid.uuid4(),
        **changes,
    }


ADDRESS = "/desk/substitutions/"


def test_the_person_arranges_and_revokes_it_on_the_desk(cast: Cast, liaison: User, sign_in) -> None:
    client: Client = sign_in(cast.leader_a)
    said = client.post(ADDRESS, form(cast, liaison, permissions=["sign_opinion"]), follow=True)
    assert "已设立委托代理" in said.content.decode()
    row = Substitution.objects.get()
    assert (row.person, row.substitute, row.chosen) == (cast.leader_a, liaison, ["sign_opinion"])
    desk = sign_in(liaison).get("/desk/").content.decode()
    assert "您今天代理：示例分管领导甲" in desk
    assert "出具联合审批意见" in desk
    said = client.post(f"{ADDRESS}{row.pk}/revoke/", follow=True)
    assert "已撤销委托代理" in said.content.decode()
    assert "您今天代理" not in sign_in(liaison).get("/desk/").content.decode()


def test_a_refusal_stands_at_its_field(cast: Cast, liaison: User, sign_in) -> None:
    answer = sign_in(cast.leader_a).post(ADDRESS, form(cast, liaison, valid_to="2020-01-01"))
    assert answer.status_code == 422
    assert "终止日期，且不早于起始日期" in answer.content.decode()
    answer = sign_in(cast.leader_a).post(ADDRESS, form(cast, liaison, permissions=["read_ledger"]))
    assert answer.status_code == 422
    assert not Substitution.objects.exists()


def test_only_colleagues_are_offered(cast: Cast, liaison: User, sign_in) -> None:
    page = sign_in(cast.leader_a).get(ADDRESS).content.decode()
    assert "示例联络员" in page
    assert "示例审查员乙" not in page  # of another department
    answer = sign_in(cast.leader_a).post(
        ADDRESS, form(cast, liaison, substitute=f"{cast.unit_b.pk}:{cast.leader_b.pk}")
    )
    assert answer.status_code == 422


def test_somebody_elses_is_not_found(cast: Cast, liaison: User, sign_in) -> None:
    today = timezone.localdate()
    row = arrange(cast, liaison, cast.leader_a, by=None, now=timezone.now(), valid_from=today, valid_to=today)
    client = sign_in(cast.reviewer_a)
    assert client.post(f"{ADDRESS}{row.pk}/revoke/").status_code == 404
    assert client.get(f"{ADDRESS}?person={cast.leader_a.username}").status_code == 404
    assert "示例联络员代" not in client.get(ADDRESS).content.decode()


def test_the_security_administrator_sees_all_and_arranges_for_others(
    cast: Cast, liaison: User, guard: User, sign_in, django_assert_max_num_queries
) -> None:
    client = sign_in(guard)
    at = f"{ADDRESS}?person={cast.leader_a.username}"
    assert client.post(at, form(cast, liaison)).status_code == 302
    with django_assert_max_num_queries(14):
        page = client.get(ADDRESS).content.decode()
    assert "示例分管领导甲" in page
    assert client.get(f"{ADDRESS}?person=nobody").status_code == 404


@pytest.mark.parametrize("who", ["auditor", "sysadmin"])
def test_the_three_have_no_substitutes(cast: Cast, who: str, sign_in) -> None:
    assert "您的角色不能委托代理" in sign_in(getattr(cast, who)).get(ADDRESS).content.decode()
