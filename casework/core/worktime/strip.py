"""The days behind a due date, as they are shown: kinds, labels, sums, the notices that moved them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum

from casework.core.worktime.arithmetic import Due
from casework.core.worktime.counting import NOTHING


class DayKind(Enum):
    """What a day is in the strip; `counted` says whether it used up the limit."""

    START = "start"
    WORKDAY = "workday"
    MAKE_UP = "make_up"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    CLOSURE = "closure"
    PAUSED = "paused"


LONG = 28  # days in one strip: a longer one is folded between its ends
ENDS = 6  # days in view at each end of a long one
DAYS_OFF = frozenset({DayKind.WEEKEND, DayKind.HOLIDAY, DayKind.CLOSURE})


@dataclass(frozen=True, slots=True)
class StripDay:
    """One day of the count. `counted` is in days: 0, 0.5 or 1. `notice` names who made it a day off or a working day."""

    date: date
    kind: DayKind
    counted: Decimal
    label: str
    notice_url: str = ""
    notice: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """Days that follow each other; `folded` ones are shown on request."""

    days: tuple[StripDay, ...]
    folded: bool = False

    @property
    def counted(self) -> Decimal:
        """How much of the limit they used up."""
        return sum((day.counted for day in self.days), NOTHING)

    @property
    def idle(self) -> int:
        """How many of them used up nothing."""
        return sum(not day.counted for day in self.days)


@dataclass(frozen=True, slots=True)
class Notice:
    """What moved a day of the strip, as published."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """A due date, the days behind it, a Chinese sentence and, if provisional, a remark."""

    due: Due
    days: tuple[StripDay, ...]
    in_words: str
    remark: str = ""

    @property
    def whole(self) -> Span:
        """Every day, for their sum."""
        return Span(self.days)

    @property
    def spans(self) -> tuple[Span, ...]:
        """The strip: in one, or with the days between its ends folded."""
        if len(self.days) <= LONG:
            return (self.whole,)
        return Span(self.days[:ENDS]), Span(self.days[ENDS:-ENDS], folded=True), Span(self.days[-ENDS:])

    @property
    def notices(self) -> tuple[Notice, ...]:
        """The notices behind the days, each once, in the order of the days."""
        found = (Notice(day.notice, day.notice_url) for day in self.days if day.notice)
        return tuple(dict.fromkeys(found))
