"""``manage.py import_items FILE``: an item list (xlsx or csv) into the catalogue, guides as drafts."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from cms_pages.importing.actions import apply_plan, interrupted
from cms_pages.importing.plan import Plan, make_plan
from cms_pages.importing.report import report
from cms_pages.importing.rules import HeaderUnusable
from cms_pages.importing.tables import FileUnreadable, read_table
from cms_pages.site import ensure_site, guide_index


class Command(BaseCommand):
    help = "导入事项清单（xlsx 或 csv），并为每个事项建立办事指南草稿。可重复运行。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="事项清单文件")
        parser.add_argument("--dry-run", action="store_true", help="只检查，不写入")
        parser.add_argument("--by", default="", help="导入人姓名，记入导入批次")
        parser.add_argument("--full", action="store_true", help="列出全部提示")
        parser.add_argument("--compare", action="store_true", help="与只读取文件的用时比较")

    def handle(self, *args: Any, **options: Any) -> None:
        dry_run: bool = options["dry_run"]
        started = time.perf_counter()
        try:
            table = read_table(options["file"])
            read_seconds = time.perf_counter() - started
            plan = make_plan(table)
        except (FileUnreadable, HeaderUnusable) as error:
            raise CommandError(str(error)) from error
        resumed = interrupted(plan)
        written = False if dry_run else self._write(plan, options["by"])
        seconds = time.perf_counter() - started
        for line in report(plan, dry_run=dry_run, written=written, resumed=resumed, full=options["full"]):
            self.stdout.write(line)
        rows = len(table.rows)
        self.stdout.write(f"用时 {seconds:.2f} 秒，每秒 {rows / seconds:.0f} 行")
        if options["compare"]:
            times = seconds / read_seconds
            self.stdout.write(
                f"只读取文件 {read_seconds:.3f} 秒，每秒 {rows / read_seconds:.0f} 行；导入为其 {times:.1f} 倍"
            )

    def _write(self, plan: Plan, by: str) -> bool:
        if guide_index() is None:
            ensure_site(settings.PUBLIC_URL)
        with tqdm(total=len(plan.table.rows), desc="导入", unit="行", disable=None) as bar:
            return apply_plan(plan, by=by, now=timezone.now(), progress=bar.update) is not None
