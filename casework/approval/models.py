"""Circulation, opinions, decision (7.2, 7.3)."""

from collections.abc import Sequence
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from casework.core import state_checks
from casework.core.access import people_behind
from casework.core.cases.models import Case, CaseResult
from casework.core.letters.models import Recipient
from portal.accounts.models import Department, signed


def _person(label: str) -> "models.ForeignKey":
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=label, null=True, on_delete=models.PROTECT, related_name="+"
    )


def _nobody_twice(name: str, authors: Sequence[str], signers: Sequence[str]) -> list[models.CheckConstraint]:
    """Constraints that keep the people of a draft and those of its signature apart (7.3), pair by pair."""
    return [
        models.CheckConstraint(
            condition=Q((author, None)) | Q((signer, None)) | ~Q((signer, models.F(author))),
            name=f"{name}_{author}_not_{signer}",
        )
        for author in authors
        for signer in signers
        if (author, signer) not in {("drafted_by", "signed_by"), ("proposed_by", "approved_by")}
    ]


class CirculationState(models.TextChoices):
    WAITING = "waiting", "待出具意见"
    DRAFTED = "drafted", "待领导签发"
    ANSWERED = "answered", "已反馈意见"


class Circulation(models.Model):
    """One unit asked for its opinion on a case; silence is never consent."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="circulations")
    unit = models.ForeignKey(
        Department, verbose_name="联合审批单位", on_delete=models.PROTECT, related_name="+"
    )
    recipient = models.OneToOneField(Recipient, on_delete=models.PROTECT, related_name="circulation")
    reason = models.CharField("会办内容", max_length=300, blank=True)
    opinion_days = models.DecimalField("意见时限（工作日）", max_digits=5, decimal_places=1)
    state = models.CharField(
        "状态", max_length=20, choices=CirculationState.choices, default=CirculationState.WAITING
    )
    sent_at = models.DateTimeField("流转时间")

    class Meta:
        verbose_name = verbose_name_plural = "联合审批流转"
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "unit"], name="one_circulation"),
            state_checks.known(CirculationState, name="circulation_state_known"),
        ]

    def __str__(self) -> str:
        return f"{self.case} → {self.unit}"


class OpinionOutcome(models.TextChoices):
    AGREE = "agree", "同意"
    CONDITIONAL = "conditional", "附条件同意"
    DISAGREE = "disagree", "不同意"


class Opinion(models.Model):
    """A unit's opinion. The reviewer drafts it, the leader signs it: two facts, two persons (7.3)."""

    circulation = models.ForeignKey(Circulation, on_delete=models.PROTECT, related_name="opinions")
    version = models.PositiveSmallIntegerField("版本")
    outcome = models.CharField("意见", max_length=20, choices=OpinionOutcome.choices)
    reasons = models.TextField("理由")
    basis = models.CharField("法律依据", max_length=300)
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField("拟稿时间")
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    signed_at = models.DateTimeField("签发时间", null=True)
    sent_back_reason = models.CharField("退回修改意见", max_length=500, blank=True)
    # In whose name a substitute acted (委托代理), and who took the draft over from somebody who left.
    drafted_for = _person("拟稿被代理人")
    signed_for = _person("签发被代理人")
    handed_to = _person("拟稿接手人")

    class Meta:
        verbose_name = verbose_name_plural = "联合审批意见"
        ordering: ClassVar = ["version"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["circulation", "version"], name="one_opinion_version"),
            models.CheckConstraint(
                condition=Q(signed_by=None, signed_at=None)
                | Q(signed_by__isnull=False, signed_at__isnull=False),
                name="opinion_signed_pair",
            ),
            models.CheckConstraint(
                condition=Q(signed_by=None) | ~Q(signed_by=models.F("drafted_by")), name="opinion_two_people"
            ),
            *_nobody_twice(
                "opinion", ("drafted_by", "drafted_for", "handed_to"), ("signed_by", "signed_for")
            ),
        ]

    @property
    def authors(self) -> frozenset[int]:
        """The people behind the draft."""
        return people_behind(self.drafted_by_id, self.drafted_for_id, self.handed_to_id)

    @property
    def drafter(self) -> str:
        """Who drafted it, as it is shown."""
        return signed(str(self.drafted_by), str(self.drafted_for or ""))

    @property
    def signer(self) -> str:
        """Who signed it, as it is shown."""
        return signed(str(self.signed_by), str(self.signed_for or ""))


class Decision(models.Model):
    """The decision on a case: proposed by the handler, approved by another person (7.3)."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="decisions")
    version = models.PositiveSmallIntegerField("版本")
    outcome = models.CharField("决定", max_length=20, choices=CaseResult.choices)
    reasons = models.TextField("理由")
    basis = models.CharField("法律依据", max_length=300)
    licence_name = models.CharField("证件名称", max_length=200, blank=True)
    scope = models.TextField("许可范围", blank=True)
    valid_years = models.PositiveSmallIntegerField("有效期（年）", null=True, help_text="空为长期")
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField("拟定时间")
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    approved_at = models.DateTimeField("审定时间", null=True)
    sent_back_reason = models.CharField("退回修改意见", max_length=500, blank=True)
    proposed_for = _person("拟定被代理人")
    approved_for = _person("审定被代理人")
    handed_to = _person("拟定接手人")

    class Meta:
        verbose_name = verbose_name_plural = "审批决定"
        ordering: ClassVar = ["version"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "version"], name="one_decision_version"),
            models.CheckConstraint(
                condition=Q(approved_by=None, approved_at=None)
                | Q(approved_by__isnull=False, approved_at__isnull=False),
                name="decision_approved_pair",
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=models.F("proposed_by")),
                name="decision_two_people",
            ),
            *_nobody_twice(
                "decision", ("proposed_by", "proposed_for", "handed_to"), ("approved_by", "approved_for")
            ),
        ]

    @property
    def authors(self) -> frozenset[int]:
        """The people behind the proposal."""
        return people_behind(self.proposed_by_id, self.proposed_for_id, self.handed_to_id)

    @property
    def proposer(self) -> str:
        """Who proposed it, as it is shown."""
        return signed(str(self.proposed_by), str(self.proposed_for or ""))

    @property
    def approver(self) -> str:
        """Who approved it, as it is shown."""
        return signed(str(self.approved_by), str(self.approved_for or ""))
