"""What an import left behind."""

from typing import ClassVar

from django.db import models


class ImportBatch(models.Model):
    """One run of an import: what came in, what was wrong with it."""

    file_name = models.CharField("文件名", max_length=200)
    sha256 = models.CharField("文件摘要", max_length=64)
    imported_at = models.DateTimeField("导入时间")
    imported_by = models.CharField("导入人", max_length=60, blank=True)
    rows = models.PositiveIntegerField("行数", default=0)
    created = models.PositiveIntegerField("新增", default=0)
    changed = models.PositiveIntegerField("更新", default=0)
    unchanged = models.PositiveIntegerField("未变", default=0)
    refused = models.PositiveIntegerField("未导入", default=0)
    complete = models.BooleanField("已完成", default=False, help_text="中断的导入再次运行后补齐")
    findings = models.JSONField("问题清单", default=list, help_text="行号、列、级别、说明")

    class Meta:
        verbose_name = verbose_name_plural = "导入批次"
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"{self.file_name}（{self.rows}行）"
