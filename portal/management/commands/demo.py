"""``manage.py demo``: build the demo city once."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from portal.demo.build import NotEmpty, build, stands


class Command(BaseCommand):
    help = "在空数据库中建立演示城市（全部为示例数据）。已建立时不做任何改动。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--now", help="演示城市的“现在”，如 2026-11-23T09:00+08:00；默认为当前时间")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        if options["now"]:
            given = parse_datetime(options["now"])
            if given is None or given.tzinfo is None:
                raise CommandError("--now 须为带时区的时间，如 2026-11-23T09:00+08:00。")
            now = given
        if stands():
            self.stdout.write("演示城市已经建立，未作改动。")
            return
        try:
            built = build(now=now)
        except NotEmpty as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"演示城市已建立：{built.departments}个单位、{built.people}个账号、{built.items}个事项、"
            f"{built.cases}件办件、{built.entries}条存证。"
        )
