"""Pure rules of the desk: where a duty is dealt with, what the timeline's filters hold."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """A page that a duty leads to: URL name, its argument and a fragment."""

    name: str
    argument: str
    fragment: str = ""


# Kind of duty → the part of the case page where it is dealt with.
_PARTS: Mapping[str, str] = {
    "accept": "intake-panel",
    "correct": "intake-panel",
    "submit": "intake-panel",
    "circulate": "approval-panel",
    "decide": "approval-panel",
    "issue": "intake-panel",
}


def place_of(key: str, case_number: str) -> Place:
    """Where the duty with ``key`` ("claim:push:12", "accept:case:3") is dealt with."""
    kind, thing, number = key.split(":")
    if thing == "circulation":
        return Place("casework:case", case_number, f"opinion-{number}")
    if thing == "push" and kind == "repush":
        return Place("casework:case", case_number, f"repush-{number}")
    if thing == "push" and kind in ("claim", "register"):
        return Place("casework:push", number)
    if thing == "push" and kind == "answer_objection":
        return Place("casework:push-objection", number)
    return Place("casework:case", case_number, _PARTS.get(kind, ""))


# Filters of the case's timeline: code → (label, beginnings of the ledger's actions; none = all).
TIMELINE_FILTERS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "all": ("全部", ()),
    "acts": ("办理", ("intake.", "approval.", "supervision.", "case.", "subject.", "notice.", "licence.")),
    "duties": ("时限", ("duty.",)),
    "letters": ("函件与投递", ("letter.", "delivery.", "outbox.", "endpoint.")),
    "files": ("文件", ("file.",)),
}

# What a department that does not handle the case (a supervisor) may read of its course.
MILESTONES = (
    "intake.received",
    "intake.accepted",
    "approval.decision_approved",
    "intake.closed",
    "supervision.pushed",
)
