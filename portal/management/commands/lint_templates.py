from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from portal.templatelint import lint_folders

FOLDERS = ("templates", "portal", "cms_pages", "casework", "static")


class Command(BaseCommand):
    help = "Refuse templates that the strict content security policy would break."

    def handle(self, *args: Any, **options: Any) -> None:
        findings = lint_folders(settings.BASE_DIR / name for name in FOLDERS)
        for finding in findings:
            self.stderr.write(str(finding))
        if findings:
            raise CommandError(f"模板检查未通过：{len(findings)} 处")
        self.stdout.write("模板检查通过")
