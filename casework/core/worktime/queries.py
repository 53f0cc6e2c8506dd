"""The working calendar as the tables hold it now."""

from __future__ import annotations

from datetime import date
from types import MappingProxyType

from casework.core.worktime.calendar import DayHours, DayNote, HoursPeriod, WorkCalendar
from casework.core.worktime.models import CalendarDay, CalendarNotice, OfficeHours
from casework.core.worktime.notices import Draft, NoticeKind

Fingerprint = tuple[tuple[int, str], ...]

_memo: tuple[Fingerprint, WorkCalendar] | None = None
_NEXT = 2**62  # the id of a notice that is not loaded yet: after every other


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


def calendar_with(draft: Draft) -> WorkCalendar:
    """The calendar as it would be if `draft` were loaded now. Nothing is written, nothing remembered."""
    return _build(_fingerprint(), draft)


def calendar_as_of(version: int) -> WorkCalendar:
    """The calendar that bore `version`: the notices loaded until then, which nobody can change since."""
    return _build(_fingerprint()[:version])


def is_loaded(draft: Draft) -> bool:
    """Whether the very same notice stands already."""
    return CalendarNotice.objects.filter(digest=draft.digest).exists()


def _fingerprint() -> Fingerprint:
    return tuple(CalendarNotice.objects.order_by("id").values_list("id", "digest"))


def _build(loaded: Fingerprint, draft: Draft | None = None) -> WorkCalendar:
    """The calendar of exactly the notices in `loaded`, however many came since, and of `draft` on top."""
    ids = [notice_id for notice_id, _ in loaded]
    notices = CalendarNotice.objects.in_bulk(ids)
    rows = list(CalendarDay.objects.filter(notice_id__in=ids))
    periods = [_period(row) for row in OfficeHours.objects.filter(notice_id__in=ids)]
    if draft is not None:
        notices[_NEXT] = _unsaved(draft)
        rows += [
            CalendarDay(notice_id=_NEXT, date=day.date, is_workday=day.is_workday, name=day.name)
            for day in draft.days
        ]
        periods = sorted([*periods, *filter(None, [draft.hours])], key=lambda period: period.valid_from)
    overrides: dict[date, bool] = {}
    notes: dict[date, DayNote] = {}
    for row in sorted(rows, key=lambda row: _rank(notices[row.notice_id])):
        notice = notices[row.notice_id]
        overrides[row.date] = row.is_workday
        notes[row.date] = DayNote(row.name, str(notice), notice.url, notice.kind == NoticeKind.LOCAL)
    covered = {notice.year for notice in notices.values() if notice.kind == NoticeKind.NATIONAL}
    return WorkCalendar(
        overrides=MappingProxyType(overrides),
        covered=frozenset(covered),
        hours=tuple(periods),
        version=len(notices),
        notes=MappingProxyType(notes),
    )


def _unsaved(draft: Draft) -> CalendarNotice:
    text = draft.text
    return CalendarNotice(
        pk=_NEXT,
        title=text.title,
        document_no=text.document_no,
        year=text.year,
        url=text.url,
        published_on=text.published_on,
        kind=draft.kind,
    )


def _rank(notice: CalendarNotice) -> tuple[bool, date, int]:
    """Later ranks win: a local closure over the national notice, then the newer."""
    published = notice.published_on or date.min
    return notice.kind == NoticeKind.LOCAL, published, notice.pk


def _period(row: OfficeHours) -> HoursPeriod:
    hours = DayHours(row.morning_start, row.morning_end, row.afternoon_start, row.afternoon_end)
    return HoursPeriod(row.valid_from, hours, row.valid_to)
