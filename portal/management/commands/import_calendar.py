"""``manage.py import_calendar FILE``: a holiday notice (xlsx or csv) becomes a proposal; it is not in force by this."""

from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from casework.core.errors import Refusal
from casework.core.rule_changes.importing import Reading, YearDays, read_notice
from casework.core.rule_changes.proposing import Words, propose_years
from casework.core.worktime.queries import current_calendar
from cms_pages.importing.tables import FileUnreadable, read_table
from portal.accounts.models import User


class Command(BaseCommand):
    help = "读取放假通知（xlsx 或 csv），提出工作日历变更，由安全管理员在 /cms/ 审定后生效。可重复运行。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "file", type=Path, help="表头：日期、类型（放假或上班）、名称；可有：年份、原文网址"
        )
        parser.add_argument("--dry-run", action="store_true", help="只检查，不提出")
        parser.add_argument("--by", default="", metavar="账号", help="提出人：系统管理员的账号")
        parser.add_argument(
            "--published", type=date.fromisoformat, metavar="日期", help="通知的发布日期，如 2026-11-05"
        )
        parser.add_argument("--title", default="", help="通知标题（缺省为国务院办公厅通知的固定标题）")
        parser.add_argument("--document-no", default="", help="文号")
        parser.add_argument("--url", default="", help="原文网址（缺省取文件中的）")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            reading = read_notice(read_table(path), current_calendar())
        except FileUnreadable as error:
            raise CommandError(str(error)) from error
        for line in report(reading):
            self.stdout.write(line)
        if reading.findings:
            raise CommandError(f"文件中有{len(reading.findings)}处错误，没有提出任何变更。")
        if options["dry_run"]:
            self.stdout.write("这是试运行，没有写入任何内容。")
        elif reading.new_years:
            self._propose(reading, path.name, options)
        else:
            self.stdout.write("日历中都已有，没有提出任何变更。")

    def _propose(self, reading: Reading, file_name: str, options: dict[str, Any]) -> None:
        by = User.objects.filter(username=options["by"]).first()
        if by is None:
            raise CommandError("请用 --by 写明提出人的账号（系统管理员）。")
        if options["published"] is None:
            raise CommandError("请用 --published 写明通知的发布日期：同一日期有多份通知时，以后发布的为准。")
        words = Words(options["published"], options["title"], options["document_no"], options["url"])
        try:
            made, waiting = propose_years(reading, words, file_name=file_name, by=by, now=timezone.now())
        except (Refusal, PermissionDenied) as refused:
            raise CommandError(str(refused)) from refused
        for change in made:
            self.stdout.write(f"已提出：{change.title}，请由安全管理员在 /cms/ 审定。")
        for year in waiting:
            self.stdout.write(f"{year}年的通知已在等待审定，没有重复提出。")


def report(reading: Reading) -> Iterator[str]:
    """What the file says, year by year, and everything wrong with it."""
    for year in reading.years:
        yield _of_year(year)
        yield from (f"  提示：{warning}" for warning in year.warnings if not year.is_known)
    yield from (f"  {finding}" for finding in reading.findings)


def _of_year(found: YearDays) -> str:
    off = sum(not day.is_workday for day in found.days)
    said = f"{found.year}年：放假{off}天，上班{len(found.days) - off}天"
    return f"{said}，日历中已有" if found.is_known else said
