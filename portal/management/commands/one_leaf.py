from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.migrations.loader import MigrationLoader


class Command(BaseCommand):
    help = "Refuse two leaf migrations in one app: two branches that were merged without a merge migration."

    def handle(self, *args: Any, **options: Any) -> None:
        conflicts = MigrationLoader(None).detect_conflicts()
        for app, names in sorted(conflicts.items()):
            self.stderr.write(f"{app}: {', '.join(sorted(names))}")
        if conflicts:
            raise CommandError("迁移有两个末端，请合并后再提交。")
        self.stdout.write("迁移检查通过")
