"""Explanations: their sum is the limit, their end is the due date, their words are exact."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from hypothesis import given

from casework.core.worktime.arithmetic import Pause, due, is_paused, same_day_of_month
from casework.core.worktime.calendar import DayNote, WorkCalendar
from casework.core.worktime.explain import explain, explain_notice
from casework.core.worktime.strip import ENDS, LONG, DayKind, Notice
from casework.core.worktime.units import Unit
from tests.core.worktime.calendars import CAL, CLOSE, MIDNIGHT, days, moment
from tests.core.worktime.test_properties import closed_pauses, lags, limits, moments
from tests.profiles import THOROUGH


def words(start: str, amount: str, unit: Unit = Unit.WORKDAY, *pauses: Pause) -> str:
    return explain(moment(start), days(amount), unit, CLOSE, CAL, pauses).in_words


def test_over_a_holiday() -> None:
    assert words("2026-09-30", "3") == (
        "自2026年9月30日收到次日起算3个工作日，扣除国庆节假期7天，至2026年10月10日17:30届满。"
    )


def test_within_a_week() -> None:
    assert words("2026-11-16", "1") == ("自2026年11月16日收到次日起算1个工作日，至2026年11月17日17:30届满。")


def test_weekends_and_pauses_are_named() -> None:
    pause = Pause(moment("2026-11-19"), moment("2026-11-24"))
    assert words("2026-11-18", "2", Unit.WORKDAY, pause) == (
        "自2026年11月18日收到次日起算2个工作日，扣除暂停计时3个工作日、周末2天，至2026年11月25日17:30届满。"
    )


def test_natural_days_that_roll() -> None:
    assert words("2026-09-21", "15", Unit.NATURAL_DAY) == (
        "自2026年9月21日收到次日起算15日，末日2026年10月6日为国庆节假期，顺延至2026年10月8日17:30届满。"
    )


def test_natural_days_with_a_pause_and_the_end_of_the_day() -> None:
    pause = Pause(moment("2026-11-17"), moment("2026-11-19"))
    result = explain(
        moment("2026-11-16"),
        days(5),
        Unit.NATURAL_DAY,
        MIDNIGHT,
        CAL,
        [pause],
        event="受理",
    )
    assert result.in_words == (
        "自2026年11月16日受理次日起算5日，扣除暂停计时2天，至2026年11月23日24:00届满。"
    )


def test_months() -> None:
    assert words("2026-07-02", "3", Unit.MONTH) == (
        "自2026年7月2日收到次日起算3个月，末日2026年10月2日为国庆节假期，顺延至2026年10月8日17:30届满。"
    )


def test_half_days() -> None:
    assert words("2026-11-16 15:00", "0.5") == (
        "自2026年11月16日下午收到后的下一个半日起算0.5个工作日，至2026年11月17日12:00届满。"
    )


def test_extensions_are_told_apart() -> None:
    result = explain(moment("2026-11-16"), days(2), Unit.WORKDAY, CLOSE, CAL, (), [days(1)])
    assert result.in_words == (
        "自2026年11月16日收到次日起算2个工作日（另延长1个工作日），至2026年11月19日17:30届满。"
    )


def test_a_closure_is_named() -> None:
    closed = date(2026, 11, 17)
    cal = WorkCalendar(
        overrides={closed: False},
        covered=CAL.covered,
        notes={closed: DayNote("台风停止办公", "通知", "https://example.org/n", is_local=True)},
    )
    result = explain(moment("2026-11-16"), days(1), Unit.WORKDAY, CLOSE, cal)
    assert result.in_words == (
        "自2026年11月16日收到次日起算1个工作日，扣除台风停止办公1天，至2026年11月18日17:30届满。"
    )
    day = result.days[1]
    assert (day.kind, day.label) == (DayKind.CLOSURE, "台风停止办公（本地通知）")
    assert (day.notice, day.notice_url) == ("通知", "https://example.org/n")
    assert result.notices == (Notice("通知", "https://example.org/n"),)


def test_a_provisional_date_says_why() -> None:
    result = explain(moment("2026-12-21"), days(12), Unit.WORKDAY, CLOSE, CAL)
    assert result.remark == "2027年放假安排尚未公布，暂按周一至周五推算，公布后自动重算。"
    assert not explain(moment("2026-11-16"), days(1), Unit.WORKDAY, CLOSE, CAL).remark


def test_the_strip_of_national_day() -> None:
    strip = explain(moment("2026-09-30"), days(3), Unit.WORKDAY, CLOSE, CAL).days
    assert [(day.date.day, day.kind, int(day.counted)) for day in strip] == [
        (30, DayKind.START, 0),
        *((n, DayKind.HOLIDAY, 0) for n in range(1, 8)),
        (8, DayKind.WORKDAY, 1),
        (9, DayKind.WORKDAY, 1),
        (10, DayKind.MAKE_UP, 1),
    ]
    assert strip[0].label == "起算当日，不计入"
    assert strip[1].label == "国庆节放假（国办通知）"
    assert strip[1].notice_url == "https://www.gov.cn/"
    assert strip[-1].label == "国庆节调休上班（国办通知），计至第3日"


def test_a_long_strip_is_folded_between_its_ends_and_loses_no_day() -> None:
    short = explain(moment("2026-11-18"), days(LONG - 1), Unit.NATURAL_DAY, MIDNIGHT, CAL)
    assert [(len(span.days), span.folded) for span in short.spans] == [(LONG, False)]
    result = explain(moment("2026-07-02"), days(3), Unit.MONTH, CLOSE, CAL)
    first, folded, last = result.spans
    assert (first.days + folded.days + last.days, result.whole.days) == (result.days, result.days)
    assert (len(first.days), first.folded) == (len(last.days), last.folded) == (ENDS, False)
    assert folded.folded
    assert first.counted + folded.counted + last.counted == result.whole.counted == 92
    assert first.idle + folded.idle + last.idle == result.whole.idle == len(result.days) - 92


def test_days_that_no_notice_names_have_none() -> None:
    assert explain(moment("2026-11-16"), days(5), Unit.WORKDAY, CLOSE, CAL).notices == ()
    over_holiday = explain(moment("2026-09-30"), days(3), Unit.WORKDAY, CLOSE, CAL)
    assert len(over_holiday.notices) == 1


def test_a_notice_before_a_visit() -> None:
    result = explain_notice(moment("2026-09-28 08:30"), days("0.5"), CAL)
    assert result.in_words == (
        "踏勘时间为2026年9月28日上午，须提前0.5个工作日书面告知（其间须隔有完整的1个半日），"
        "最迟不晚于2026年9月24日14:30。"
    )
    assert sum(day.counted for day in result.days) == Decimal("0.5")
    assert (result.days[0].date, result.days[-1].date) == (
        date(2026, 9, 24),
        date(2026, 9, 28),
    )


@THOROUGH
@given(moments, limits, lags)
def test_the_strip_adds_up_to_the_limit_and_ends_on_the_last_day(
    start: datetime,
    limit: tuple[Unit, Decimal],
    gaps: list[tuple[timedelta, timedelta]],
) -> None:
    unit, amount = limit
    pauses = closed_pauses(start, gaps)
    result = explain(start, amount, unit, CLOSE, CAL, pauses)
    assert result.due == due(start, amount, unit, CLOSE, CAL, pauses)
    first = start.date()
    allowance = amount
    if unit == Unit.MONTH:
        allowance = Decimal((same_day_of_month(first, int(amount)) - first).days)
    assert sum(day.counted for day in result.days) == allowance
    assert (result.days[0].date, result.days[-1].date) == (first, result.due.last_day)
    assert [day.date for day in result.days] == [first + timedelta(n) for n in range(len(result.days))]
    for day in result.days:
        stopped = is_paused(day.date, CLOSE, CAL, pauses)
        assert amount % 1 or not (day.counted and stopped)
        assert day.kind != DayKind.PAUSED or stopped
        assert unit != Unit.WORKDAY or not day.counted or CAL.is_workday(day.date)
    assert result.in_words.startswith("自")
    assert result.in_words.endswith("届满。")
