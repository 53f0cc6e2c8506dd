"""No act of casework is left out of the table of faults."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.table import ACTS

ROOT = Path(__file__).resolve().parents[2]
# Modules that read, judge or answer: they call acts, they are none.
OTHERS = {
    "queries",
    "rules",
    "views",
    "forms",
    "panel",
    "public",
    "models",
    "sweep_queries",
    "shown",
    "access",
}
# Functions that look like acts; each with the reason why it needs no row of its own.
REVIEWED: dict[str, str] = {
    "core.files.actions.remove_orphans": "removes bytes that no row points at; writes no row",
    "core.files.kept.kept_for": "reads",
    "core.letters.facts.answer": "note_answer and meet; of the kinds there are, answer_objection does both",
    "core.letters.facts.note_answer": "part of answer_objection",
    "core.letters.facts.ask": "asks for the permission",
    "core.letters.facts.note": "record with the letter's facts",
    "core.letters.objections.object_to": "supervision.objections.object_to_result, of which it is all but the permission",
    "core.letters.objections.answer_objection": "supervision.objections.answer_objection, likewise",
    "core.clocks.changes.catch_up": "recompute, for a duty that is locked already",
    "core.clocks.changes.current": "part of every act that judges a clock",
    "core.clocks.mails.remind": "part of the sweep and of reassigning",
    "core.clocks.impact.impact": "reckons",
    "core.clocks.impact.moves": "reckons",
    "core.rules_data.actions.check_version": "judges",
    "core.ledger.actions.entry": "makes a row that record appends",
    "core.outbox.courier.run": "deliver, for many at once; tests/core/outbox/test_courier.py",
    "core.outbox.leases.carry": "carries a message off the platform; writes no row",
    "core.outbox.leases.claim": "one statement that leases rows; tests/core/outbox proves it",
    "core.outbox.dead_letters.settle": "part of close, retry and hand_over",
    "core.outbox.dead_letters.sign": "asks for the permission",
    "core.ledger.checks.nightly": "an asked check and carry_out, which the next night makes up for",
    "core.outbox.actions.deliver": "three steps with a lease; tests/core/outbox proves each",
    "intake.materials.store": "part of receive and add_materials",
    "intake.materials.note": "record with the case's facts",
    "approval.opinions.note": "record with the case's facts",
    "approval.papers.extension": "make_notice with its words; part of approve_extension",
    "intake.papers.acceptance": "make_notice with its words; part of accept",
    "intake.papers.correction": "make_notice with its words; part of request_correction",
    "intake.papers.returned": "make_notice with its words; part of return_uncorrected",
    "intake.papers.refused_acceptance": "make_notice with its words; part of refuse_acceptance",
    "intake.papers.decision": "make_notice with its words; part of issue_and_close",
    "core.clocks.facts.note_lapse": "part of the sweep and of every closing",
    "core.clocks.facts.tell": "record with the duty's facts",
    "core.events.emit": "runs the acts of other processes in the caller's transaction",
    "core.outbox.transports.send": "carries a message off the platform; writes no row",
    "core.throttle.too_often": "counts in the cache",
    "core.worktime.explain.explain": "reckons",
    "core.files.fields.keep_files": "keep, for each file of a form",
    "accounts.administration.switch_off": "part of disable",
    "accounts.attempts.wait": "reads",
    "accounts.facts.note": "tells, in the caller's transaction",
    "accounts.facts.note_and_log": "tells, in the caller's transaction",
    "accounts.leaving.hand_over": "part of end_role and disable",
    "accounts.notices.tell": "part of what it tells of",
    "accounts.passwords.give": "give_password, of which it is all but the permission",
    "accounts.second_factor.reset": "administration.reset_second_factor, likewise",
    "accounts.signing_in.ask_for_code": "writes the session alone",
    "accounts.signing_in.complete": "signs in: the session, and attempts.succeeded",
}


def looks_like_an_act(node: ast.FunctionDef) -> bool:
    """Public, and in a transaction of its own, or with a moment by keyword, or set off by an event."""
    if node.name.startswith("_"):
        return False
    atomic = any("atomic" in ast.unparse(each) for each in node.decorator_list)
    keywords = {argument.arg for argument in node.args.kwonlyargs}
    return atomic or "now" in keywords or "event" in {argument.arg for argument in node.args.args}


def found() -> Iterator[str]:
    paths = sorted((ROOT / "casework").rglob("*.py"))
    for path in [*paths, *sorted((ROOT / "portal/accounts").glob("*.py"))]:
        if path.stem in OTHERS or path.stem.endswith("_views") or "migrations" in path.parts:
            continue
        room = ".".join(path.relative_to(ROOT).with_suffix("").parts[1:])
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef) and looks_like_an_act(node):
                yield f"{room}.{node.name}"


ALL = sorted(found())


def test_the_walk_finds_the_acts() -> None:
    assert len(ALL) > 60
    assert "intake.closing.issue_and_close" in ALL


@pytest.mark.parametrize("name", ALL)
def test_every_act_is_in_the_table(name: str) -> None:
    assert (name in ACTS) != (name in REVIEWED), (
        "add it to tests/faults/table.py with a world, or a reason here"
    )


def test_no_row_outlives_its_act() -> None:
    extra = {"core.ledger.actions.seal_all"}  # several transactions, each of them "seal"
    assert set(ACTS) - set(ALL) <= extra
    assert set(REVIEWED) <= set(ALL)
