"""A licence and its state."""

from typing import ClassVar

from django.db import models

from casework.core import state_checks
from casework.core.cases.models import Case
from casework.core.subjects.models import Subject
from cms_pages.models import ServiceItem
from portal.accounts.models import Department


class LicenceState(models.TextChoices):
    VALID = "valid", "有效"
    REVOKED = "revoked", "撤销"
    WITHDRAWN = "withdrawn", "撤回"
    AMENDED = "amended", "变更"
    CANCELLED = "cancelled", "注销"
    STRIPPED = "stripped", "吊销"
    EXPIRED = "expired", "过期"


class Licence(models.Model):
    """What a grant gave its holder: number, scope, validity, state (7.4)."""

    number = models.CharField("证件编号", max_length=80, unique=True)
    name = models.CharField("证件名称", max_length=200)
    case = models.OneToOneField(Case, verbose_name="办件", on_delete=models.PROTECT, related_name="licence")
    item = models.ForeignKey(
        ServiceItem, verbose_name="事项", on_delete=models.PROTECT, related_name="licences"
    )
    holder = models.ForeignKey(
        Subject, verbose_name="持证人", on_delete=models.PROTECT, related_name="licences"
    )
    holder_name = models.CharField("持证人名称", max_length=200)
    scope = models.TextField("许可范围")
    issued_by = models.ForeignKey(
        Department, verbose_name="发证机关", on_delete=models.PROTECT, related_name="+"
    )
    issued_at = models.DateTimeField("发证时间")
    valid_from = models.DateField("有效期起")
    valid_to = models.DateField("有效期止", null=True, help_text="空为长期")
    state = models.CharField("状态", max_length=20, choices=LicenceState.choices, default=LicenceState.VALID)

    class Meta:
        verbose_name = verbose_name_plural = "许可证件"
        indexes: ClassVar = [models.Index(fields=["holder", "-id"], name="licence_holder")]
        constraints: ClassVar = [state_checks.known(LicenceState, name="licence_state_known")]

    def __str__(self) -> str:
        return f"{self.name} {self.number}"
