"""The working days behind the demo city's start: no act falls outside office hours."""

from datetime import date, datetime, time

from casework.core.worktime.calendar import WorkCalendar, at, to_local


class OutsideOfficeHours(ValueError):
    """A story has an act at a time when no office is open."""


class Timeline:
    """Finished working days before ``now``, counted backward: day 0 is the last one that has ended."""

    def __init__(self, now: datetime, cal: WorkCalendar) -> None:
        self.cal = cal
        self._now = now
        self._days = [self._last_finished()]

    def day(self, days_ago: int) -> date:
        """The working day ``days_ago`` working days before day 0."""
        while len(self._days) <= days_ago:
            self._days.append(self.cal.previous_workday(self._days[-1]))
        return self._days[days_ago]

    def moment(self, days_ago: int, clock: time) -> datetime:
        """The moment of an act. Raises ``OutsideOfficeHours``."""
        day = self.day(days_ago)
        moment = at(day, clock)
        if not any(half.start <= moment <= half.end for half in self.cal.halves_on(day)):
            raise OutsideOfficeHours(f"{day} {clock}")
        return moment

    def close_of(self, days_ago: int) -> datetime:
        """Close of business of that day."""
        return self.cal.halves_on(self.day(days_ago))[-1].end

    def _last_finished(self) -> date:
        today = to_local(self._now).date()
        halves = self.cal.halves_on(today)
        if halves and halves[-1].end <= self._now:
            return today
        return self.cal.previous_workday(today)
