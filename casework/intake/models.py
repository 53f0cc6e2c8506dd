"""What the window keeps of a case: the four checks and the materials (7.1)."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from casework.core.cases.models import Case
from casework.core.files.models import StoredFile
from portal.accounts.models import signed


class HandlingKind(models.TextChoices):
    NEW = "new", "新办"
    AMEND = "amend", "变更"
    RENEW = "renew", "延续"
    CANCEL = "cancel", "注销"
    REISSUE = "reissue", "补证"


class IntakeRecord(models.Model):
    """The window's part of a case."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="intake")
    handling_kind = models.CharField(
        "办理项", max_length=20, choices=HandlingKind.choices, default=HandlingKind.NEW
    )
    summary = models.CharField("申请内容", max_length=500)
    address = models.CharField("生产经营或活动地址", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "收件记录"


class CheckKind(models.TextChoices):
    """The four things that the window examines (7.1)."""

    COMPLETENESS = "completeness", "完整性"
    AUTHENTICITY = "authenticity", "真实性"
    FORM = "form", "规范性"
    LEGALITY = "legality", "合法性"


class MaterialCheck(models.Model):
    """The result of one of the four checks, with person and time."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="checks")
    kind = models.CharField("审查内容", max_length=20, choices=CheckKind.choices)
    passed = models.BooleanField("是否通过")
    remark = models.CharField("说明", max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_for = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="被代理人",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    at = models.DateTimeField("审查时间")

    class Meta:
        verbose_name = verbose_name_plural = "四项审查"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "kind"], name="one_check_per_kind"),
            models.CheckConstraint(condition=Q(passed=True) | ~Q(remark=""), name="failed_check_says_why"),
        ]

    @property
    def checker(self) -> str:
        """Who checked, as it is shown."""
        return signed(str(self.by), str(self.made_for or ""))


class SubmittedMaterial(models.Model):
    """A row of the guide version's checklist, as the applicant met it."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="materials")
    position = models.PositiveSmallIntegerField("序号")
    name = models.CharField("材料名称", max_length=300)
    necessity = models.CharField("必要性", max_length=1)
    provided = models.BooleanField("已提交", default=False)
    files = models.ManyToManyField(StoredFile, related_name="materials")

    class Meta:
        verbose_name = verbose_name_plural = "申请材料"
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "position"], name="one_material_row")
        ]
