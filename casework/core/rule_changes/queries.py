"""What the pages of calendar and limits read."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet

from casework.core.access import Access, Can
from casework.core.clocks.impact import Impact, impact
from casework.core.clocks.models import DueMove
from casework.core.clocks.queries import open_duties_for
from casework.core.rule_changes.content import draft_of, limit_of
from casework.core.rule_changes.models import ChangeKind, ChangeState, MoveDigest, RuleChange
from casework.core.rules_data.models import DutyKind, LimitRule, limit_in_words
from casework.core.worktime.calendar import WorkCalendar
from casework.core.worktime.coverage import gap_ahead, in_words
from casework.core.worktime.models import CalendarNotice
from casework.core.worktime.queries import calendar_version, calendar_with, current_calendar
from portal.accounts.models import User

DIGESTS = 5


@dataclass(frozen=True, slots=True)
class Preview:
    """What a waiting change of the calendar would do, reckoned under ``version``."""

    version: int
    impact: Impact


@dataclass(frozen=True, slots=True)
class LimitRow:
    """One kind of limit: what holds today, and what has been registered for a later day."""

    kind: DutyKind
    current: LimitRule | None
    coming: tuple[LimitRule, ...]


def calendar_alarm(cal: WorkCalendar, today: date) -> str:
    """What administrators must know about the reach of the calendar; "" while it reaches far enough (R-21)."""
    gap = gap_ahead(cal, today)
    if gap is None:
        return ""
    waiting = RuleChange.objects.filter(
        state=ChangeState.PROPOSED, kind=ChangeKind.NATIONAL, content__year=gap.year
    )
    proposed = "该通知已经提出，正在等待审定。" if waiting.exists() else ""
    return f"{in_words(gap)}{proposed}"


def may_use(access: Access) -> bool:
    """Whether the person has any part in changing calendar and limits."""
    return access.can(Can.PROPOSE_RULE_CHANGE) or access.can(Can.APPROVE_RULE_CHANGE)


def changes(state: str = "") -> "QuerySet[RuleChange]":
    """Changes in ``state`` (empty = all) with their people."""
    rows = RuleChange.objects.select_related("proposed_by", "decided_by")
    return rows.filter(state=state) if state in ChangeState.values else rows


def waiting_changes() -> int:
    """How many changes wait for their decision."""
    return RuleChange.objects.filter(state=ChangeState.PROPOSED).count()


def notices() -> "QuerySet[CalendarNotice]":
    """Notices in force."""
    return CalendarNotice.objects.select_related("change")


def preview(change: RuleChange, *, now: datetime, first: int, size: int) -> Preview:
    """Reckon what ``change`` would move, without writing; ``size`` moves from place ``first`` on."""
    cal = current_calendar()
    return Preview(cal.version, impact(cal, calendar_with(draft_of(change)), now=now, first=first, size=size))


def moves_of(change: RuleChange) -> "QuerySet[DueMove]":
    """What the job moved to the calendar that ``change`` made."""
    rows = DueMove.objects.filter(calendar_version=change.calendar_version or 0)
    return rows.select_related("duty__holder", "duty__case")


def limits(today: date) -> list[LimitRow]:
    """Every kind with its rule of today and those of later days (one query)."""
    by_kind: dict[str, list[LimitRule]] = {}
    for rule in LimitRule.objects.order_by("-valid_from", "-id"):
        by_kind.setdefault(rule.duty_kind, []).append(rule)
    rows = []
    for kind in DutyKind:
        found = by_kind.get(kind, [])
        current = next((rule for rule in found if rule.valid_from <= today), None)
        coming = [rule for rule in reversed(found) if rule.valid_from > today]
        rows.append(LimitRow(kind, current, tuple(coming)))
    return rows


def waiting_limits(kind: DutyKind) -> list[RuleChange]:
    """Proposed versions of one kind that wait for their decision."""
    return list(changes(ChangeState.PROPOSED).filter(kind=ChangeKind.LIMIT, content__kind=kind.value))


def limit_before(change: RuleChange) -> LimitRule | None:
    """The version that holds, or held, without ``change`` on the day from which it is to hold."""
    new = limit_of(change)
    rows = LimitRule.objects.filter(duty_kind=new.kind, valid_from__lte=new.valid_from)
    if change.rule_id is not None:
        rows = rows.exclude(pk__gte=change.rule_id)
    return rows.order_by("-valid_from", "-id").first()


def standing_version(change: RuleChange) -> int:
    """What a waiting ``change`` is compared with: the calendar, or the limit of its day (0 = none yet)."""
    if change.is_calendar:
        return calendar_version()
    before = limit_before(change)
    return before.pk if before else 0


def compared(change: RuleChange) -> list[tuple[str, str, str]]:
    """(label, what held on that day before, what the change says) of a proposed limit."""
    new, old = limit_of(change), limit_before(change)
    after = {
        "时限": limit_in_words(new.amount, new.unit),
        "届满时刻": new.end_rule.label,
        "起算规则": new.counting.label,
        "提前提醒": f"{new.warn_before.normalize():f}个工作日",
        "起算事件": new.start_event,
        "条款": new.clause,
        "来源": new.source.label,
        "依据": new.basis,
        "待确认": "是" if new.to_confirm else "否",
        "生效日期": f"{new.valid_from:%Y年%m月%d日}",
    }
    before = _said(old) if old else {}
    return [(label, before.get(label, "—"), text) for label, text in after.items()]


def unread_digests(user: User) -> list[MoveDigest]:
    """The newest unread digests of ``user``."""
    return list(MoveDigest.objects.filter(recipient=user, read_at=None).order_by("-id")[:DIGESTS])


def my_moves(access: Access) -> "QuerySet[DueMove]":
    """Due times that moved, of open duties that the person can help to meet."""
    mine = open_duties_for(access).order_by().values("pk")
    return DueMove.objects.filter(duty__in=mine).select_related("duty__holder", "duty__case")


def _said(rule: LimitRule) -> dict[str, str]:
    return {
        "时限": rule.limit_in_words,
        "届满时刻": rule.get_end_rule_display(),
        "起算规则": rule.get_counting_display(),
        "提前提醒": f"{rule.warn_before.normalize():f}个工作日",
        "起算事件": rule.start_event,
        "条款": rule.clause,
        "来源": rule.get_source_display(),
        "依据": rule.basis,
        "待确认": "是" if rule.to_confirm else "否",
        "生效日期": f"{rule.valid_from:%Y年%m月%d日}",
    }
