"""Requests for more time. Exported by ``models``."""

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from casework.core import state_checks
from portal.accounts.models import signed

if TYPE_CHECKING:
    from casework.core.cases.models import Case


def _person(label: str) -> models.ForeignKey:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=label, null=True, on_delete=models.PROTECT, related_name="+"
    )


class ExtensionState(models.TextChoices):
    ASKED = "asked", "待批准"
    APPROVED = "approved", "已批准"
    REFUSED = "refused", "不予批准"


class Extension(models.Model):
    """More time, asked for by the handler and granted or refused by the leader (行政许可法 42).

    Once per duty, and one request at a time; nobody stands on both sides, as oneself or as a substitute.
    """

    duty = models.ForeignKey("casework.Duty", on_delete=models.PROTECT, related_name="extensions")
    amount = models.DecimalField("延长", max_digits=6, decimal_places=1)
    reason = models.CharField("理由", max_length=300)
    basis = models.CharField("依据", max_length=300)
    state = models.CharField(
        "状态", max_length=10, choices=ExtensionState.choices, default=ExtensionState.ASKED
    )
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_for = _person("申请被代理人")
    asked_at = models.DateTimeField("申请时间")
    decided_by = _person("批准人")
    decided_for = _person("批准被代理人")
    decided_at = models.DateTimeField("批准时间", null=True)
    refusal = models.CharField("不予批准的理由", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "延期申请"
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            state_checks.known(ExtensionState, name="extension_state_known"),
            models.UniqueConstraint(
                fields=["duty", "state"], condition=Q(state__in=["asked", "approved"]), name="one_extension"
            ),
            models.CheckConstraint(
                condition=Q(state="asked", decided_by=None, decided_at=None)
                | Q(state__in=["approved", "refused"], decided_by__isnull=False, decided_at__isnull=False),
                name="extension_decided_pair",
            ),
            *(
                models.CheckConstraint(
                    condition=Q(**{decider: None}) | Q(**{asker: None}) | ~Q(**{decider: models.F(asker)}),
                    name=f"extension_{asker}_not_{decider}",
                )
                for asker in ("asked_by", "asked_for")
                for decider in ("decided_by", "decided_for")
            ),
        ]

    @property
    def case(self) -> "Case | None":
        """The case that the clock belongs to."""
        return self.duty.case

    @property
    def asker(self) -> str:
        """Who asked, as it is shown."""
        return signed(str(self.asked_by), str(self.asked_for or ""))

    @property
    def decider(self) -> str:
        """Who granted or refused, as it is shown."""
        return signed(str(self.decided_by or ""), str(self.decided_for or ""))
