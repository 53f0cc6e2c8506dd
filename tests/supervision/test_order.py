"""R-07: whatever the order in which facts arrive, the end is the same; a refused one leaves nothing behind."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casework.core.clocks.models import Duty
from casework.core.clocks.sweep import sweep
from casework.core.errors import Refusal
from casework.core.ledger.models import LedgerEntry
from casework.core.letters import actions as letters
from casework.core.letters.models import Letter, Objection, Recipient
from casework.core.transitions import StaleState, Transition
from casework.models import Case, Delivery, ResultPush
from casework.supervision import actions
from tests.cast import NOW
from tests.supervision.world import fresh, pushed

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=2)
QUIET = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
Facts = dict[str, Callable[[ResultPush], object]]


def facts(cast) -> Facts:
    """Each fact as it arrives: from its person, at one and the same time, on a row read anew."""
    by, at = {"by": cast.supervisor, "now": LATER}, LATER
    return {
        "open": lambda push: actions.open_result(push, **by),
        "claim": lambda push: actions.claim_result(push, **by),
        "object": lambda push: actions.object_to_result(push, reason="范围有误", **by),
        "answer": lambda push: actions.answer_objection(push, text="已核实", by=cast.handler, now=at),
        "register": lambda push: actions.register_holder(
            push, activity="食品销售", officer=cast.supervisor, **by
        ),
        "read objection": lambda push: letters.open_letter(
            Objection.objects.get(recipient=push.recipient).asked, by=cast.handler, now=at
        ),
        "return": lambda push: actions.return_result(push, reason="不属于本部门", **by),
    }


WITHOUT_RETURN = ("open", "claim", "object", "answer", "register", "read objection")


def state_of(push: ResultPush) -> dict[str, object]:
    """Everything that the law asks for: facts with their people, duties, letters, the push itself."""
    case = push.case_id
    rows = Recipient.objects.filter(letter__case=case).order_by("letter__kind", "department__code")
    names = ("opened", "claimed", "returned", "objected", "answered")
    people = [f"{name}_{end}" for name in names for end in ("at", "by_id")]
    return {
        "push": ResultPush.objects.get(pk=push.pk).state,
        "facts": list(rows.values_list("letter__kind", "department__code", *people)),
        "duties": set(Duty.objects.filter(case=case).values_list("kind", "holder", "state", "due_at")),
        "objections": list(Objection.objects.values_list("reason", "answer", "due_at")),
        "ledger": sorted(LedgerEntry.objects.exclude(action="file.read").values_list("action", flat=True)),
    }


def counts() -> tuple[int, ...]:
    tables = (Letter, Recipient, Duty, LedgerEntry, Transition, Objection, Delivery)
    return tuple(table.objects.count() for table in tables)


def arrive(push: ResultPush, fact: Callable[[ResultPush], object]) -> bool:
    """Whether the fact was accepted; a refused one must leave every table as it was."""
    before = counts()
    try:
        with transaction.atomic():
            fact(fresh(push))
    except (StaleState, Refusal, Objection.DoesNotExist):  # the last: nothing to read yet
        assert counts() == before
        return False
    return True


def run(push: ResultPush, known: Facts, order: Sequence[str]) -> None:
    """Let the facts arrive; one that came too early comes again, until nothing more is accepted."""
    waiting = list(order)
    while waiting:
        left = [name for name in waiting if not arrive(push, known[name])]
        if len(left) == len(waiting):
            return
        waiting = left


def undone(work: Callable[[], object]) -> object:
    """What ``work`` finds, with everything it did taken back."""
    with transaction.atomic():
        found = work()
        transaction.set_rollback(True)
    return found


@QUIET
@given(order=st.permutations([*WITHOUT_RETURN, "open", "claim"]))  # two of them arrive twice
def test_the_end_is_the_same_in_every_order(cast, version, order) -> None:
    known, push = facts(cast), ResultPush.objects.first() or pushed(cast, version)

    def told(names: Sequence[str]) -> object:
        run(push, known, names)
        return state_of(push)

    assert undone(lambda: told(order)) == undone(lambda: told(WITHOUT_RETURN))


@QUIET
@given(order=st.permutations(["open", "claim", "object", "answer", "return", "return", "claim"]))
def test_claim_and_return_exclude_each_other_whoever_comes_first(cast, version, order) -> None:
    known, push = facts(cast), ResultPush.objects.first() or pushed(cast, version)

    def told() -> tuple[bool, bool]:
        run(push, known, order)
        row = Recipient.objects.get(pk=push.recipient_id)
        claim = Duty.objects.get(key=f"claim:push:{push.pk}")
        assert claim.state == ("met" if row.claimed_at else "void")
        assert Duty.objects.filter(key=f"repush:push:{push.pk}").exists() is bool(row.returned_at)
        return bool(row.claimed_at), bool(row.returned_at)

    claimed, returned = undone(told)
    assert claimed is not returned
    assert claimed is (order.index("claim") < order.index("return"))


@QUIET
@given(
    steps=st.lists(
        st.sampled_from(["sweep", "open", "deliver", "object", "answer", "read objection"]), max_size=8
    ),
    days=st.integers(0, 40),
)
def test_nothing_but_a_claim_ever_claims(cast, version, steps, days) -> None:
    known, push = facts(cast), ResultPush.objects.first() or pushed(cast, version)
    known["sweep"] = lambda _: sweep(now=NOW + timedelta(days=days))
    known["deliver"] = lambda _: Delivery.objects.update(state="sent", sent_at=NOW)

    def told() -> tuple[bool, str]:
        for name in steps:
            arrive(push, known[name])
        claimed = Recipient.objects.filter(claimed_at__isnull=False).exists()
        return claimed, Duty.objects.get(key=f"claim:push:{push.pk}").state

    assert undone(told) == (False, "open")
    assert Case.objects.count() == 1
