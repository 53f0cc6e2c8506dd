"""A holiday notice as a table (xlsx or csv) → the days of each year that it speaks of, or what is wrong with it.

Pure but for the calendar that is passed in. A notice with one wrong cell is not proposed at all: half a
notice would be a wrong calendar.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from casework.core.rule_changes.rules import says_nothing_new, warnings_of
from casework.core.worktime.calendar import WorkCalendar
from casework.core.worktime.notices import Draft, NamedDay, NoticeKind, NoticeText
from cms_pages.importing.tables import FileUnreadable, Table, TableRow, column_letter

MAX_ROWS = 2000  # a year names some forty days
NAME_LENGTH = 60
DECEMBER = 12
# field: the headings it may stand under; the first is the one we name in messages.
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "date": ("日期", "date", "放假日期"),
    "kind": ("类型", "day_kind", "安排", "放假或上班", "放假/上班"),
    "name": ("名称", "holiday_name", "节日", "节假日", "节假日名称", "节日名称", "name"),
    "year": ("年份", "year", "通知年份"),
    "url": ("原文网址", "official_notice_url", "通知网址", "网址", "url"),
}
REQUIRED = ("date", "kind", "name")
OFF = frozenset({"放假", "休", "休息", "放假调休", "假", "off"})
WORK = frozenset({"上班", "班", "补班", "调休上班", "工作", "work"})
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{4})(\d{2})(\d{2})")


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with one cell."""

    row: int
    cell: str
    column: str
    message: str

    def __str__(self) -> str:
        return f"第{self.row}行 {self.cell} {self.column}：{self.message}"


@dataclass(frozen=True, slots=True)
class YearDays:
    """What the file says of one year, and how it stands to the calendar in force."""

    year: int
    days: tuple[NamedDay, ...]
    url: str
    warnings: tuple[str, ...]
    is_known: bool

    @property
    def standard_title(self) -> str:
        """The title that the State Council's notices bear."""
        return f"国务院办公厅关于{self.year}年部分节假日安排的通知"


@dataclass(slots=True)
class Reading:
    """A file as read: its years, or findings that keep it out."""

    years: list[YearDays] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def new_years(self) -> list[YearDays]:
        """Years that say something the calendar does not know; none while anything is wrong."""
        return [] if self.findings else [year for year in self.years if not year.is_known]


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    day: NamedDay
    year: int
    url: str


def read_notice(table: Table, cal: WorkCalendar) -> Reading:
    """What ``table`` says, against the calendar in force. Raises ``FileUnreadable`` for a useless header."""
    columns = columns_of(table.header)
    if len(table.rows) > MAX_ROWS:
        raise FileUnreadable(f"文件超过{MAX_ROWS}行，不像放假通知，请核对。")
    if not table.rows:
        raise FileUnreadable("文件只有表头，没有任何日期。")
    reading = Reading()
    rows = [row for row in (_parse(row, columns, reading.findings) for row in table.rows) if row]
    _find_doubled(rows, columns, reading.findings)
    by_year: dict[int, list[_Row]] = defaultdict(list)
    for row in rows:
        by_year[row.year].append(row)
    for year, found in sorted(by_year.items()):
        days = tuple(sorted(row.day for row in found))
        url = next((row.url for row in found if row.url), "")
        known = says_nothing_new(cal, year, days)
        reading.years.append(YearDays(year, days, url, tuple(warnings_of(year, days)), known))
    return reading


def columns_of(header: Sequence[str]) -> dict[str, int]:
    """Which column holds which field. Raises ``FileUnreadable`` naming what is missing."""
    spelled = [re.sub(r"[\s*（()）]", "", title).lower() for title in header]
    columns: dict[str, int] = {}
    for name, titles in HEADINGS.items():
        places = [place for title in titles for place, text in enumerate(spelled) if text == title]
        if places:
            columns[name] = places[0]
    missing = [HEADINGS[name][0] for name in REQUIRED if name not in columns]
    if missing:
        seen = "、".join(title for title in header if title) or "（空）"
        raise FileUnreadable(f"表头缺少：{'、'.join(missing)}。文件第1行现有：{seen}")
    return columns


def draft_for(found: YearDays, *, title: str, document_no: str, url: str, published_on: date) -> Draft:
    """The notice to propose for one year of the file; empty words take the standard ones."""
    text = NoticeText(
        title=title or found.standard_title,
        document_no=document_no,
        year=found.year,
        url=url or found.url,
        published_on=published_on,
    )
    return Draft(text=text, kind=NoticeKind.NATIONAL, days=found.days)


def _parse(row: TableRow, columns: Mapping[str, int], findings: list[Finding]) -> _Row | None:
    raw = {name: row.cells[place] if place < len(row.cells) else "" for name, place in columns.items()}
    before = len(findings)

    def tell(name: str, message: str) -> None:
        findings.append(_finding(row.number, columns, name, message))

    day, worked = _date(raw["date"]), _worked(raw["kind"])
    if day is None:
        tell("date", f"“{raw['date']}”不是日期，应写作 2027-01-01" if raw["date"] else "不能为空")
    if worked is None:
        tell("kind", f"“{raw['kind']}”无法识别，应为“放假”或“上班”" if raw["kind"] else "不能为空")
    if not raw["name"]:
        tell("name", "不能为空")
    elif len(raw["name"]) > NAME_LENGTH:
        tell("name", f"超过{NAME_LENGTH}个字符")
    year = _year(raw.get("year", ""), day, tell)
    url = raw.get("url", "")
    if url and not url.startswith(("http://", "https://")):
        tell("url", "应以 http:// 或 https:// 开头")
    if day is None or worked is None or len(findings) > before:
        return None
    return _Row(row.number, NamedDay(day, worked, raw["name"]), year, url)


def _year(text: str, day: date | None, tell: Callable[[str, str], None]) -> int:
    """The year of the notice: its own column, else that of the day; December belongs to the year after it."""
    if day is None:
        return 0
    if not text:
        return day.year + (day.month == DECEMBER)
    year = int(text) if re.fullmatch(r"(19|20)\d\d", text) else 0
    if not day.year <= year <= day.year + (day.month == DECEMBER):
        tell("year", f"“{text}”与日期{day.isoformat()}不符")
    return year


def _find_doubled(rows: Sequence[_Row], columns: Mapping[str, int], findings: list[Finding]) -> None:
    first: dict[date, int] = {}
    for row in rows:
        if row.day.date in first:
            message = f"{row.day.date.isoformat()}与第{first[row.day.date]}行重复"
            findings.append(_finding(row.number, columns, "date", message))
        first.setdefault(row.day.date, row.number)


def _finding(number: int, columns: Mapping[str, int], name: str, message: str) -> Finding:
    return Finding(number, f"{column_letter(columns[name])}{number}", HEADINGS[name][0], message)


def _date(text: str) -> date | None:
    found = _DATE.fullmatch(re.sub(r"\s", "", text))
    if found is None:
        return None
    year, month, day = (int(part) for part in found.groups() if part)
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _worked(text: str) -> bool | None:
    word = text.strip().lower()
    return True if word in WORK else False if word in OFF else None
