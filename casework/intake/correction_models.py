"""What the applicant was told to correct, once (一次性告知补正, 7.1; 行政许可法 32)."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from casework.core.cases.models import Case
from casework.core.letters.models import Notice
from casework.intake.models import SubmittedMaterial
from portal.accounts.models import signed


class CorrectionRequest(models.Model):
    """The one notice of a case, and how it ended: corrected in time, or returned."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="correction")
    notice = models.OneToOneField(Notice, on_delete=models.PROTECT, related_name="correction")
    asked_at = models.DateTimeField("告知时间")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_for = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="被代理人",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    resubmitted_at = models.DateTimeField("补正齐全时间", null=True)
    resubmitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    returned_at = models.DateTimeField("退回时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "补正告知"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(resubmitted_at=None, resubmitted_by=None)
                | Q(resubmitted_at__isnull=False, resubmitted_by__isnull=False, returned_at=None),
                name="correction_ends_once",
            )
        ]

    @property
    def asker(self) -> str:
        """Who told the applicant, as it is shown."""
        return signed(str(self.asked_by), str(self.asked_for or ""))


class CorrectionItem(models.Model):
    """One thing to be corrected: about a material of the checklist, or about none."""

    correction = models.ForeignKey(CorrectionRequest, on_delete=models.PROTECT, related_name="items")
    material = models.ForeignKey(SubmittedMaterial, null=True, on_delete=models.PROTECT, related_name="+")
    what = models.CharField("补正内容", max_length=300)
    met_at = models.DateTimeField("补正时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "补正内容"
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["correction", "material"], name="one_item_per_material")
        ]

    @property
    def label(self) -> str:
        """As the notice names it."""
        return f"{self.material.name}：{self.what}" if self.material else self.what
