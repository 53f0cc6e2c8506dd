"""Acts in any order, by anybody, on what may be out of date: only what the tables of moves allow ever happens (R-32)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from casework.approval import actions as approval
from casework.approval import rules as approval_rules
from casework.core.access import Can, access_of
from casework.core.errors import Refusal
from casework.core.transitions import StaleState
from casework.intake import actions as intake
from casework.intake import rules as intake_rules
from casework.models import Case, CheckKind, Circulation, Decision, Opinion, ResultPush, Transition
from casework.supervision import actions as supervision
from casework.supervision import rules as supervision_rules
from portal.accounts.models import User
from tests import steps
from tests.cast import NOW, Cast
from tests.faults.harness import differing, digest
from tests.supervision.world import fresh

PEOPLE = (
    "clerk",
    "handler",
    "chief",
    "reviewer_a",
    "leader_a",
    "reviewer_b",
    "leader_b",
    "supervisor",
    "enforcer",
)
OPINION = {"outcome": "agree", "reasons": "符合条件", "basis": "《示例条例》第一条"}
TABLES: dict[str, dict[str, frozenset[str]]] = {
    "case": {**intake_rules.MOVES, **approval_rules.MOVES},
    "circulation": dict(approval_rules.CIRCULATION_MOVES),
    "resultpush": dict(supervision_rules.MOVES),
}


@dataclass(frozen=True)
class Act:
    """An act of the whole way: on what, with which permission, of which department of the object."""

    on: str  # "case", "circulation", "push"
    permission: Can
    department: str
    do: Callable[[Any, User], object]


def register(push: ResultPush, by: User) -> object:
    return supervision.register_holder(push, activity="食品销售", officer=by, by=by, now=NOW)


ACTS: dict[str, Act] = {
    "check": Act(
        "case",
        Can.ACCEPT_CASE,
        "window",
        lambda case, by: intake.record_checks(
            case, results=dict.fromkeys(CheckKind, (True, "")), by=by, now=NOW
        ),
    ),
    "accept": Act("case", Can.ACCEPT_CASE, "window", lambda case, by: intake.accept(case, by=by, now=NOW)),
    "refuse": Act(
        "case",
        Can.ACCEPT_CASE,
        "window",
        lambda case, by: intake.refuse_acceptance(case, reasons="不属于职权", by=by, now=NOW),
    ),
    "submit": Act("case", Can.SUBMIT_CASE, "window", lambda case, by: intake.submit(case, by=by, now=NOW)),
    "circulate": Act(
        "case", Can.CIRCULATE, "approver", lambda case, by: approval.circulate(case, by=by, now=NOW)
    ),
    "draft": Act(
        "circulation",
        Can.DRAFT_OPINION,
        "unit",
        lambda row, by: approval.draft_opinion(row, **OPINION, by=by, now=NOW),
    ),
    "sign": Act(
        "circulation", Can.SIGN_OPINION, "unit", lambda row, by: approval.sign_opinion(row, by=by, now=NOW)
    ),
    "opinion back": Act(
        "circulation",
        Can.SIGN_OPINION,
        "unit",
        lambda row, by: approval.send_back_opinion(row, reason="补充", by=by, now=NOW),
    ),
    "propose": Act(
        "case",
        Can.PROPOSE_DECISION,
        "approver",
        lambda case, by: approval.propose_decision(case, **steps.GRANT, by=by, now=NOW),
    ),
    "approve": Act(
        "case",
        Can.APPROVE_DECISION,
        "approver",
        lambda case, by: approval.approve_decision(case, by=by, now=NOW),
    ),
    "decision back": Act(
        "case",
        Can.APPROVE_DECISION,
        "approver",
        lambda case, by: approval.send_back_decision(case, reason="补充", by=by, now=NOW),
    ),
    "close": Act(
        "case", Can.ISSUE_CASE, "window", lambda case, by: intake.issue_and_close(case, by=by, now=NOW)
    ),
    "claim": Act(
        "push",
        Can.CLAIM_RESULT,
        "department",
        lambda push, by: supervision.claim_result(push, by=by, now=NOW),
    ),
    "return": Act(
        "push",
        Can.CLAIM_RESULT,
        "department",
        lambda push, by: supervision.return_result(push, reason="不属于", by=by, now=NOW),
    ),
    "register": Act("push", Can.REGISTER_HOLDER, "department", register),
}
# The way to a registered holder, so that chance reaches the later states as well.
WAY = (
    ("check", "clerk"),
    ("accept", "clerk"),
    ("submit", "clerk"),
    ("circulate", "handler"),
    ("draft", "reviewer_a"),
    ("sign", "leader_a"),
    ("draft", "reviewer_b"),
    ("sign", "leader_b"),
    ("propose", "handler"),
    ("approve", "chief"),
    ("close", "clerk"),
    ("claim", "supervisor"),
    ("register", "supervisor"),
)


class Office(RuleBasedStateMachine):
    """One case and everybody around it."""

    cast: Cast
    case: Case

    def __init__(self) -> None:
        super().__init__()
        self.point = transaction.savepoint()
        self.step = 0
        self.old: dict[str, list[Any]] = self.objects()

    def objects(self) -> dict[str, list[Any]]:
        """Everything an act can be done to, as it stands now."""
        pushes = ResultPush.objects.filter(case=self.case).order_by("id")
        return {
            "case": [Case.objects.get(pk=self.case.pk)],
            "circulation": list(
                Circulation.objects.filter(case=self.case).select_related("case").order_by("id")
            ),
            "push": [fresh(push) for push in pushes],
        }

    @rule()
    def go_on(self) -> None:
        """The next step of the way, by the one whose step it is."""
        if self.step < len(WAY):
            name, who = WAY[self.step]
            self.step += 1
            place = 1 if who.endswith("_b") else 0
            self.attempt(name, who, place=place, outdated=False)

    @rule(
        name=st.sampled_from(sorted(ACTS)),
        who=st.sampled_from(PEOPLE),
        place=st.integers(0, 1),
        outdated=st.booleans(),
    )
    def anything(self, name: str, who: str, place: int, outdated: bool) -> None:
        self.attempt(name, who, place=place, outdated=outdated)

    @rule()
    def look_again(self) -> None:
        """Somebody loads the pages; what others do from here on is unknown to them."""
        self.old = self.objects()

    def attempt(self, name: str, who: str, *, place: int, outdated: bool) -> None:
        act, by = ACTS[name], User.objects.get(pk=getattr(self.cast, who).pk)
        rows = (self.old if outdated else self.objects())[act.on]
        if place >= len(rows):
            return
        target, before = rows[place], digest()
        department = getattr(target, f"{act.department}_id")
        try:
            act.do(target, by)
        except (Refusal, StaleState, PermissionDenied):
            assert differing(before, digest()) == [], f"{name} was refused and left something"
        else:
            assert access_of(by, NOW).can(act.permission, department), f"{who} may not {name}"
            assert differing(before, digest()), f"{name} did nothing"

    @invariant()
    def every_move_stands_in_the_tables(self) -> None:
        for row in Transition.objects.all():
            assert row.new in TABLES[row.object_type].get(row.old, ()), (
                f"{row.object_type}: {row.old} → {row.new}"
            )

    @invariant()
    def history_leads_to_the_state(self) -> None:
        for kind, rows in self.objects().items():
            name = "resultpush" if kind == "push" else kind
            for row in rows:
                last = (
                    Transition.objects.filter(object_type=name, object_id=str(row.pk)).order_by("-id").first()
                )
                assert last is None or last.new == row.state

    @invariant()
    def two_people_stand_behind_each_paper(self) -> None:
        for opinion in Opinion.objects.filter(signed_at__isnull=False):
            assert opinion.signed_by_id != opinion.drafted_by_id
        for decision in Decision.objects.filter(approved_at__isnull=False):
            assert decision.approved_by_id != decision.proposed_by_id

    def teardown(self) -> None:
        transaction.savepoint_rollback(self.point)


@pytest.mark.django_db
def test_only_what_the_tables_allow_ever_happens(cast, version) -> None:
    case = steps.received(cast, version)
    machine = type("Office", (Office,), {"cast": cast, "case": case})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=8,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.django_db
def test_the_way_itself_leads_to_the_end(cast, version) -> None:
    """Without chance: each step of the way is carried out, so that the fuzz does reach every state."""
    case = steps.received(cast, version)
    office = type("Office", (Office,), {"cast": cast, "case": case})()
    for _ in WAY:
        office.go_on()
    seen = {(row.object_type, row.new) for row in Transition.objects.all()}
    assert {("case", "closed"), ("circulation", "answered"), ("resultpush", "registered")} <= seen
    office.every_move_stands_in_the_tables()
    office.history_leads_to_the_state()
