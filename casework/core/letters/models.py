"""Letters between departments, their recipients and the five facts; notices to the applicant."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from casework.core.cases.models import Case
from casework.core.files.models import StoredFile
from portal.accounts.models import Department


class LetterKind(models.TextChoices):
    """What a letter is; what follows from it stands in ``letters/kinds.py``."""

    CIRCULATION = "circulation", "联合审批流转单"
    RESULT = "result", "审批结果推送"


class Letter(models.Model):
    """What one department sends others through the platform; its text is frozen when it is born."""

    number = models.CharField("函件编号", max_length=40, unique=True)
    kind = models.CharField("类别", max_length=30, choices=LetterKind.choices)
    clause = models.CharField("条款", max_length=20)
    case = models.ForeignKey(Case, verbose_name="办件", on_delete=models.PROTECT, related_name="letters")
    sender = models.ForeignKey(
        Department, verbose_name="发函单位", on_delete=models.PROTECT, related_name="+"
    )
    title = models.CharField("标题", max_length=300)
    facts = models.JSONField("要素", help_text="随函结构化数据，不含自然人证件号码与电话")
    sent_at = models.DateTimeField("发出时间")
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="经手人", null=True, on_delete=models.PROTECT, related_name="+"
    )
    files = models.ManyToManyField(StoredFile, through="LetterFile", related_name="letters")

    class Meta:
        verbose_name = verbose_name_plural = "函件"
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class LetterFile(models.Model):
    """A file that went with a letter, with the digest it had then."""

    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, related_name="attachments")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    sha256 = models.CharField("摘要", max_length=64)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["letter", "file"], name="one_letter_file")]


class Recipient(models.Model):
    """A department that a letter was sent to. Delivered, opened, claimed, returned are separate facts,
    each with actor and time; nothing is ever claimed automatically."""

    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, related_name="recipients")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="received_letters")
    delivered_at = models.DateTimeField("送达时间")
    opened_at = models.DateTimeField("打开时间", null=True)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    claimed_at = models.DateTimeField("认领时间", null=True)
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    returned_at = models.DateTimeField("退回时间", null=True)
    returned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    return_reason = models.CharField("退回理由", max_length=500, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "收函单位"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["letter", "department"], name="one_recipient"),
            models.CheckConstraint(
                condition=Q(opened_at=None, opened_by=None)
                | Q(opened_at__isnull=False, opened_by__isnull=False),
                name="recipient_opened_pair",
            ),
            models.CheckConstraint(
                condition=Q(claimed_at=None, claimed_by=None)
                | Q(claimed_at__isnull=False, claimed_by__isnull=False),
                name="recipient_claimed_pair",
            ),
            models.CheckConstraint(
                condition=Q(returned_at=None, returned_by=None, return_reason="")
                | Q(returned_at__isnull=False, returned_by__isnull=False) & ~Q(return_reason=""),
                name="recipient_returned_pair",
            ),
            models.CheckConstraint(
                condition=Q(claimed_at=None) | Q(returned_at=None), name="recipient_claimed_or_returned"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["department", "-id"], name="recipient_dept"),
            models.Index(
                fields=["department", "delivered_at", "id"],
                condition=Q(claimed_at=None, returned_at=None),
                name="recipient_unclaimed",
            ),
        ]


class Notice(models.Model):
    """A dated paper for the applicant: its text is frozen when it is made (行政许可法 32, 38)."""

    class Kind(models.TextChoices):
        ACCEPTANCE = "acceptance", "受理通知书"
        REFUSED_ACCEPTANCE = "refused_acceptance", "不予受理决定书"
        GRANT = "grant", "准予行政许可决定书"
        REFUSAL = "refusal", "不予行政许可决定书"

    number = models.CharField("文号", max_length=40, unique=True)
    kind = models.CharField("类别", max_length=30, choices=Kind.choices)
    case = models.ForeignKey(Case, verbose_name="办件", on_delete=models.PROTECT, related_name="notices")
    issuer = models.ForeignKey(
        Department, verbose_name="出具单位", on_delete=models.PROTECT, related_name="+"
    )
    paragraphs = models.JSONField("正文段落")
    made_at = models.DateTimeField("出具时间")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "告知文书"
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"


class DocumentCounter(models.Model):
    """Gives running numbers of letters and notices per series and year."""

    series = models.CharField(max_length=20)
    year = models.PositiveIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["series", "year"], name="one_document_counter")
        ]
