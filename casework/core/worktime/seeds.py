"""The years already published, for the data migration that fills a new database."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime
from typing import Any

from chinese_calendar import constants as published  # type: ignore[import-untyped, unused-ignore]

from casework.core.worktime.notices import NamedDay, NoticeKind, digest_of

FIRST_YEAR = 2004
LAST_YEAR = 2026
DECEMBER = 12
SEEDED_AT = datetime(2025, 11, 5, tzinfo=UTC)

HOLIDAY_NAMES = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "National Day": "国庆节",
    "Mid-autumn Festival": "中秋节",
    "Anti-Fascist 70th Day": "抗战胜利纪念日",
}

GOV = "https://www.gov.cn/zhengce/zhengceku/"
# year -> document number, publication day, address: only what could be confirmed.
PUBLISHED: dict[int, tuple[str, date, str]] = {
    2021: ("", date(2020, 11, 25), f"{GOV}2020-11/25/content_5564127.htm"),
    2022: ("", date(2021, 10, 25), f"{GOV}2021-10/25/content_5644835.htm"),
    2023: ("", date(2022, 12, 8), f"{GOV}2022-12/08/content_5730844.htm"),
    2024: (
        "国办发明电〔2023〕7号",
        date(2023, 10, 25),
        f"{GOV}202310/content_6911528.htm",
    ),
    2025: (
        "国办发明电〔2024〕12号",
        date(2024, 11, 12),
        f"{GOV}202411/content_6986383.htm",
    ),
    2026: (
        "国办发明电〔2025〕7号",
        date(2025, 11, 4),
        f"{GOV}202511/content_7047091.htm",
    ),
}


def published_days() -> dict[int, list[NamedDay]]:
    """Year of the notice -> the days it names; New Year's in December is next year's."""
    days: dict[int, list[NamedDay]] = defaultdict(list)
    for table, is_workday in ((published.holidays, False), (published.workdays, True)):
        for day, english in table.items():
            year = day.year + (day.month == DECEMBER)
            if FIRST_YEAR <= year <= LAST_YEAR:
                days[year].append(NamedDay(day, is_workday, HOLIDAY_NAMES[english]))
    return days


def seed_calendar(apps: Any) -> None:
    """Load the notices of 2004 to 2026 into an empty or a half-filled calendar.

    `apps` is the registry a data migration is given. Notices that stand already
    (same content) are left alone.
    """
    notices = apps.get_model("casework", "CalendarNotice")
    days = apps.get_model("casework", "CalendarDay")
    for year, named in sorted(published_days().items()):
        title = f"国务院办公厅关于{year}年部分节假日安排的通知"
        document_no, published_on, url = PUBLISHED.get(year, ("", None, ""))
        notice, created = notices.objects.get_or_create(
            digest=digest_of(
                kind=NoticeKind.NATIONAL,
                title=title,
                document_no=document_no,
                days=named,
            ),
            defaults={
                "title": title,
                "document_no": document_no,
                "year": year,
                "url": url,
                "published_on": published_on,
                "kind": NoticeKind.NATIONAL.value,
                "created_at": SEEDED_AT,
            },
        )
        if created:
            days.objects.bulk_create(
                days(
                    notice=notice,
                    date=day.date,
                    is_workday=day.is_workday,
                    name=day.name,
                )
                for day in sorted(named)
            )
