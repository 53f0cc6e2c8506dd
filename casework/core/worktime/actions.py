"""Load a published notice: the only way the calendar changes once it is seeded."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from django.db import transaction

from casework.core.errors import Refusal
from casework.core.ledger import actions as ledger
from casework.core.worktime.calendar import DayHours
from casework.core.worktime.models import CalendarDay, CalendarNotice, OfficeHours
from casework.core.worktime.notices import NamedDay, NoticeKind, digest_of
from casework.core.worktime.notices import NoticeText as NoticeText  # part of what callers say
from portal.accounts.models import User


class AlreadyLoaded(Refusal):
    """The same notice with the same content stands already."""


class EmptyNotice(Refusal):
    """A notice without days or hours would claim to cover a year it says nothing of."""


class DoubledDay(Refusal):
    """The notice names one day twice."""


class DayOutsideYear(Refusal):
    """The notice names a day that its year cannot move."""


@transaction.atomic
def load_days(
    *,
    by: User | None,
    now: datetime,
    text: NoticeText,
    days: Collection[NamedDay],
    is_local: bool = False,
) -> CalendarNotice:
    """Load a holiday notice of the State Council, or a local closure (`is_local`).

    Later notices win over earlier ones for the days they name. Open duties are
    recomputed by their own room, which sees the new version. Raises EmptyNotice,
    DoubledDay, DayOutsideYear, AlreadyLoaded.
    """
    check_days(text.year, days)
    kind = NoticeKind.LOCAL if is_local else NoticeKind.NATIONAL
    notice = _create(text, kind, now, _digest(text, kind, days=days))
    CalendarDay.objects.bulk_create(
        CalendarDay(notice=notice, date=day.date, is_workday=day.is_workday, name=day.name)
        for day in sorted(days)
    )
    _record(notice, by, now)
    return notice


@transaction.atomic
def set_office_hours(
    *,
    by: User | None,
    now: datetime,
    text: NoticeText,
    hours: DayHours,
    valid_from: date,
    valid_to: date | None = None,
) -> CalendarNotice:
    """Set the office hours from a day on. Raises AlreadyLoaded."""
    digest = _digest(text, NoticeKind.HOURS, hours=(valid_from, valid_to, hours))
    notice = _create(text, NoticeKind.HOURS, now, digest)
    OfficeHours.objects.create(
        notice=notice,
        valid_from=valid_from,
        valid_to=valid_to,
        morning_start=hours.morning_start,
        morning_end=hours.morning_end,
        afternoon_start=hours.afternoon_start,
        afternoon_end=hours.afternoon_end,
    )
    _record(notice, by, now)
    return notice


def check_days(year: int, days: Collection[NamedDay]) -> None:
    """Refuse days that no notice of ``year`` can name. Raises EmptyNotice, DoubledDay, DayOutsideYear."""
    if not days:
        raise EmptyNotice("通知中没有任何放假或上班日期，请核对后再载入。", field="days")
    if len({day.date for day in days}) < len(days):
        raise DoubledDay("通知中有日期重复，请核对后再载入。", field="days")
    for day in days:
        if not date(year - 1, 12, 1) <= day.date <= date(year, 12, 31):
            raise DayOutsideYear(f"{day.date.isoformat()}不在{year}年通知的范围内。", field="days")


def _digest(
    text: NoticeText,
    kind: NoticeKind,
    *,
    days: Collection[NamedDay] = (),
    hours: tuple[date, date | None, DayHours] | None = None,
) -> str:
    return digest_of(
        kind=kind,
        title=text.title,
        document_no=text.document_no,
        days=days,
        hours=hours,
    )


def _create(text: NoticeText, kind: NoticeKind, now: datetime, digest: str) -> CalendarNotice:
    notice, created = CalendarNotice.objects.get_or_create(
        digest=digest,
        defaults={
            "title": text.title,
            "document_no": text.document_no,
            "year": text.year,
            "url": text.url,
            "published_on": text.published_on,
            "kind": kind,
            "created_at": now,
        },
    )
    if not created:
        raise AlreadyLoaded(f"《{text.title}》已经载入，内容相同，无需重复载入。")
    return notice


def _record(notice: CalendarNotice, by: User | None, now: datetime) -> None:
    ledger.record(
        "worktime.notice_loaded",
        by=by,
        now=now,
        clause="14",
        obj=notice,
        title=notice.title,
        document_no=notice.document_no,
        digest=notice.digest,
    )
