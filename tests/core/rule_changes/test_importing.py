"""A holiday notice as a file: every wrong cell is named, nothing is proposed twice, nothing is in force by it."""

import io
import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from django.core.management import CommandError, call_command

from casework.core.rule_changes import actions
from casework.core.rule_changes.content import draft_of
from casework.core.rule_changes.importing import Reading, read_notice
from casework.core.rule_changes.models import RuleChange
from casework.core.worktime.notices import NamedDay
from casework.core.worktime.queries import calendar_version, current_calendar
from cms_pages.importing.tables import FileUnreadable, table_of
from tests.cast import NOW
from tests.core.worktime.calendars import CAL

pytestmark = pytest.mark.django_db

HEADER = ("日期", "类型", "名称")
ROWS = (
    ("2026-12-31", "放假", "元旦"),
    ("2027年1月1日", "放假", "元旦"),
    ("2027/1/9", "上班", "元旦"),
    ("20270206", "休", "春节"),
)
REAL = "cn_holiday_adjustments_2019_2026.csv"


def csv(
    rows: Sequence[Sequence[str]] = ROWS, header: Sequence[str] = HEADER, encoding: str = "utf-8"
) -> bytes:
    return "\n".join(",".join(cells) for cells in (header, *rows)).encode(encoding)


def read(content: bytes, name: str = "notice.csv") -> Reading:
    return read_notice(table_of(name, content), CAL)


@pytest.fixture
def notice_file(tmp_path: Path) -> Path:
    path = tmp_path / "放假通知.csv"
    path.write_bytes(csv())
    return path


def run(path: Path, *arguments: str) -> str:
    out = io.StringIO()
    call_command("import_calendar", str(path), *arguments, stdout=out)
    return out.getvalue()


SURE = ("--by", "sysadmin", "--published", "2026-11-05")


# -- reading --------------------------------------------------------------------------


def test_dates_and_words_in_their_usual_spellings() -> None:
    (year,) = read(csv()).new_years
    assert year.year == 2027
    assert year.days == (
        NamedDay(date(2026, 12, 31), False, "元旦"),
        NamedDay(date(2027, 1, 1), False, "元旦"),
        NamedDay(date(2027, 1, 9), True, "元旦"),
        NamedDay(date(2027, 2, 6), False, "春节"),
    )


def test_a_workbook_reads_like_a_csv_in_either_encoding() -> None:
    book, stream = openpyxl.Workbook(), io.BytesIO()
    book.active.append(list(HEADER))
    for day, *rest in ((date(2026, 12, 31), "放假", "元旦"), ("2027-01-01", "放假", "元旦")):
        book.active.append([day, *rest])
    book.save(stream)
    (first,) = read(stream.getvalue(), "通知.xlsx").years
    (second,) = read(csv(ROWS[:2], encoding="gb18030")).years
    assert first == second


def test_other_headings_years_and_addresses() -> None:
    header = ("date", "holiday_name", "day_kind", "official_notice_url", "year")
    (year,) = read(
        csv([("2026-12-31", "元旦", "off", "https://www.gov.cn/example", "2026")], header=header)
    ).years
    assert (year.year, year.url) == (2026, "https://www.gov.cn/example")


@pytest.mark.parametrize(
    ("row", "cell", "words"),
    [
        (("2027-02-30", "放假", "春节"), "A3", "“2027-02-30”不是日期"),
        (("", "放假", "春节"), "A3", "不能为空"),
        (("2027-02-06", "也许", "春节"), "B3", "“也许”无法识别"),
        (("2027-02-06", "", "春节"), "B3", "不能为空"),
        (("2027-02-06", "放假", ""), "C3", "不能为空"),
        (("2027-02-06", "放假", "春" * 61), "C3", "超过60个字符"),
        (("2026-12-31", "放假", "元旦"), "A3", "2026-12-31与第2行重复"),
    ],
)
def test_every_wrong_cell_is_named_and_keeps_the_file_out(row, cell, words) -> None:
    reading = read(csv([ROWS[0], row]))
    (finding,) = reading.findings
    assert (finding.row, finding.cell) == (3, cell)
    assert words in finding.message
    assert reading.new_years == []


@pytest.mark.parametrize("year", ["2025", "2028", "二〇二七", "0"])
def test_a_year_that_cannot_name_the_day(year) -> None:
    reading = read(csv([("2027-01-01", "放假", "元旦", year)], header=(*HEADER, "年份")))
    assert [finding.cell for finding in reading.findings] == ["D2"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (csv(header=("日期", "安排二", "名称")), "表头缺少：类型"),
        (csv([]), "文件只有表头"),
        (b"", "文件是空的"),
        (csv([ROWS[0]] * 2001), "超过2000行"),
    ],
)
def test_a_file_that_is_no_notice(content, words) -> None:
    with pytest.raises(FileUnreadable, match=words):
        read(content)


@pytest.mark.realdata
def test_the_years_that_are_published_are_all_known() -> None:
    reading = read(Path(os.environ["REAL_DATA_DIR"], REAL).read_bytes(), REAL)
    assert reading.findings == []
    assert [(year.year, year.is_known) for year in reading.years] == [(n, True) for n in range(2019, 2027)]
    assert all("gov.cn" in year.url for year in reading.years)


# -- the command ----------------------------------------------------------------------


def test_it_proposes_and_puts_nothing_in_force(notice_file, cast) -> None:
    before = calendar_version()
    assert "已提出：国务院办公厅关于2027年部分节假日安排的通知" in run(notice_file, *SURE)
    change = RuleChange.objects.get()
    assert (change.proposed_by, change.file_name) == (cast.sysadmin, "放假通知.csv")
    assert any("没有写到" in warning for warning in change.warnings)
    draft = draft_of(change)
    assert (draft.text.year, draft.text.published_on, len(draft.days)) == (2027, date(2026, 11, 5), 4)
    assert calendar_version() == before
    assert 2027 not in current_calendar().covered


def test_running_it_again_changes_nothing(notice_file, cast) -> None:
    run(notice_file, *SURE)
    assert "没有重复提出" in run(notice_file, *SURE)
    assert RuleChange.objects.count() == 1


def test_after_the_approval_the_file_is_known(notice_file, cast, admins) -> None:
    run(notice_file, *SURE)
    change = RuleChange.objects.get()
    actions.approve(change, version=calendar_version(), confirmed=0, by=admins.approver, now=NOW)
    assert "日历中都已有" in run(notice_file, *SURE)
    assert RuleChange.objects.count() == 1


def test_a_dry_run_needs_nobody_and_writes_nothing(notice_file, db) -> None:
    said = run(notice_file, "--dry-run")
    assert "2027年：放假3天，上班1天" in said
    assert "没有写入任何内容" in said
    assert not RuleChange.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--published", "2026-11-05"), "请用 --by"),
        (("--by", "sysadmin"), "请用 --published"),
        (("--by", "auditor", "--published", "2026-11-05"), "没有提出"),
    ],
)
def test_who_and_when_must_be_said(notice_file, cast, arguments, words) -> None:
    with pytest.raises(CommandError, match=words):
        run(notice_file, *arguments)
    assert not RuleChange.objects.exists()


def test_a_wrong_file_names_its_cells_and_proposes_nothing(tmp_path, cast) -> None:
    path = tmp_path / "wrong.csv"
    path.write_bytes(csv([*ROWS, ("2027-13-01", "放假", "春节")]))
    out = io.StringIO()
    with pytest.raises(CommandError, match="1处错误"):
        call_command("import_calendar", str(path), *SURE, stdout=out)
    assert "第6行 A6 日期：“2027-13-01”不是日期" in out.getvalue()
    assert not RuleChange.objects.exists()
    with pytest.raises(CommandError, match="找不到文件"):
        run(tmp_path / "none.csv")
