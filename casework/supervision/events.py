"""What supervision tells the other processes."""

from dataclasses import dataclass

from casework.core.events import Event
from casework.supervision.models import ResultPush


@dataclass(frozen=True, kw_only=True)
class ResultReturned(Event):
    """A department said that the result is not its business (9.1): the approver must push it again."""

    push: ResultPush


@dataclass(frozen=True, kw_only=True)
class ResultClaimed(Event):
    """A department claimed the result (9.1): approval's responsibility ends, supervision's begins."""

    push: ResultPush
