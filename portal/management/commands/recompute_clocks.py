"""``manage.py recompute_clocks [--check]``: the stored clocks against the facts they derive from."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from casework.core.clocks.recomputing import differences, put_all_right


class Command(BaseCommand):
    help = "按事实和工作日历重新推算时限：更正未结任务；已结任务按认定时的日历核对，不改动。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="只核对，不写入；有不一致时以 1 退出")

    def handle(self, *args: Any, **options: Any) -> None:
        corrected = 0 if options["check"] else put_all_right(now=timezone.now())
        left = 0
        for difference in differences():
            self.stdout.write(f"  {difference}")
            left += 1
        if not options["check"]:
            self.stdout.write(f"已更正{corrected}项未结任务。")
        if left:
            raise CommandError(f"有{left}处与事实不一致。", returncode=1)
        self.stdout.write("全部时限与事实一致。")
