"""What every event about a case says, so that a process can take it without knowing who emits it."""

from datetime import datetime
from typing import Protocol

from casework.core.cases.models import Case
from portal.accounts.models import User


class AboutCase(Protocol):
    """An event about one case: which, when, and by whom (None = the platform itself)."""

    @property
    def case(self) -> Case: ...
    @property
    def now(self) -> datetime: ...
    @property
    def by(self) -> User | None: ...
