"""What waits for the demo city's security administrator: a closure that the system administrator proposed (14)."""

from datetime import datetime

from casework.core.rule_changes.actions import propose
from casework.core.worktime.calendar import WorkCalendar, to_local
from casework.core.worktime.notices import Draft, NamedDay, NoticeKind, NoticeText
from portal.demo.city import City

WORKDAYS_AHEAD = 2


def propose_closure(city: City, cal: WorkCalendar, *, now: datetime) -> None:
    """Propose to close the offices on a working day soon, for an invented typhoon."""
    today = day = to_local(now).date()
    for _ in range(WORKDAYS_AHEAD):
        day = cal.next_workday(day)
    text = NoticeText(
        title="关于防御台风“示例”期间停止办公的通告（示例）",
        document_no="示例府办〔示例〕1号",
        year=day.year,
        published_on=today,
    )
    days = (NamedDay(day, is_workday=False, name="台风停止办公（示例）"),)
    draft = Draft(text=text, kind=NoticeKind.LOCAL, days=days)
    propose(content=draft, by=city.people["sysadmin1"], now=now)
