from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from casework.core.ledger.anchors import BadAnchor, public_key, read_files
from casework.core.ledger.chain import Anchor, Verdict, from_lines, to_line, walk
from casework.core.ledger.queries import kept_anchors, sealed_entries, verify


class Command(BaseCommand):
    help = "核验存证链：逐项比对内容、摘要、前后衔接和对外留存的链首；不通过时指出第一处并以非零状态退出。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--anchors", type=Path, metavar="目录", help="对外留存的链首文件所在目录")
        parser.add_argument("--public-key", default="", metavar="公钥", help="验签公钥（缺省为本平台公钥）")
        parser.add_argument("--export", type=Path, metavar="文件", help="导出全部存证，供在别处核验")
        parser.add_argument(
            "--from", type=Path, dest="source", metavar="文件", help="核验导出的文件，不读数据库"
        )
        parser.add_argument("--show-public-key", action="store_true", help="只显示本平台的验签公钥")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["show_public_key"]:
            self.stdout.write(public_key())
        elif options["export"]:
            self._export(options["export"])
        else:
            self._verify(options["source"], self._outside(options["anchors"], options["public_key"]))

    def _export(self, target: Path) -> None:
        lines = 0
        with target.open("w", encoding="utf-8") as stream:
            for entry in sealed_entries():
                stream.write(to_line(entry) + "\n")
                lines += 1
        self.stdout.write(f"已导出{lines}项存证。")

    def _outside(self, folder: Path | None, key: str) -> list[Anchor]:
        try:
            return read_files(folder, key) if folder else []
        except BadAnchor as bad:
            raise CommandError(f"链首不可用：{bad}") from bad

    def _verify(self, source: Path | None, outside: list[Anchor]) -> None:
        try:
            verdict = self._walk_file(source, outside) if source else verify([*kept_anchors(), *outside])
        except (OSError, ValueError) as error:
            raise CommandError(f"导出文件无法读取：{error}") from error
        if verdict.bad_seq is not None:
            raise CommandError(
                f"核验未通过：第{verdict.bad_seq}项{verdict.reason}，其前{verdict.checked}项完好。"
            )
        self.stdout.write(f"核验通过：{verdict.checked}项存证完整，与{verdict.anchors}个链首一致。")
        if not outside:
            self.stdout.write("未用平台外留存的链首核对（--anchors）：整体改写只有与其比对才能发现。")

    def _walk_file(self, source: Path, outside: list[Anchor]) -> Verdict:
        with source.open(encoding="utf-8") as stream:
            return walk(from_lines(stream), outside)
