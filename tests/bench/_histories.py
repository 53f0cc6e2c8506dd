"""Random histories of duties in a database, their columns stored step by step as the actions and sweeps do.

``make`` writes them; ``check`` runs ``recompute_clocks --check`` over them; ``spoil`` alters four columns.
"""

import io
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache

from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from casework.core.clocks.models import Duty, DutyEvent, DutyState
from casework.core.clocks.rules import derive
from casework.core.clocks.stages import Planned, next_moment, owed, plan
from casework.core.rules_data.models import DutyKind, EscalationStep
from casework.core.rules_data.queries import rule_for, steps_for
from casework.core.worktime.actions import NoticeText, load_days
from casework.core.worktime.calendar import WorkCalendar
from casework.core.worktime.notices import NamedDay
from casework.core.worktime.queries import current_calendar
from casework.core.worktime.units import CountRule, EndRule, Unit
from casework.models import StagePassed
from portal.accounts.models import Department
from tests.cast import NOW, at, department

Kind = DutyEvent.Kind
FIRST, MINUTES = at(1, 2, 0, 0, year=2023), 60 * 24 * 1360  # to the autumn of 2026
CLOSES = {Kind.MET: DutyState.MET, Kind.VOIDED: DutyState.VOID}
CLOSURE = NoticeText(title="停止办公（示例）", document_no="", year=2026, published_on=date(2026, 9, 7))
BATCH = 1000


@dataclass
class Life:
    """A duty, what happened to it and what was told, under the calendar of the moment; ``other`` takes it over."""

    duty: Duty
    cal: WorkCalendar
    steps: Sequence[EscalationStep]
    other: Department
    events: list[DutyEvent] = field(default_factory=list)
    passed: list[StagePassed] = field(default_factory=list)

    @property
    def lapsed(self) -> bool:
        return any(event.kind == Kind.LAPSED for event in self.events)

    def note(self, kind: Kind, moment: datetime, amount: Decimal | None = None) -> None:
        """A fact, and the columns as they are stored after it."""
        event = DutyEvent(duty=self.duty, kind=kind, at=moment, amount=amount)
        if kind == Kind.REASSIGNED:
            event.holder_before, event.holder_after = self.duty.holder, self.other
            self.duty.holder, self.other = self.other, self.duty.holder
        self.events.append(event)
        if kind in CLOSES:
            self.duty.closed_at = moment
        self.store()

    def store(self) -> None:
        duty, found = self.duty, derive(self.duty, self.events, self.cal)
        duty.due_at, duty.soon_at, duty.red_line_at = found.due_at, found.soon_at, found.red_line_at
        duty.provisional, duty.state, duty.calendar_version = found.provisional, found.state, self.cal.version
        duty.next_at = next_moment(duty, self.planned(), self.told(), lapsed=self.lapsed)

    def told(self) -> dict[str, datetime]:
        """Stage → the latest due time for which it was told."""
        return {row.stage: row.due_at for row in sorted(self.passed, key=lambda row: row.due_at)}

    def planned(self) -> list[Planned]:
        return plan(self.duty, self.steps, self.cal)

    def lapse(self, now: datetime) -> None:
        """As whoever judges the clock notes it, once."""
        if self.duty.due_at is not None and self.duty.due_at < now and not self.lapsed:
            self.note(Kind.LAPSED, self.duty.due_at)

    def sweep(self, now: datetime) -> None:
        """Tell what is owed by ``now``."""
        self.lapse(now)
        facts = {"duty": self.duty, "due_at": self.duty.due_at, "made_at": now}
        self.passed += [
            StagePassed(stage=row.stage, tier=row.tier, reached=row.tier, at=row.at, **facts)
            for row in owed(self.duty, self.planned(), self.told())
            if row.at <= now
        ]
        self.store()

    def allowed(self, now: datetime) -> list[Kind]:
        """What the actions do not refuse now."""
        if self.duty.state == DutyState.PAUSED:
            return [Kind.RESUMED] * 6 + [Kind.EXTENDED, Kind.REASSIGNED, *CLOSES]
        late = self.duty.is_late(now)
        return ([] if late else [Kind.PAUSED, Kind.EXTENDED] * 3) + [Kind.REASSIGNED] * 4 + [*CLOSES]


def amount_of(unit: Unit, chance: random.Random) -> Decimal:
    if unit == Unit.WORKDAY:
        return Decimal(chance.randint(1, 60)) / 2
    return Decimal(chance.randint(1, 6 if unit == Unit.MONTH else 60))


def born(number: int, holder: Department, chance: random.Random) -> Duty:
    """A duty with a limit of any unit, end and way of counting; half have a statutory limit behind it."""
    start = FIRST + timedelta(minutes=chance.randrange(MINUTES))
    unit, counting = chance.choice(list(Unit)), chance.choice(list(CountRule))
    if unit != Unit.WORKDAY and counting == CountRule.NEXT_HALF:
        counting = CountRule.NEXT_DAY
    rule, red_unit = rule_for_day(timezone.localdate(start)), chance.choice(list(Unit))
    red = amount_of(red_unit, chance) if chance.random() < 0.5 else None
    return Duty(
        key=f"history:{number}",
        kind=DutyKind.CLAIM,
        clause=rule.clause,
        rule=rule,
        holder=holder,
        amount=amount_of(unit, chance),
        unit=unit,
        end_rule=chance.choice(list(EndRule)),
        counting=counting,
        limit_source=rule.source,
        red_amount=red,
        red_unit="" if red is None else red_unit,
        warn_before=Decimal(chance.randint(0, 6)) / 2,
        started_at=start,
    )


@cache
def rule_for_day(day: date):
    return rule_for(DutyKind.CLAIM, day)


def lived(
    number: int,
    holders: Sequence[Department],
    before: WorkCalendar,
    after: WorkCalendar,
    chance: random.Random,
    steps: Callable[[str, date], Sequence[EscalationStep]],
) -> Life:
    """One history that the actions allow. It begins under either calendar; what is open at the end is reckoned
    under the later one."""
    holder, other = holders
    duty = born(number, holder, chance)
    told_by = steps(duty.kind, timezone.localdate(duty.started_at))
    found = Life(duty, chance.choice([before, after]), told_by, other)
    now = duty.started_at
    found.note(Kind.STARTED, now)
    for _ in range(chance.randint(0, 12)):
        now += timedelta(minutes=chance.choice([1, 3, 9]) * chance.randint(0, 3000))
        if chance.random() < 0.5:
            found.sweep(now)
        kind = chance.choice(found.allowed(now))
        if kind in {Kind.REASSIGNED, *CLOSES}:
            found.lapse(now)
        found.note(kind, now, Decimal(1) if kind == Kind.EXTENDED else None)
        if kind in CLOSES:
            return found
    found.cal = after
    found.store()
    return found


def close_tuesday() -> None:
    day = NamedDay(date(2026, 9, 8), is_workday=False, name="台风停止办公")
    load_days(by=None, now=NOW, text=CLOSURE, days=[day], is_local=True)


def make(number: int, seed: int = 22) -> dict[str, int]:
    """``number`` histories and how they ended."""
    chance, steps = random.Random(seed), cache(steps_for)
    holders = department("histories", "示例市历史局"), department("archives", "示例市档案局")
    before = current_calendar()
    close_tuesday()
    after = current_calendar()
    for first in range(0, number, BATCH):
        lives = [
            lived(n, holders, before, after, chance, steps) for n in range(first, min(first + BATCH, number))
        ]
        with transaction.atomic():
            Duty.objects.bulk_create([life.duty for life in lives])
            DutyEvent.objects.bulk_create([event for life in lives for event in life.events])
            StagePassed.objects.bulk_create([row for life in lives for row in life.passed])
    return {
        "histories": Duty.objects.count(),
        "facts": DutyEvent.objects.count(),
        "stages": StagePassed.objects.count(),
        "closed": Duty.objects.exclude(closed_at=None).count(),
        "paused": Duty.objects.filter(state=DutyState.PAUSED).count(),
    }


def check() -> dict[str, object]:
    """What the command says: its lines, and whether it found everything right."""
    out, right = io.StringIO(), True
    try:
        call_command("recompute_clocks", "--check", stdout=out)
    except CommandError:
        right = False
    lines = [line.strip() for line in out.getvalue().splitlines() if line.startswith("  ")]
    return {"right": right, "found": sorted(line.partition("（")[0] for line in lines)}


def spoil() -> list[str]:
    """Alter one column of four duties, each another one: their keys."""
    running = Duty.objects.open().exclude(next_at=None).order_by("pk")
    closed = Duty.objects.exclude(closed_at=None).order_by("pk")
    lost, moved, judged = running[0], running[1], closed[0]
    handed = Duty.objects.filter(events__kind=Kind.REASSIGNED).exclude(pk__in=(lost.pk, moved.pk, judged.pk))
    taken = handed.order_by("pk").first()
    kept = Department.objects.exclude(pk=taken.holder_id).filter(code__in=("histories", "archives")).get()
    Duty.objects.filter(pk=lost.pk).update(next_at=None)
    Duty.objects.filter(pk=moved.pk).update(due_at=moved.due_at + timedelta(minutes=1))
    Duty.objects.filter(pk=judged.pk).update(closed_at=judged.closed_at + timedelta(seconds=1))
    Duty.objects.filter(pk=taken.pk).update(holder=kept)
    return sorted([lost.key, moved.key, judged.key, taken.key])
