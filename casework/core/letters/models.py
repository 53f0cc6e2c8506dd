"""Letters between departments, their recipients and the five facts; notices to the applicant."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from casework.core.cases.models import Case
from casework.core.clocks.models import Duty
from casework.core.files.models import StoredFile
from casework.core.rules_data.models import LimitRule
from portal.accounts.models import Department, signed


class LetterKind(models.TextChoices):
    """What a letter is; what follows from it stands in ``letters/kinds.py``."""

    CIRCULATION = "circulation", "联合审批流转单"
    RESULT = "result", "审批结果推送"
    OBJECTION = "objection", "疑义反馈函"
    OBJECTION_ANSWER = "objection_answer", "疑义答复函"


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
    sent_for = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="被代理人",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    files = models.ManyToManyField(StoredFile, through="LetterFile", related_name="letters")

    class Meta:
        verbose_name = verbose_name_plural = "函件"
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def handled_by(self) -> str:
        """Who sent it, as it is shown; "" for the platform itself."""
        return signed(str(self.sent_by or ""), str(self.sent_for or ""))


class LetterFile(models.Model):
    """A file that went with a letter, with the digest it had then."""

    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, related_name="attachments")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    sha256 = models.CharField("摘要", max_length=64)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["letter", "file"], name="one_letter_file")]


def _person(label: str | None = None) -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=label, null=True, on_delete=models.PROTECT, related_name="+"
    )


def _pair(fact: str, **others: str) -> models.CheckConstraint:
    """Who and when are set together or not at all; ``others`` are texts that are then filled, else empty."""
    texts = dict.fromkeys(others.values(), "")
    filled = Q(**{f"{fact}_at__isnull": False, f"{fact}_by__isnull": False})
    for name in texts:
        filled &= ~Q(**{name: ""})
    return models.CheckConstraint(
        condition=Q(**{f"{fact}_at": None, f"{fact}_by": None, **texts}) | filled,
        name=f"recipient_{fact}_pair",
    )


class Recipient(models.Model):
    """A department that a letter was sent to. Delivered, opened, claimed, objected, answered – and returned –
    are separate facts, each with actor and time; nothing is ever claimed automatically."""

    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, related_name="recipients")
    # The letter's, kept here so that the list of sent letters is one walk along one index.
    sender = models.ForeignKey(
        Department, verbose_name="发函单位", on_delete=models.PROTECT, related_name="sent_to"
    )
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="received_letters")
    # What the letter's kind expects of the receiver, from delivery on; None when it expects nothing.
    duty = models.OneToOneField(Duty, null=True, on_delete=models.PROTECT, related_name="recipient")
    delivered_at = models.DateTimeField("送达时间")
    opened_at = models.DateTimeField("打开时间", null=True)
    opened_by = _person()
    opened_for = _person("打开被代理人")
    claimed_at = models.DateTimeField("认领时间", null=True)
    claimed_by = _person()
    returned_at = models.DateTimeField("退回时间", null=True)
    returned_by = _person()
    return_reason = models.CharField("退回理由", max_length=500, blank=True)
    # In whose name a substitute claimed or returned, objected, answered (委托代理).
    settled_for = _person("认领或退回被代理人")
    objected_at = models.DateTimeField("提出疑义时间", null=True)
    objected_by = _person()
    objected_for = _person("提出疑义被代理人")
    answered_at = models.DateTimeField("答复时间", null=True)
    answered_by = _person()
    answered_for = _person("答复被代理人")

    class Meta:
        verbose_name = verbose_name_plural = "收函单位"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["letter", "department"], name="one_recipient"),
            _pair("opened"),
            _pair("claimed"),
            _pair("returned", reason="return_reason"),
            _pair("objected"),
            _pair("answered"),
            models.CheckConstraint(
                condition=Q(claimed_at=None) | Q(returned_at=None), name="recipient_claimed_or_returned"
            ),
            models.CheckConstraint(
                condition=Q(objected_at=None) | Q(returned_at=None) | Q(objected_at__lte=F("returned_at")),
                name="recipient_objected_before_return",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["department", "-id"], name="recipient_dept"),
            models.Index(
                fields=["department", "delivered_at", "id"],
                condition=Q(claimed_at=None, returned_at=None),
                name="recipient_unclaimed",
            ),
            models.Index(fields=["sender", "-id"], name="recipient_sender"),
            models.Index(
                fields=["department", "-id"], condition=Q(opened_at=None), name="recipient_dept_unopened"
            ),
            models.Index(
                fields=["sender", "-id"], condition=Q(opened_at=None), name="recipient_sender_unopened"
            ),
        ]

    @property
    def thread(self) -> str:
        """What the duties at this receiver are named after: "push:12" of ``claim:push:12``."""
        return self.duty.key.partition(":")[2] if self.duty else f"recipient:{self.pk}"

    @property
    def opener(self) -> str:
        """Who opened it, as it is shown."""
        return signed(str(self.opened_by or ""), str(self.opened_for or ""))

    @property
    def settler(self) -> str:
        """Who claimed or returned it, as it is shown."""
        return signed(str(self.claimed_by or self.returned_by or ""), str(self.settled_for or ""))

    @property
    def objector(self) -> str:
        """Who objected, as it is shown."""
        return signed(str(self.objected_by or ""), str(self.objected_for or ""))

    @property
    def answerer(self) -> str:
        """Who answered, as it is shown."""
        return signed(str(self.answered_by or ""), str(self.answered_for or ""))


class Objection(models.Model):
    """A receiver's doubt about a letter (疑义, 9.1): in writing, and answered in writing.

    It travels as a letter of its own to the case's approver, and so does the answer. Both texts stand here.
    """

    recipient = models.OneToOneField(Recipient, on_delete=models.PROTECT, related_name="objection")
    # The approver's receipt of the letter that carries the objection: its duty, its opening, its answer.
    asked = models.OneToOneField(Recipient, on_delete=models.PROTECT, related_name="asks")
    reason = models.TextField("疑义")
    # The period it was judged by. No end: it had not begun, so the objection cannot be late.
    rule = models.ForeignKey(LimitRule, verbose_name="期限规则", on_delete=models.PROTECT, related_name="+")
    due_at = models.DateTimeField("提出期限", null=True)
    answer = models.TextField("答复", blank=True)
    answer_letter = models.OneToOneField(Letter, null=True, on_delete=models.PROTECT, related_name="answers")

    class Meta:
        verbose_name = verbose_name_plural = "疑义反馈"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(answer="", answer_letter=None) | ~Q(answer="") & Q(answer_letter__isnull=False),
                name="objection_answer_with_letter",
            )
        ]

    def __str__(self) -> str:
        return f"{self.asked.letter.number}"

    @property
    def is_late(self) -> bool:
        """Whether it was made after its period; it is accepted all the same (9.1)."""
        at = self.recipient.objected_at
        return self.due_at is not None and at is not None and at > self.due_at


class Notice(models.Model):
    """A dated paper for the applicant: its text is frozen when it is made (行政许可法 32, 38)."""

    class Kind(models.TextChoices):
        ACCEPTANCE = "acceptance", "受理通知书"
        REFUSED_ACCEPTANCE = "refused_acceptance", "不予受理决定书"
        GRANT = "grant", "准予行政许可决定书"
        REFUSAL = "refusal", "不予行政许可决定书"
        EXTENSION = "extension", "延长审批期限告知书"
        WITHDRAWAL = "withdrawal", "终止办理告知书"
        CORRECTION = "correction", "补正告知书"
        RETURN = "return", "退回申请告知书"

    number = models.CharField("文号", max_length=40, unique=True)
    kind = models.CharField("类别", max_length=30, choices=Kind.choices)
    case = models.ForeignKey(Case, verbose_name="办件", on_delete=models.PROTECT, related_name="notices")
    issuer = models.ForeignKey(
        Department, verbose_name="出具单位", on_delete=models.PROTECT, related_name="+"
    )
    paragraphs = models.JSONField("正文段落")
    made_at = models.DateTimeField("出具时间")
    made_by = models.ForeignKey(  # None = the platform, when a time is over
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

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
