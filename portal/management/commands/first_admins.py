"""``manage.py first_admins``: the first three administrators of a fresh installation."""

import getpass
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from portal.accounts.first_people import FirstPerson, found_administrators
from portal.accounts.groups import sync_groups
from portal.accounts.roles import Role

OPTIONS = {Role.SYSADMIN: "sysadmin", Role.SECURITY_ADMIN: "security-admin", Role.AUDITOR: "auditor"}


class Command(BaseCommand):
    help = "建立首批系统管理员、安全管理员、安全审计员（三个不同的人，仅一次）。初始密码只显示一次，首次登录须修改。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--department", required=True, help="三人所在单位的名称；没有该单位时一并设立")
        for role, name in OPTIONS.items():
            parser.add_argument(f"--{name}", required=True, metavar="用户名:姓名", help=str(role.label))
        source = parser.add_mutually_exclusive_group()
        source.add_argument("--prompt", action="store_true", help="逐个输入初始密码，不回显")
        source.add_argument(
            "--passwords", metavar="文件", help="从文件读取初始密码，每行“用户名:密码”；- 为标准输入"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        given = {role: self.person(role, options[name.replace("-", "_")]) for role, name in OPTIONS.items()}
        known = self.passwords(options, [username for username, _ in given.values()])
        people = {
            role: FirstPerson(username, name, known.get(username, ""))
            for role, (username, name) in given.items()
        }
        try:
            sync_groups(today=timezone.localdate())
            made = found_administrators(department=options["department"], people=people, now=timezone.now())
        except ValidationError as refused:
            raise CommandError("；".join(refused.messages)) from refused
        self.stdout.write("已建立首批管理员：")
        for role, person in made:
            shown = "（由您指定）" if known else person.password
            self.stdout.write(f"  {role.label}　{person.name}　用户名 {person.username}　初始密码 {shown}")
        self.stdout.write("初始密码只显示这一次，请分别交给本人；首次登录须修改密码，并按要求启用动态口令。")

    def person(self, role: Role, text: str) -> tuple[str, str]:
        """User name and name as the option writes them."""
        username, _, name = text.replace("：", ":").partition(":")
        if not username.strip() or not name.strip():
            raise CommandError(f"--{OPTIONS[role]} 须写成 用户名:姓名，例如 admin01:示例甲。")
        return username.strip(), name.strip()

    def passwords(self, options: dict[str, Any], usernames: list[str]) -> dict[str, str]:
        """Initial passwords by user name, asked for or read; empty when the platform makes them."""
        if options["prompt"]:
            return {username: getpass.getpass(f"{username} 的初始密码：") for username in usernames}
        if not options["passwords"]:
            return {}
        try:
            text = (
                sys.stdin.read()
                if options["passwords"] == "-"
                else Path(options["passwords"]).read_text("utf-8")
            )
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"无法读取密码文件：{error}") from error
        rows = [line.partition(":") for line in text.splitlines() if line.strip()]
        found = {username.strip(): password for username, _, password in rows}
        without = [username for username in usernames if not found.get(username)]
        if without:
            raise CommandError(f"密码文件中没有：{'、'.join(without)}")
        return found
