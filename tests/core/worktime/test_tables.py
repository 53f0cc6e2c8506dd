"""The calendar in the tables: seeding, loading, and a cache that notices every change."""

from datetime import UTC, date, datetime, time

import pytest
from django.apps import apps
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from casework.core.append_only import Guard, remove
from casework.core.ledger.models import LedgerEntry
from casework.core.worktime.actions import (
    AlreadyLoaded,
    DayOutsideYear,
    DoubledDay,
    EmptyNotice,
    NoticeText,
    load_days,
    set_office_hours,
)
from casework.core.worktime.calendar import DayHours
from casework.core.worktime.models import CalendarDay, CalendarNotice, OfficeHours
from casework.core.worktime.notices import NamedDay, digest_of
from casework.core.worktime.queries import calendar_version, current_calendar
from casework.core.worktime.seeds import published_days, seed_calendar
from tests.core.worktime.calendars import CAL

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)
NEXT_YEAR = NoticeText(
    title="国务院办公厅关于2027年部分节假日安排的通知",
    document_no="国办发明电〔示例〕1号",
    year=2027,
    url="https://example.org/2027",
    published_on=date(2026, 11, 20),
)
NEW_YEAR = [
    NamedDay(date(2026, 12, 31), is_workday=False, name="元旦"),
    NamedDay(date(2027, 1, 1), is_workday=False, name="元旦"),
    NamedDay(date(2027, 1, 9), is_workday=True, name="元旦"),
]
TYPHOON = NoticeText(
    title="关于台风期间停止办公的通告",
    document_no="",
    year=2026,
    published_on=date(2026, 9, 7),
)


@pytest.fixture(autouse=True)
def seeded() -> None:
    """The seeds anew, with the guards lifted; the test's rollback puts them back."""
    for model in (CalendarDay, OfficeHours, CalendarNotice):
        remove(connection, Guard(model._meta.db_table))
    CalendarDay.objects.all().delete()
    OfficeHours.objects.all().delete()
    CalendarNotice.objects.all().delete()
    seed_calendar(apps)


def test_the_seeded_calendar_is_the_published_one() -> None:
    cal = current_calendar()
    assert dict(cal.overrides) == dict(CAL.overrides)
    assert cal.covered == frozenset(range(2004, 2027))
    assert cal.version == calendar_version() == 23
    note = cal.notes[date(2026, 10, 10)]
    assert note.name == "国庆节"
    assert note.notice == "国务院办公厅关于2026年部分节假日安排的通知（国办发明电〔2025〕7号）"
    assert note.url.startswith("https://www.gov.cn/")


def test_seeding_twice_changes_nothing() -> None:
    before = CalendarDay.objects.count()
    seed_calendar(apps)
    assert CalendarDay.objects.count() == before == sum(map(len, published_days().values()))


def test_december_days_stand_under_the_notice_that_moved_them() -> None:
    assert CalendarDay.objects.get(date=date(2018, 12, 29)).notice.year == 2019


def test_an_unchanged_calendar_costs_one_query(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    first = current_calendar()
    with django_assert_num_queries(1):
        assert current_calendar() is first


def test_a_new_notice_is_seen_by_the_next_call() -> None:
    before = current_calendar()
    assert not before.is_covered(date(2026, 12, 31))
    load_days(by=None, now=NOW, text=NEXT_YEAR, days=NEW_YEAR)
    after = current_calendar()
    assert after.version == before.version + 1
    assert after.is_covered(date(2027, 6, 1))
    assert not after.is_workday(date(2026, 12, 31))
    assert after.is_workday(date(2027, 1, 9))
    assert before.is_workday(date(2026, 12, 31))  # an old verdict keeps its calendar


def test_a_removed_notice_is_seen_too() -> None:
    notice = load_days(by=None, now=NOW, text=NEXT_YEAR, days=NEW_YEAR)
    assert 2027 in current_calendar().covered
    notice.days.all().delete()
    notice.delete()
    assert 2027 not in current_calendar().covered


def test_a_local_closure_wins_but_covers_no_year() -> None:
    day = date(2026, 9, 20)  # a make-up Sunday by the national notice
    load_days(
        by=None,
        now=NOW,
        text=TYPHOON,
        days=[NamedDay(day, is_workday=False, name="台风停止办公")],
        is_local=True,
    )
    cal = current_calendar()
    assert not cal.is_workday(day)
    assert cal.notes[day].is_local
    assert cal.covered == frozenset(range(2004, 2027))


def test_a_later_notice_of_the_same_year_wins() -> None:
    correction = NoticeText(
        title="关于调整2026年春节假期的通知",
        document_no="",
        year=2026,
        published_on=date(2026, 1, 26),
    )
    day = NamedDay(date(2026, 2, 24), is_workday=False, name="春节")
    load_days(by=None, now=NOW, text=correction, days=[day])
    assert not current_calendar().is_workday(date(2026, 2, 24))


def test_loading_leaves_a_ledger_entry() -> None:
    notice = load_days(by=None, now=NOW, text=NEXT_YEAR, days=NEW_YEAR)
    entry = LedgerEntry.objects.get(action="worktime.notice_loaded")
    assert (entry.object_id, entry.clause, entry.at) == (str(notice.pk), "14", NOW)


def test_refuses_the_same_notice_twice_whatever_the_order_of_its_days() -> None:
    load_days(by=None, now=NOW, text=NEXT_YEAR, days=NEW_YEAR)
    with pytest.raises(AlreadyLoaded):
        load_days(by=None, now=NOW, text=NEXT_YEAR, days=NEW_YEAR[::-1])
    assert calendar_version() == 24


@pytest.mark.parametrize(
    ("days", "error"),
    [
        ([], EmptyNotice),
        ([NEW_YEAR[0], NEW_YEAR[0]], DoubledDay),
        ([NamedDay(date(2028, 1, 1), is_workday=False, name="元旦")], DayOutsideYear),
        ([NamedDay(date(2026, 11, 30), is_workday=False, name="元旦")], DayOutsideYear),
    ],
)
def test_refuses_notices_that_cannot_be_right(days: list[NamedDay], error: type[Exception]) -> None:
    with pytest.raises(error):
        load_days(by=None, now=NOW, text=NEXT_YEAR, days=days)
    assert calendar_version() == 23


def test_office_hours_hold_from_their_day() -> None:
    summer = DayHours(time(8), time(12), time(15), time(18))
    text = NoticeText(title="夏季作息时间", document_no="", year=2026)
    set_office_hours(by=None, now=NOW, text=text, hours=summer, valid_from=date(2026, 6, 1))
    cal = current_calendar()
    assert cal.hours_on(date(2026, 5, 31)) == DayHours()
    assert cal.hours_on(date(2026, 6, 1)) == summer
    assert cal.version == 24


def test_the_digest_tells_contents_apart() -> None:
    def digest(day: NamedDay) -> str:
        return digest_of(kind="national", title="通知", document_no="", days=[day])

    other = NamedDay(NEW_YEAR[0].date, is_workday=True, name="元旦")
    assert digest(NEW_YEAR[0]) != digest(other)
    assert len(digest(other)) == 64
