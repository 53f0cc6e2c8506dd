"""The table of letter kinds, row by row: what each starts, meets and allows, and that the kernel keeps to it."""

import ast
from dataclasses import replace
from pathlib import Path

import pytest

from casework.core.access import NotPermitted
from casework.core.cases.models import Case
from casework.core.clocks import actions as clocks
from casework.core.clocks.models import Duty, DutyState
from casework.core.letters import actions
from casework.core.letters.kinds import LETTER_KINDS
from casework.core.letters.models import Letter, LetterKind
from casework.core.letters.rules import BadLetter
from casework.core.permissions import DUTY_PERMISSIONS
from casework.core.rules_data.models import DutyKind
from casework.core.rules_data.seeds import PERIOD_SEEDS
from tests.cast import NOW, Cast
from tests.core.rooms import make_case

CASEWORK = Path(__file__).resolve().parents[3] / "casework"
KINDS = sorted(LETTER_KINDS)
ACTS = {
    "may_claim": lambda row, by: actions.claim(row, by=by, now=NOW),
    "may_return": lambda row, by: actions.return_letter(row, reason="不属于我局职责", by=by, now=NOW),
    "may_object": lambda row, by: actions.object_to(row, reason="范围有误", by=by, now=NOW),
    "may_answer": lambda row, by: actions.answer(row, by=by, now=NOW, evidence="示例"),
}


@pytest.fixture
def case(cast: Cast, version) -> Case:
    return make_case(cast, version)


@pytest.fixture
def send(case: Case, cast: Cast):
    def make(kind: str, **changes: object) -> Letter:
        given = {"kind": kind, "case": case, "sender": cast.window, "to": [cast.elsewhere], "title": "示例"}
        given |= {"facts": {}, "files": [], "by": cast.clerk, "now": NOW}
        return actions.send(**(given | changes))

    return make


# -- the rows


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_that_waits_for_something_has_its_duty(kind: str) -> None:
    spec = LETTER_KINDS[kind]
    waits = bool(spec.may_claim or spec.may_answer)
    assert bool(spec.expects) is waits, "silence can only climb over a duty"
    if spec.expects:
        assert {spec.may_claim, spec.may_answer} & DUTY_PERMISSIONS[spec.expects]
    assert bool(spec.return_starts) is bool(spec.may_return)


@pytest.mark.parametrize("kind", KINDS)
def test_what_one_may_object_to_has_a_period_and_an_answer(kind: str) -> None:
    spec = LETTER_KINDS[kind]
    assert bool(spec.may_object) is bool(spec.objection) is bool(spec.objection_period)
    if spec.objection:
        carried = LETTER_KINDS[spec.objection]
        assert spec.objection_period in {seed.kind for seed in PERIOD_SEEDS}
        assert carried.answer
        assert carried.expects in LETTER_KINDS[carried.answer].meets


# -- the kernel keeps to them


@pytest.mark.django_db
@pytest.mark.parametrize("kind", KINDS)
def test_each_receiver_owes_what_the_kind_expects_and_nothing_else(kind: str, send, cast: Cast) -> None:
    letter = send(kind, to=[cast.competent, cast.elsewhere])
    spec = LETTER_KINDS[kind]
    owed = {(duty.kind, duty.holder, duty.state) for duty in Duty.objects.all()}
    both = (cast.competent, cast.elsewhere)
    expected = {(spec.expects, holder, DutyState.OPEN) for holder in both} if spec.expects else set()
    assert owed == expected
    for row in letter.recipients.select_related("duty"):
        assert row.sender == cast.window
        assert row.duty is None or row.duty.key == f"{spec.expects}:recipient:{row.pk}"


@pytest.mark.django_db
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("act", sorted(ACTS))
def test_only_the_acts_of_the_row_exist_and_each_needs_its_permission(
    kind: str, act: str, send, cast: Cast
) -> None:
    row = send(kind).recipients.select_related("letter__case", "duty", "department").get()
    if getattr(LETTER_KINDS[kind], act) is None:
        with pytest.raises(BadLetter):
            ACTS[act](row, cast.stranger)
        return
    with pytest.raises(NotPermitted):
        ACTS[act](row, cast.clerk)
    ACTS[act](row, cast.stranger)  # holds every role of that department
    row.refresh_from_db()
    fact = {"may_claim": "claimed", "may_return": "returned", "may_object": "objected"}.get(act, "answered")
    assert (getattr(row, f"{fact}_at"), getattr(row, f"{fact}_by")) == (NOW, cast.stranger)


@pytest.mark.django_db
def test_a_claim_starts_what_the_row_says(send, cast: Cast) -> None:
    row = send(LetterKind.RESULT).recipients.get()
    actions.claim(row, by=cast.stranger, now=NOW)
    assert Duty.objects.get(key=f"claim:recipient:{row.pk}").state == DutyState.MET
    assert Duty.objects.get(key=f"register:recipient:{row.pk}").holder == cast.elsewhere


@pytest.mark.django_db
def test_a_claim_that_leads_no_further_starts_nothing(send, cast: Cast) -> None:
    actions.claim(send(LetterKind.RESULT).recipients.get(), by=cast.stranger, now=NOW, goes_on=False)
    assert not Duty.objects.open().exists()


@pytest.mark.django_db
def test_a_return_ends_what_was_expected_and_asks_the_approver(send, cast: Cast) -> None:
    row = send(LetterKind.RESULT).recipients.get()
    actions.return_letter(row, reason="不属于我局职责", by=cast.stranger, now=NOW)
    assert Duty.objects.get(key=f"claim:recipient:{row.pk}").state == DutyState.VOID
    assert Duty.objects.get(key=f"repush:recipient:{row.pk}").holder == cast.approver


@pytest.mark.django_db
def test_sending_meets_only_a_duty_of_its_row(send, case: Case, cast: Cast) -> None:
    key = "issue:case:1"
    clocks.start(key=key, kind=DutyKind.ISSUE, holder=cast.window, case=case, now=NOW, by=None)
    with pytest.raises(ValueError, match="does not meet"):
        send(LetterKind.RESULT, meets=key)
    assert Duty.objects.get(key=key).state == DutyState.OPEN
    assert not Letter.objects.exists()


@pytest.mark.django_db
def test_a_new_kind_needs_only_a_row(send, cast: Cast, monkeypatch) -> None:
    """The kernel never names a kind: with another row, the same letter behaves otherwise."""
    row = replace(LETTER_KINDS[LetterKind.RESULT], expects=DutyKind.OPINION, claim_starts=None, series="示")
    monkeypatch.setitem(LETTER_KINDS, LetterKind.RESULT, row)
    letter = send(LetterKind.RESULT)
    assert letter.number == "示〔2026〕1号"
    assert Duty.objects.get().kind == DutyKind.OPINION
    actions.claim(letter.recipients.get(), by=cast.stranger, now=NOW)
    assert not Duty.objects.open().exists()


def test_the_kernel_names_no_kind_of_letter_outside_its_table() -> None:
    for path in (CASEWORK / "core").rglob("*.py"):
        if path.parts[-2:] not in {("letters", "kinds.py"), ("letters", "models.py")}:
            assert "LetterKind." not in path.read_text("utf-8"), path


# -- nothing is ever claimed by itself


def test_only_the_claim_sets_who_claimed() -> None:
    setters = []
    for path in sorted(CASEWORK.rglob("*.py")):
        if "migrations" in path.parts:
            continue
        for function in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(function, ast.FunctionDef):
                setters += [
                    (path.name, function.name)
                    for node in ast.walk(function)
                    if isinstance(node, ast.keyword) and node.arg == "claimed_at"
                    if not (isinstance(node.value, ast.Constant) and node.value.value is None)
                ]
                setters += [
                    (path.name, function.name)
                    for node in ast.walk(function)
                    if isinstance(node, ast.Attribute)
                    and node.attr == "claimed_at"
                    and isinstance(node.ctx, ast.Store)
                ]
    # The rules of the period are told the time of a claim; they set nothing.
    assert set(setters) - {("queries.py", "objection_period")} == {("facts.py", "claim")}
