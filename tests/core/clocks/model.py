"""What a clock should do, in so few lines that one reading shows it is right (R-23). No product code."""

from datetime import date, datetime, time, timedelta

CLOSE = time(17, 30)


class Model:
    """A clock of whole days, told what happens to it. ``works`` says which days are worked."""

    def __init__(self, now: datetime, amount: int, workdays_only: bool, works) -> None:
        self.start, self.total, self.workdays_only, self.works = now.date(), amount, workdays_only, works
        self.switches: list[tuple[datetime, bool]] = []  # (moment, does it run from here)
        self.state, self.holder, self.closed_at = "open", 0, None

    def close(self, now: datetime, state: str) -> None:
        if self.state == "paused":  # the day of closing stood still to its end
            midnight = datetime.combine(now.date() + timedelta(1), time.min, tzinfo=now.tzinfo)
            self.switches.append((midnight, True))
        self.state, self.closed_at = state, now

    def switch(self, now: datetime, state: str) -> None:
        self.switches.append((now, state == "open"))
        self.state = state

    def counts(self, day: date) -> bool:
        return (self.works(day) or not self.workdays_only) and not self.stood_still(day)

    @property
    def end(self) -> time:
        """When a day ends: with the office hours, natural days at midnight."""
        return CLOSE if self.workdays_only else time.max

    def stood_still(self, day: date) -> bool:
        """Whether the clock stood still when ``day`` ended."""
        before = [runs for moment, runs in self.switches if (moment.date(), moment.time()) <= (day, self.end)]
        return bool(before) and not before[-1]

    def due_day(self) -> date | None:
        """None while it stands still."""
        if self.state == "paused":
            return None
        day, left = self.start, self.total
        while left:
            day += timedelta(1)
            left -= self.counts(day)
        while not self.works(day) or self.stood_still(day):
            day += timedelta(1)
        return day

    def late(self, now: datetime) -> bool:
        return (day := self.due_day()) is not None and (now.date(), now.time()) > (day, self.end)

    def used(self, now: datetime) -> int:
        """Days that are over and counted."""
        days = ((now.date() - self.start).days) + 1
        passed = [self.start + timedelta(n) for n in range(1, days)]
        over = [day for day in passed if (day, self.end) < (now.date(), now.time())]
        return min(self.total, sum(self.counts(day) for day in over))
