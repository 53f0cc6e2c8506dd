"""A case (办件), its parties and who takes part in it."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from casework.core import state_checks
from casework.core.subjects.models import Subject
from cms_pages.models import GuideVersion, ServiceItem
from portal.accounts.encryption import EncryptedTextField
from portal.accounts.masking import mask_phone
from portal.accounts.models import Department


class CaseState(models.TextChoices):
    RECEIVED = "received", "已收件"
    ACCEPTED = "accepted", "已受理"
    SUBMITTED = "submitted", "待流转"
    CIRCULATING = "circulating", "联合审批中"
    PROPOSED = "proposed", "待审定"
    DECIDED = "decided", "已决定"
    CLOSED = "closed", "已办结"
    NOT_ACCEPTED = "not_accepted", "不予受理"
    CORRECTING = "correcting", "待补正"
    RETURNED = "returned", "已退回"
    WITHDRAWN = "withdrawn", "已撤回"


class CaseResult(models.TextChoices):
    GRANTED = "granted", "准予许可"
    REFUSED = "refused", "不予许可"


_DECIDED = frozenset({CaseState.DECIDED, CaseState.CLOSED})
_ACCEPTED = frozenset(
    {CaseState.ACCEPTED, CaseState.SUBMITTED, CaseState.CIRCULATING, CaseState.PROPOSED, *_DECIDED}
)


class CaseQuerySet(models.QuerySet["Case"]):
    """Business words for cases."""

    def of_departments(self, department_ids: list[int]) -> "CaseQuerySet":
        """Cases in which one of the departments takes part, each once.

        Asked case by case: a list of all of them would be read before the first row of a page.
        """
        taking_part = Participation.objects.filter(case=OuterRef("pk"), department_id__in=department_ids)
        return self.filter(Exists(taking_part))


class Case(models.Model):
    """One application being handled, from receipt to close."""

    number = models.CharField("办件编号", max_length=30, unique=True)
    query_code = EncryptedTextField("查询码")
    item = models.ForeignKey(ServiceItem, verbose_name="事项", on_delete=models.PROTECT, related_name="cases")
    guide_version = models.ForeignKey(
        GuideVersion, verbose_name="指南版本", on_delete=models.PROTECT, related_name="cases"
    )
    applicant = models.ForeignKey(
        Subject, verbose_name="申请人", on_delete=models.PROTECT, related_name="cases"
    )
    applicant_name = models.CharField("申请人名称", max_length=200)  # as written on the application
    window = models.ForeignKey(
        Department, verbose_name="综合窗口", on_delete=models.PROTECT, related_name="+"
    )
    approver = models.ForeignKey(
        Department, verbose_name="审批部门", on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField("状态", max_length=20, choices=CaseState.choices, default=CaseState.RECEIVED)
    result = models.CharField("办理结果", max_length=20, choices=CaseResult.choices, blank=True)
    received_at = models.DateTimeField("收件时间")
    accepted_at = models.DateTimeField("受理时间", null=True)
    decided_at = models.DateTimeField("决定时间", null=True)
    closed_at = models.DateTimeField("办结时间", null=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "办件"
        indexes: ClassVar = [
            models.Index(fields=["state", "-id"], name="case_state"),
            models.Index(fields=["-received_at", "-id"], name="case_received"),
            models.Index(fields=["applicant_name", "id"], name="case_applicant_name"),
            models.Index(fields=["window", "id"], condition=Q(closed_at=None), name="case_open_window"),
        ]
        constraints: ClassVar = [
            state_checks.known(CaseState, name="case_state_known"),
            state_checks.dated_from(
                "accepted_at", _ACCEPTED, name="case_accepted_dated", either={CaseState.WITHDRAWN}
            ),
            state_checks.dated_from("decided_at", _DECIDED, name="case_decided_dated"),
            state_checks.dated_from("closed_at", {CaseState.CLOSED}, name="case_closed_dated"),
            models.CheckConstraint(
                condition=Q(state__in=sorted(_DECIDED), result__in=CaseResult.values)
                | (~Q(state__in=sorted(_DECIDED)) & Q(result="")),
                name="case_result_with_decision",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class CaseCounter(models.Model):
    """Gives the running number of a day's cases; locked for the moment of numbering."""

    day = models.DateField(primary_key=True)
    last = models.PositiveIntegerField(default=0)


class Party(models.Model):
    """Agent or contact of a case; the applicant is the case's own subject."""

    class Role(models.TextChoices):
        AGENT = "agent", "经办人"
        CONTACT = "contact", "联系人"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="parties")
    role = models.CharField("身份", max_length=20, choices=Role.choices)
    name = models.CharField("姓名", max_length=60)
    phone = EncryptedTextField("联系电话", blank=True, default="")

    class Meta:
        verbose_name = verbose_name_plural = "当事人"

    @property
    def shown_phone(self) -> str:
        return mask_phone(self.phone) if self.phone else ""


class Participation(models.Model):
    """A department takes part in a case in a capacity: this is what row scope reads."""

    class Capacity(models.TextChoices):
        WINDOW = "window", "综合窗口"
        APPROVER = "approver", "审批部门"
        UNIT = "unit", "联合审批单位"
        SUPERVISOR = "supervisor", "监管部门"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="participations")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="participations")
    capacity = models.CharField("参与身份", max_length=20, choices=Capacity.choices)
    since = models.DateTimeField("起始时间")

    class Meta:
        verbose_name = verbose_name_plural = "参与单位"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "department", "capacity"], name="one_participation")
        ]
        indexes: ClassVar = [models.Index(fields=["department", "case"], name="participation_dept_case")]
