from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from portal import schedules


class Command(BaseCommand):
    help = "按 portal/schedules.py 同步定时任务：新增、更新，并删除表中已没有的任务。"

    def handle(self, *args: Any, **options: Any) -> None:
        kept, removed = schedules.sync(timezone.now())
        self.stdout.write(f"定时任务已同步：{kept} 项，删除 {removed} 项")
