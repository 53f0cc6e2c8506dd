"""What moves a running clock: pause, resume, extend, reassign, and a calendar that changed.

None of these check a permission: the process that calls them does.
"""

import logging
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from casework.core.clocks.facts import NoOpenDuty, add_event, locked, next_at, note_lapse, refresh, tell
from casework.core.clocks.mails import remind
from casework.core.clocks.models import DueMove, Duty, DutyEvent, DutyState, PauseCause, StagePassed
from casework.core.clocks.queries import told
from casework.core.clocks.stages import owed, plan
from casework.core.errors import Refusal
from casework.core.rules_data.models import Stage, Tier
from casework.core.rules_data.queries import steps_for
from casework.core.transitions import StaleState
from casework.core.worktime.arithmetic import BadAmount, total_of
from casework.core.worktime.calendar import WorkCalendar
from casework.core.worktime.queries import current_calendar
from casework.core.worktime.units import Unit
from portal.accounts.models import Department, User

log = logging.getLogger(__name__)
Kind = DutyEvent.Kind
CAUSES_IN_WORDS = (
    f"只有{'、'.join(PauseCause.labels)}所需时间不计入审批期限（《行政许可法》第四十五条）；"
    "现场踏勘不在其列，不能暂停计时。"
)


class MissingReason(Refusal):
    """A clock is never moved without a reason and, where the law asks for one, its basis."""


class BadCause(Refusal):
    """What the clock should stand still for is none of the causes that the law names (行政许可法 45)."""


class AlreadyLate(Refusal):
    """The time has run out: what is over cannot be paused or extended."""


class BadExtension(Refusal):
    """The extension is not a positive amount in steps of its unit."""


class NotRunning(StaleState):
    """Somebody paused or resumed the clock first (→ 409)."""


@transaction.atomic
def pause(
    duty: Duty, *, by: User | None, now: datetime, cause: PauseCause | str, reason: str, basis: str
) -> Duty:
    """Stop the clock for time that 行政许可法 45 excludes; the day of the pause does not count.

    Raises ``BadCause``, ``MissingReason``, ``AlreadyLate``, ``NotRunning``, ``NoOpenDuty``.
    """
    if cause not in PauseCause.values:
        raise BadCause(CAUSES_IN_WORDS, field="cause")
    _want(reason=reason, basis=basis)
    duty = locked(pk=duty.pk)
    if duty.state != DutyState.OPEN:
        raise NotRunning(duty.key)
    cal = current(duty, now=now)
    refuse_late(duty, now, "暂停计时")
    add_event(duty, Kind.PAUSED, at=now, by=by, cause=cause, reason=reason, basis=basis)
    before = duty.due_at
    refresh(duty, cal)
    tell(duty, "duty.paused", by=by, now=now, cause=str(cause), reason=reason, basis=basis, due_before=before)
    return duty


@transaction.atomic
def resume(duty: Duty, *, by: User | None, now: datetime, reason: str = "") -> Duty:
    """Let the clock run on; the day of resuming counts again. Raises ``NotRunning``, ``NoOpenDuty``."""
    duty = locked(pk=duty.pk)
    if duty.state != DutyState.PAUSED:
        raise NotRunning(duty.key)
    add_event(duty, Kind.RESUMED, at=now, by=by, reason=reason)
    refresh(duty, current_calendar())
    tell(duty, "duty.resumed", by=by, now=now, reason=reason, due_at=duty.due_at)
    return duty


@transaction.atomic
def extend(duty: Duty, *, by: User | None, now: datetime, amount: Decimal, reason: str, basis: str) -> Duty:
    """Add ``amount`` in the duty's own unit, before the time has run out (行政许可法 42).

    Raises ``MissingReason``, ``BadExtension``, ``AlreadyLate``, ``NoOpenDuty``.
    """
    _want(reason=reason, basis=basis)
    duty = locked(pk=duty.pk)
    try:
        total_of(amount, Unit(duty.unit))
    except BadAmount as bad:
        raise BadExtension(
            "延长的时限须大于零：工作日以0.5为单位，自然日和月须为整数。", field="amount"
        ) from bad
    cal = current(duty, now=now)
    refuse_late(duty, now, "延期")
    add_event(duty, Kind.EXTENDED, at=now, by=by, reason=reason, basis=basis, amount=amount)
    before = duty.due_at
    refresh(duty, cal)
    tell(
        duty,
        "duty.extended",
        by=by,
        now=now,
        amount=str(amount),
        reason=reason,
        basis=basis,
        due_before=before,
        due_at=duty.due_at,
    )
    return duty


@transaction.atomic
def reassign(duty: Duty, *, to: Department, by: User | None, now: datetime, reason: str) -> Duty:
    """Hand the duty to another department, whose people are told; the clock runs on unchanged.

    What was late before stays a lapse of the department that held it. Raises ``MissingReason``,
    ``NoOpenDuty``.
    """
    _want(reason=reason)
    duty = locked(pk=duty.pk)
    cal = current(duty, now=now)
    if note_lapse(duty, now=now):
        duty.next_at = next_at(duty, cal)
    before = duty.holder
    add_event(duty, Kind.REASSIGNED, at=now, by=by, reason=reason, before=before, after=to)
    duty.holder = to
    duty.save(update_fields=["holder", "next_at"])
    handed = f"由{before.label}改派至{to.label}"
    tell(
        duty,
        "duty.reassigned",
        by=by,
        now=now,
        reason=reason,
        before=before.code,
        after=to.code,
        handed=handed,
    )
    for person in told(duty, Tier.HANDLERS, now)[1]:
        remind(duty, Stage.HANDED, person, occasion=now, now=now)
    return duty


@transaction.atomic
def recompute(duty: Duty, cal: WorkCalendar, *, now: datetime, by: User | None = None) -> bool:
    """Derive the clock of an open duty under ``cal``. True when its due time moved.

    Both times are kept then. A lapse that was noted stays noted, whether the duty is late follows from
    the new time. A calendar older than the duty's own changes nothing. A closed duty keeps the calendar it
    was judged by: ``NoOpenDuty``.
    """
    return catch_up(locked(pk=duty.pk), cal, now=now, by=by)


def catch_up(duty: Duty, cal: WorkCalendar, *, now: datetime, by: User | None = None) -> bool:
    """``recompute`` for a duty that is locked already. Whoever judges a clock calls it first: nothing is found
    late by a calendar that has been replaced, however far the sweep has come."""
    before = duty.due_at
    if cal.version < duty.calendar_version or not refresh(duty, cal):
        return False
    if before is not None and duty.due_at is not None:
        _carry_told(duty, duty.due_at, cal, now)
    reason = f"工作日历更新，届满时间由{_words(before)}调整为{_words(duty.due_at)}"
    add_event(duty, Kind.RECOMPUTED, at=now, by=by, reason=reason)
    if before is not None and duty.due_at is not None:
        DueMove.objects.create(
            duty=duty, calendar_version=cal.version, due_before=before, due_at=duty.due_at, moved_at=now
        )
    tell(duty, "duty.recomputed", by=by, now=now, due_before=before, due_at=duty.due_at, calendar=cal.version)
    return True


def _carry_told(duty: Duty, due_at: datetime, cal: WorkCalendar, now: datetime) -> None:
    """A calendar that comes late makes nobody hear again what was told, and is past for the new due time, too."""
    told_of = {row.stage: row for row in duty.stages.order_by("due_at")}
    planned = plan(duty, steps_for(duty.kind, timezone.localdate(duty.started_at)), cal)
    StagePassed.objects.bulk_create(
        StagePassed(
            duty=duty,
            stage=row.stage,
            tier=row.tier,
            reached=told_of[row.stage].reached,
            due_at=due_at,
            at=row.at,
            made_at=now,
        )
        for row in owed(duty, planned, {stage: row.due_at for stage, row in told_of.items()})
        if row.at <= now and row.stage in told_of
    )
    duty.next_at = next_at(duty, cal)
    duty.save(update_fields=["next_at"])


def current(duty: Duty, *, now: datetime) -> WorkCalendar:
    """The calendar in force, with the locked ``duty`` brought up to it when it was reckoned under an older one."""
    cal = current_calendar()
    if duty.calendar_version < cal.version:
        catch_up(duty, cal, now=now)
    return cal


def recompute_all(
    cal: WorkCalendar,
    *,
    now: datetime,
    by: User | None = None,
    chunk: int = 200,
    limit: int | None = None,
    failed: list[int] | None = None,
) -> int:
    """Recompute open duties that were reckoned under an older calendar; how many due times moved.

    One short transaction per duty, at most ``limit`` duties: it can be stopped and started again at any point.
    With ``failed`` a duty that raises is logged and put there, and does not hold up the others.
    """
    moved = seen = last = 0
    stale = Duty.objects.reckoned_before(cal.version).order_by("pk")
    while chosen := list(stale.filter(pk__gt=last)[: chunk if limit is None else min(chunk, limit - seen)]):
        for duty in chosen:
            last, seen = duty.pk, seen + 1
            try:
                moved += recompute(duty, cal, now=now, by=by)
            except NoOpenDuty:  # closed meanwhile: it keeps its verdict
                continue
            except Exception:
                if failed is None:
                    raise
                log.exception("duty %s could not be recomputed", duty.pk)
                failed.append(duty.pk)
    return moved


def _want(**texts: str) -> None:
    for field, text in texts.items():
        if not text.strip():
            raise MissingReason("请填写原因和依据。" if len(texts) > 1 else "请填写原因。", field=field)


def refuse_late(duty: Duty, now: datetime, act: str) -> None:
    """Raise ``AlreadyLate`` when the time of ``duty`` is over: ``act`` comes too late."""
    if duty.is_late(now):
        raise AlreadyLate(f"该任务已于{_words(duty.due_at)}届满，不能再{act}。")


def _words(moment: datetime | None) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}" if moment else "暂停计时"
