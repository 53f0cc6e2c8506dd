"""The working calendar as the tables hold it now."""

from __future__ import annotations

from datetime import date
from types import MappingProxyType

from casework.core.worktime.calendar import DayHours, DayNote, HoursPeriod, WorkCalendar
from casework.core.worktime.models import CalendarDay, CalendarNotice, OfficeHours
from casework.core.worktime.notices import NoticeKind

Fingerprint = tuple[tuple[int, str], ...]

_memo: tuple[Fingerprint, WorkCalendar] | None = None


def current_calendar() -> WorkCalendar:
    """The calendar with every notice loaded so far; pass it on, do not ask twice.

    One small query per call compares the loaded notices with those of the memo,
    so a notice that another process commits is seen by the very next call.
    """
    global _memo
    loaded = _fingerprint()
    if _memo is None or _memo[0] != loaded:
        _memo = (loaded, _build(loaded))
    return _memo[1]


def calendar_version() -> int:
    """Version of the current calendar: how many notices stand. Notices only grow."""
    return CalendarNotice.objects.count()


def _fingerprint() -> Fingerprint:
    return tuple(CalendarNotice.objects.order_by("id").values_list("id", "digest"))


def _build(loaded: Fingerprint) -> WorkCalendar:
    """The calendar of exactly the notices in `loaded`, however many came since."""
    ids = [notice_id for notice_id, _ in loaded]
    notices = CalendarNotice.objects.in_bulk(ids)
    overrides: dict[date, bool] = {}
    notes: dict[date, DayNote] = {}
    rows = list(CalendarDay.objects.filter(notice_id__in=ids))
    for row in sorted(rows, key=lambda row: _rank(notices[row.notice_id])):
        notice = notices[row.notice_id]
        is_local = notice.kind == NoticeKind.LOCAL
        overrides[row.date] = row.is_workday
        notes[row.date] = DayNote(row.name, str(notice), notice.url, is_local)
    covered = {notice.year for notice in notices.values() if notice.kind == NoticeKind.NATIONAL}
    return WorkCalendar(
        overrides=MappingProxyType(overrides),
        covered=frozenset(covered),
        hours=tuple(map(_period, OfficeHours.objects.filter(notice_id__in=ids))),
        version=len(loaded),
        notes=MappingProxyType(notes),
    )


def _rank(notice: CalendarNotice) -> tuple[bool, date, int]:
    """Later ranks win: a local closure over the national notice, then the newer."""
    published = notice.published_on or date.min
    return notice.kind == NoticeKind.LOCAL, published, notice.pk


def _period(row: OfficeHours) -> HoursPeriod:
    hours = DayHours(row.morning_start, row.morning_end, row.afternoon_start, row.afternoon_end)
    return HoursPeriod(row.valid_from, hours, row.valid_to)
