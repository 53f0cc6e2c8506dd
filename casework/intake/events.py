"""What the window tells the other processes."""

from dataclasses import dataclass

from casework.core.cases.models import Case
from casework.core.events import Event


@dataclass(frozen=True, kw_only=True)
class CaseReceived(Event):
    """An application was received (7.1)."""

    case: Case


@dataclass(frozen=True, kw_only=True)
class CaseAccepted(Event):
    """An application was accepted (7.1): the decision clock runs."""

    case: Case


@dataclass(frozen=True, kw_only=True)
class CaseSubmitted(Event):
    """The window submitted the case to the approval department (7.1, 7.2)."""

    case: Case


@dataclass(frozen=True, kw_only=True)
class CaseClosed(Event):
    """The result was issued and the case closed (7.4): its result is owed to the supervisors (9.1)."""

    case: Case


@dataclass(frozen=True, kw_only=True)
class CaseWithdrawn(Event):
    """The applicant took the application back: nothing of the case is owed any more."""

    case: Case
