"""What the approval tells the other processes."""

from dataclasses import dataclass

from casework.approval.models import Circulation
from casework.core.cases.models import Case
from casework.core.events import Event


@dataclass(frozen=True, kw_only=True)
class OpinionGiven(Event):
    """A unit's opinion was signed (7.3)."""

    circulation: Circulation


@dataclass(frozen=True, kw_only=True)
class CaseDecided(Event):
    """The decision on a case was approved (7.3): the window issues the result."""

    case: Case
