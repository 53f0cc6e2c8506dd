"""What the clocks tell the processes."""

from dataclasses import dataclass

from casework.core.clocks.models import Duty
from casework.core.events import Event


@dataclass(frozen=True, kw_only=True)
class DutyLapsed(Event):
    """The time of a duty ran out before it was done (11): said once, by whoever notes it first."""

    duty: Duty
