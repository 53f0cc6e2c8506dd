"""A due date in words: the strip of days it was counted over, and one sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from casework.core.worktime.arithmetic import Due, due, latest_notice
from casework.core.worktime.calendar import ONE_DAY, SATURDAY, WorkCalendar, to_local
from casework.core.worktime.counting import (
    HALF,
    NOTHING,
    Pause,
    by_halves,
    counts,
    days_of,
    eve_of,
    halves_from,
    includes_start,
    is_half_paused,
    is_paused,
    last_counted_day,
    total_of,
)
from casework.core.worktime.strip import DayKind, Explanation, StripDay
from casework.core.worktime.units import CountRule, EndRule, Unit

AMOUNT_WORDS = {Unit.WORKDAY: "个工作日", Unit.NATURAL_DAY: "日", Unit.MONTH: "个月"}


def explain(
    start: datetime,
    amount: Decimal,
    unit: Unit,
    end_rule: EndRule,
    cal: WorkCalendar,
    pauses: Sequence[Pause] = (),
    extensions: Sequence[Decimal] = (),
    event: str = "收到",
    counting: CountRule = CountRule.NEXT_DAY,
) -> Explanation:
    """Why `due` of the same arguments gives what it gives; raises what it raises.

    `event` is what began the period ("收到", "受理"). The counted days of the strip
    add up to the limit (for months: to the days they last).
    """
    result = due(start, amount, unit, end_rule, cal, pauses, extensions, counting)
    total = total_of(amount, unit, extensions)
    count = Count(start, total, unit, end_rule, cal, tuple(pauses), counting)
    days = tuple(_strip(count, result.last_day))
    opening = _opening(count, amount, extensions, event)
    middle = _deductions(days, cal) if unit == Unit.WORKDAY else _pauses_and_roll(days, count)
    ending = f"至{moment_in_words(result.at)}届满。"
    return Explanation(result, days, opening + middle + ending, provisional_remark(result))


@dataclass(frozen=True, slots=True)
class Count:
    """One count: what `due` takes, the extensions added to the limit."""

    start: datetime
    total: Decimal
    unit: Unit
    end_rule: EndRule
    cal: WorkCalendar
    pauses: tuple[Pause, ...]
    counting: CountRule

    @property
    def in_halves(self) -> bool:
        return by_halves(self.total, self.unit, self.counting)

    @property
    def with_start(self) -> bool:
        return includes_start(self.start, self.end_rule, self.cal, self.counting)

    @property
    def last(self) -> date:
        """The last day counted of a limit of whole days, before it rolls over a day off."""
        eve = eve_of(self.start, self.end_rule, self.cal, self.counting)
        days = days_of(to_local(self.start).date(), self.total, self.unit)
        return last_counted_day(eve, days, self.unit, self.end_rule, self.cal, self.pauses)

    def stands_still(self, day: date) -> bool:
        """Whether a pause takes `day` out of the count."""
        return is_paused(day, self.end_rule, self.cal, self.pauses)

    def by_day(self) -> dict[date, Decimal]:
        """How much of the limit each day used up."""
        counted: dict[date, Decimal] = {}
        if self.in_halves:
            left = self.total
            for half in halves_from(self.start, self.end_rule, self.cal, self.counting):
                if not left:
                    break
                if not is_half_paused(half, self.end_rule, self.cal, self.pauses):
                    counted[half.day] = counted.get(half.day, NOTHING) + HALF
                    left -= HALF
            return counted
        last, day = self.last, eve_of(self.start, self.end_rule, self.cal, self.counting)
        while day < last:
            day += ONE_DAY
            if counts(day, self.unit, self.end_rule, self.cal, self.pauses):
                counted[day] = Decimal(1)
        return counted


def explain_notice(visit: datetime, amount: Decimal, cal: WorkCalendar) -> Explanation:
    """Why a notice must be given by the moment that `latest_notice` names (8.4)."""
    result = latest_notice(visit, amount, cal)
    local = to_local(visit)
    half = "上午" if cal.is_morning(visit) else "下午"
    days = tuple(_strip_back(visit, amount, cal, result.last_day))
    words = (
        f"踏勘时间为{date_in_words(local.date())}{half}，须提前{_plain(amount)}个工作日书面告知"
        f"（其间须隔有完整的{_plain(amount / HALF)}个半日），最迟不晚于{moment_in_words(result.at)}。"
    )
    return Explanation(result, days, words, provisional_remark(result))


def provisional_remark(result: Due) -> str:
    """What is still open about a provisional date; empty for a certain one."""
    if not result.provisional:
        return ""
    years = "、".join(f"{year}年" for year in result.missing_years)
    return f"{years}放假安排尚未公布，暂按周一至周五推算，公布后自动重算。"


def date_in_words(day: date) -> str:
    """A date as official letters write it: 2026年10月10日."""
    return f"{day.year}年{day.month}月{day.day}日"


def moment_in_words(moment: datetime) -> str:
    """A local date and time; the end of a day is 24:00."""
    local = to_local(moment)
    clock = "24:00" if local.time() == time.max else f"{local:%H:%M}"
    return date_in_words(local.date()) + clock


def _plain(amount: Decimal) -> str:
    return f"{Decimal(amount).normalize():f}"


def _kind_and_label(day: date, cal: WorkCalendar) -> tuple[DayKind, str]:
    """What the calendar says of a day, on whose word."""
    note = cal.notes.get(day)
    if cal.is_workday(day):
        if day.weekday() < SATURDAY:
            return DayKind.WORKDAY, "工作日"
        return (
            DayKind.MAKE_UP,
            f"{note.name}调休上班（国办通知）" if note else "调休上班",
        )
    if note is None:
        return DayKind.WEEKEND, "周末"
    if note.is_local:
        return DayKind.CLOSURE, f"{note.name}（本地通知）"
    return DayKind.HOLIDAY, f"{note.name}放假（国办通知）"


def _strip_day(day: date, counted: Decimal, cal: WorkCalendar, suffix: str = "") -> StripDay:
    kind, label = _kind_and_label(day, cal)
    note = cal.notes.get(day)
    url, notice = (note.url, note.notice) if note else ("", "")
    return StripDay(day, kind, counted, label + suffix, url, notice)


def _strip(count: Count, last_day: date) -> Iterator[StripDay]:
    cal, counted = count.cal, count.by_day()
    end_of_count, first = max(counted), to_local(count.start).date()
    day, sum_so_far = first, NOTHING
    while day <= last_day:
        used = counted.get(day, NOTHING)
        sum_so_far += used
        if day == first:
            label = f"起算当日（计{_plain(used)}日）" if used else "起算当日，不计入"
            yield StripDay(day, DayKind.START, used, label)
        elif used:
            yield _strip_day(day, used, cal, f"，计至第{_plain(sum_so_far)}日")
        elif count.stands_still(day) and counts(day, count.unit, count.end_rule, cal, ()):
            yield StripDay(day, DayKind.PAUSED, NOTHING, "暂停计时，不计入")
        else:
            yield _strip_day(day, NOTHING, cal, "，顺延" if day > end_of_count else "")
        day += ONE_DAY


def _strip_back(visit: datetime, amount: Decimal, cal: WorkCalendar, first_day: date) -> Iterator[StripDay]:
    """The days between the latest notice and the visit, in order of the calendar."""
    counted: dict[date, Decimal] = {}
    left = Decimal(amount)
    for half in cal.halves_before(visit):
        counted[half.day] = counted.get(half.day, NOTHING) + HALF
        left -= HALF
        if not left:
            break
    day, last = first_day, to_local(visit).date()
    while day <= last:
        yield _strip_day(day, counted.get(day, NOTHING), cal, "，踏勘当日" if day == last else "")
        day += ONE_DAY


def _opening(count: Count, amount: Decimal, extensions: Sequence[Decimal], event: str) -> str:
    words = AMOUNT_WORDS[count.unit]
    day = date_in_words(to_local(count.start).date())
    limit = _plain(amount) + words
    if extensions:
        limit += f"（另延长{_plain(sum(extensions, NOTHING))}{words}）"
    if count.in_halves:
        half = "上午" if count.cal.is_morning(count.start) else "下午"
        since = "起的这个半日" if count.with_start else "后的下一个半日"
        return f"自{day}{half}{event}{since}起算{limit}，"
    return f"自{day}{event}{'当日（计入）' if count.with_start else '次日'}起算{limit}，"


def _deductions(days: Sequence[StripDay], cal: WorkCalendar) -> str:
    """Days that did not count, grouped and in the order in which they came."""
    groups: dict[tuple[str, str], int] = {}
    for day in days[1:]:
        if day.counted:
            continue
        group = _group(day, cal)
        groups[group] = groups.get(group, 0) + 1
    if not groups:
        return ""
    return "扣除" + "、".join(f"{name}{n}{unit}" for (name, unit), n in groups.items()) + "，"


def _group(day: StripDay, cal: WorkCalendar) -> tuple[str, str]:
    note = cal.notes.get(day.date)
    if day.kind == DayKind.PAUSED:
        return "暂停计时", "个工作日"
    if day.kind == DayKind.CLOSURE and note:
        return note.name, "天"
    if day.kind == DayKind.HOLIDAY and note:
        return f"{note.name}假期", "天"
    return "周末", "天"


def _pauses_and_roll(days: Sequence[StripDay], count: Count) -> str:
    """Pauses within natural days or months, and the day off that the end rolled over."""
    words = ""
    paused = sum(day.kind == DayKind.PAUSED for day in days)
    if paused:
        words += f"扣除暂停计时{paused}天，"
    raw = count.last
    if raw != days[-1].date:
        end = next(day for day in days if day.date == raw)
        words += f"末日{date_in_words(raw)}为{_group(end, count.cal)[0]}，顺延"
    return words
