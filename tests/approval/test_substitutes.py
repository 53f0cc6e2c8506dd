"""Two facts, two persons, also when somebody stands in for somebody: every combination of hands and names."""

import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import pytest
from django.db import IntegrityError, transaction

from casework.approval import actions
from casework.approval.actions import SameDrafter, SameProposer
from casework.approval.models import Opinion
from casework.core.access import Access, Can, NotPermitted, access_of
from casework.core.cases.models import Case
from casework.core.ledger.models import LedgerEntry
from portal.accounts.models import Department, Membership, Substitution, User
from portal.accounts.roles import Role
from tests.cast import NOW, Cast, person
from tests.steps import GRANT, answered, circulating

DAY = date(2026, 9, 7)
DRAFT = {"outcome": "agree", "reasons": "经审查，符合条件。", "basis": "《示例条例》第一条"}


def stands_in(substitute: User, principal: User, where: Department, *permissions: Can) -> Substitution:
    return Substitution.objects.create(
        person=principal,
        substitute=substitute,
        department=where,
        valid_from=DAY,
        valid_to=DAY,
        permissions=",".join(permissions),
        reason="公出",
        made_at=NOW,
    )


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


@dataclass(frozen=True)
class Office:
    """A department with everybody that a paper can pass: ``both`` drafts and signs, ``other`` does neither."""

    where: Department
    first: User
    second: User
    chief: User
    deputy: User
    both: User
    other: User

    def hands(self, able: tuple[User, ...]) -> list[tuple[User, User | None]]:
        """(who acts, in whose name or None) for a permission that ``able`` hold: alone, and each of the others
        for each of them."""
        people = (self.first, self.second, self.chief, self.deputy, self.both, self.other)
        lent = [(who, whom) for whom in able for who in people if who not in able]
        return [*((who, None) for who in able), *lent]


def office(where: Department, drafts: Role, signs: Role) -> Office:
    def one(name: str, *roles: Role) -> User:
        return person(name, f"示例{name}", *((where, role) for role in roles))

    return Office(
        where=where,
        first=one("first", drafts),
        second=one("second", drafts),
        chief=one("chief-x", signs),
        deputy=one("deputy", signs),
        both=one("both", drafts, signs),
        other=one("other", Role.LIAISON),
    )


def acted(who: User, whom: User | None, where: Department, act: Callable[[User], object]) -> None:
    """``act`` by ``who``, in the name of ``whom``."""
    if whom is not None:
        stands_in(who, whom, where)
    act(fresh(who))


def outcomes(
    team: Office, draft: Callable[[User], object], act: Callable[[User], object], refused: type[Exception]
) -> tuple[int, int]:
    """Try every drafter with every signer; (allowed, refused). Fails where the verdict is not the rule's."""
    drafters = team.hands((team.first, team.second, team.both))
    signers = team.hands((team.chief, team.deputy, team.both))
    allowed = denied = 0
    for (author, author_for), (signer, signer_for) in itertools.product(drafters, signers):
        same = {author, author_for} & {signer, signer_for} - {None}
        said = f"{author} for {author_for}, {signer} for {signer_for}"
        try:
            with transaction.atomic():
                acted(author, author_for, team.where, draft)
                Substitution.objects.all().delete()
                try:
                    with transaction.atomic():
                        acted(signer, signer_for, team.where, act)
                    assert not same, said
                    allowed += 1
                except refused:
                    assert same, said
                    denied += 1
                raise Undo
        except Undo:
            pass
    return allowed, denied


class Undo(Exception):
    """The next combination begins where this one began."""


@pytest.mark.parametrize("act", ["sign", "send_back"])
def test_an_opinion_never_has_one_person_on_both_sides(cast: Cast, version: object, act: str) -> None:
    circulation = circulating(cast, version).circulations.get(unit=cast.unit_a)
    team = office(cast.unit_a, Role.REVIEWER, Role.UNIT_LEADER)

    def row() -> object:
        return type(circulation).objects.get(pk=circulation.pk)

    def draft(by: User) -> None:
        actions.draft_opinion(row(), **DRAFT, by=by, now=NOW)

    def answer(by: User) -> None:
        if act == "sign":
            actions.sign_opinion(row(), by=by, now=NOW)
        else:
            actions.send_back_opinion(row(), reason="请补充", by=by, now=NOW)

    allowed, denied = outcomes(team, draft, answer, SameDrafter)
    assert allowed > 60
    assert denied > 60


@pytest.mark.parametrize("act", ["approve", "send_back"])
def test_a_decision_never_has_one_person_on_both_sides(cast: Cast, version: object, act: str) -> None:
    number = answered(cast, version).pk
    team = office(cast.approver, Role.APPROVAL_HANDLER, Role.APPROVAL_LEADER)

    def draft(by: User) -> None:
        actions.propose_decision(Case.objects.get(pk=number), **GRANT, by=by, now=NOW)

    def answer(by: User) -> None:
        case = Case.objects.get(pk=number)
        if act == "approve":
            actions.approve_decision(case, by=by, now=NOW)
        else:
            actions.send_back_decision(case, reason="请补充", by=by, now=NOW)

    allowed, denied = outcomes(team, draft, answer, SameProposer)
    assert allowed > 60
    assert denied > 60


def test_the_database_refuses_what_the_rule_forgot(cast: Cast, version: object) -> None:
    circulation = circulating(cast, version).circulations.get(unit=cast.unit_a)
    actions.draft_opinion(circulation, **DRAFT, by=cast.reviewer_a, now=NOW)
    row = Opinion.objects.filter(circulation=circulation)
    row.update(drafted_for=cast.chief, handed_to=cast.handler)
    for fields in (
        {"signed_by": cast.chief},
        {"signed_by": cast.handler},
        {"signed_by": cast.leader_a, "signed_for": cast.reviewer_a},
        {"signed_by": cast.leader_a, "signed_for": cast.chief},
        {"signed_by": cast.leader_a, "signed_for": cast.handler},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            row.update(signed_at=NOW, **fields)
    assert row.update(signed_at=NOW, signed_by=cast.leader_a, signed_for=cast.leader_b) == 1


def test_what_a_substitute_did_is_signed_with_both_names(cast: Cast, version: object, sign_in) -> None:
    case = circulating(cast, version)
    circulation = case.circulations.get(unit=cast.unit_a)
    other = person("other", "示例乙", (cast.unit_a, Role.LIAISON))
    stands_in(other, cast.leader_a, cast.unit_a, Can.SIGN_OPINION)
    actions.draft_opinion(circulation, **DRAFT, by=cast.reviewer_a, now=NOW)
    actions.sign_opinion(circulation, by=fresh(other), now=NOW)
    entry = LedgerEntry.objects.get(action="approval.opinion_signed")
    assert entry.actor_name == "示例乙（代示例分管领导甲）"
    assert json.loads(entry.payload)["acting_for"] == cast.leader_a.pk
    opinion = Opinion.objects.get()
    assert (opinion.signed_by, opinion.signed_for) == (other, cast.leader_a)
    page = sign_in(cast.handler).get(f"/desk/cases/{case.number}/").content.decode()
    assert "示例乙（代示例分管领导甲）签发" in page


def test_only_what_was_chosen_passes_on(cast: Cast) -> None:
    other = person("other", "示例乙", (cast.unit_a, Role.LIAISON))
    stands_in(other, cast.leader_a, cast.unit_a, Can.DRAFT_OPINION)  # the leader has no such permission
    access = access_of(other, NOW)
    assert access.departments(Can.SIGN_OPINION) == []
    assert access.can(Can.READ_CASES, cast.unit_a.pk)
    Substitution.objects.update(permissions="")
    assert access_of(other, NOW).can(Can.SIGN_OPINION, cast.unit_a.pk)
    assert access_of(other, NOW).duty_kinds(cast.unit_a.pk) == ["opinion"]


def lent(access: Access) -> set[str]:
    return {row.principal.name for row in access.lent}


@pytest.mark.parametrize(
    "broken",
    ["before", "after", "revoked", "disabled", "left", "substitute_left", "elsewhere", "auditor"],
)
def test_a_substitution_counts_only_while_everything_holds(cast: Cast, broken: str) -> None:
    other = person("other", "示例乙", (cast.unit_a, Role.LIAISON))
    row = stands_in(other, cast.leader_a, cast.unit_a)
    assert lent(access_of(other, NOW)) == {"示例分管领导甲"}
    if broken == "before":
        Substitution.objects.update(valid_from=date(2026, 9, 8), valid_to=date(2026, 9, 9))
    elif broken == "after":
        Substitution.objects.update(valid_from=date(2026, 9, 1), valid_to=date(2026, 9, 6))
    elif broken == "revoked":
        Substitution.objects.update(revoked_at=NOW, revoked_by=cast.leader_a)
    elif broken == "disabled":
        User.objects.filter(pk=row.person_id).update(is_active=False)
    elif broken == "left":
        Membership.objects.filter(user=cast.leader_a).update(valid_to=date(2026, 9, 6))
    elif broken == "substitute_left":
        Membership.objects.filter(user=other).update(valid_to=date(2026, 9, 6))
    elif broken == "elsewhere":
        Substitution.objects.update(department=cast.unit_b)
    else:
        Membership.objects.create(user=other, department=cast.unit_a, role=Role.AUDITOR)
    assert lent(access_of(other, NOW)) == set()
    assert not access_of(other, NOW).can(Can.SIGN_OPINION)


def test_nothing_is_passed_on_twice(cast: Cast, version: object) -> None:
    """Rows that the action would refuse, written by hand: the leader → the liaison → the inspector."""
    liaison = person("liaison", "示例乙", (cast.unit_a, Role.LIAISON))
    inspector = person("inspector", "示例丙", (cast.unit_a, Role.INSPECTOR))
    stands_in(liaison, cast.leader_a, cast.unit_a)
    stands_in(inspector, liaison, cast.unit_a)
    circulation = circulating(cast, version).circulations.get(unit=cast.unit_a)
    actions.draft_opinion(circulation, **DRAFT, by=cast.reviewer_a, now=NOW)
    with pytest.raises(NotPermitted):
        actions.sign_opinion(circulation, by=inspector, now=NOW)
    actions.sign_opinion(circulation, by=liaison, now=NOW)


def test_own_permission_comes_before_a_lent_one(cast: Cast) -> None:
    stands_in(cast.leader_a, cast.reviewer_a, cast.unit_a)
    access = access_of(cast.leader_a, NOW)
    assert access.principal(Can.SIGN_OPINION, cast.unit_a.pk) is None
    drafts_for = access.principal(Can.DRAFT_OPINION, cast.unit_a.pk)
    assert drafts_for is not None
    assert drafts_for.id == cast.reviewer_a.pk


def test_asking_costs_one_query(cast: Cast, django_assert_num_queries) -> None:
    other = person("other", "示例乙", (cast.unit_a, Role.LIAISON))
    for principal in (cast.leader_a, cast.reviewer_a):
        stands_in(other, principal, cast.unit_a)
    with django_assert_num_queries(1):
        assert len(access_of(other, NOW).lent) == 2
