"""Deliveries off the platform: a row is born in the transaction that owes it."""

from collections.abc import Sequence
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from casework.core import state_checks
from casework.core.files.models import StoredFile
from portal.accounts.encryption import EncryptedTextField
from portal.accounts.models import Department, signed

CASE_HEADER = "X-Case-Number"  # mail header of a delivery that belongs to a case


class Channel(models.TextChoices):
    OA_MAIL = "oa_mail", "OA邮箱"
    HTTP = "http", "平台接口"
    MAIL = "mail", "个人邮箱"


class Endpoint(models.Model):
    """Where a department can be reached off the platform."""

    department = models.ForeignKey(
        Department, verbose_name="单位", on_delete=models.PROTECT, related_name="endpoints"
    )
    channel = models.CharField("渠道", max_length=20, choices=Channel.choices)
    address = models.CharField("地址", max_length=300, help_text="邮箱地址或接口网址")
    secret = EncryptedTextField("签名密钥", blank=True, default="")
    # While a key is exchanged both are good (Standard Webhooks): messages carry a signature of each.
    old_secret = EncryptedTextField("轮换前的签名密钥", blank=True, default="")
    old_secret_until = models.DateTimeField("旧密钥有效至", null=True)
    active = models.BooleanField("启用", default=True)
    off_reason = models.CharField("停用原因", max_length=200, blank=True, help_text="空：对方答复410自动停用")
    paused_at = models.DateTimeField("暂停时间", null=True)
    paused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="暂停人", null=True, on_delete=models.PROTECT, related_name="+"
    )
    pause_reason = models.CharField("暂停原因", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "投递地址"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["department", "channel", "address"], name="one_endpoint"),
            models.CheckConstraint(
                condition=Q(paused_at=None, paused_by=None, pause_reason="")
                | Q(paused_at__isnull=False, paused_by__isnull=False) & ~Q(pause_reason=""),
                name="endpoint_paused_pair",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.department} {self.get_channel_display()}"


class DeliveryState(models.TextChoices):
    NEW = "new", "待投递"
    SENT = "sent", "对方已接收"
    DEAD = "dead", "投递失败"
    PAPER = "paper", "已纸质送达"
    CLOSED = "closed", "已了结"


class Delivery(models.Model):
    """One message to one address. ``dedup`` makes it exist once; the lease makes one worker send it."""

    dedup = models.CharField("唯一标识", max_length=120, unique=True)
    reference = models.CharField("关联对象", max_length=80, help_text="如 recipient:12")
    channel = models.CharField("渠道", max_length=20, choices=Channel.choices)
    endpoint = models.ForeignKey(Endpoint, null=True, on_delete=models.PROTECT, related_name="deliveries")
    address = models.CharField("地址", max_length=300)
    subject = models.CharField("标题", max_length=300)
    body = models.TextField("正文", help_text="发送的原文；对外接口为规范化JSON")
    files = models.JSONField("附件", default=list, help_text="附件编号")
    headers = models.JSONField("邮件标头", default=dict, help_text="如 X-Letter-Number")
    state = models.CharField("状态", max_length=10, choices=DeliveryState.choices, default=DeliveryState.NEW)
    attempts = models.PositiveSmallIntegerField("次数", default=0)
    born_at = models.DateTimeField("产生时间")
    next_at = models.DateTimeField("下次投递时间")
    lease_until = models.DateTimeField("占用至", null=True)
    sent_at = models.DateTimeField("对方接收时间", null=True)
    last_error = models.CharField("最近错误", max_length=300, blank=True)

    attached: Sequence[StoredFile] = ()  # the rows of ``files``, while it is being sent

    class Meta:
        verbose_name = verbose_name_plural = "投递"
        indexes: ClassVar = [
            # Not "state is new": SQLite takes a partial index only for a condition that holds no value.
            models.Index(fields=["next_at", "id"], condition=Q(sent_at=None), name="delivery_unsent"),
            models.Index(fields=["reference"], name="delivery_reference"),
            models.Index(fields=["state", "-id"], name="delivery_state"),
        ]
        constraints: ClassVar = [
            state_checks.known(DeliveryState, name="delivery_state_known"),
            state_checks.dated_from("sent_at", {DeliveryState.SENT}, name="delivery_sent_dated"),
        ]


class Attempt(models.Model):
    """One try to deliver: what the other side answered."""

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="tries")
    at = models.DateTimeField("时间")
    ok = models.BooleanField("成功")
    status = models.CharField("应答", max_length=20, blank=True)
    error = models.CharField("错误", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "投递记录"
        ordering: ClassVar = ["id"]


class DeadLetter(models.Model):
    """Who answers for a dead delivery, until it is tried again, handed over on paper or closed with a reason.

    Without a department it belongs to the system administrators. A delivery that dies again gets another row.
    """

    class Outcome(models.TextChoices):
        REPLAYED = "replayed", "已重新投递"
        ACCEPTED = "accepted", "对方已接收"
        PAPER = "paper", "已纸质送达"
        CLOSED = "closed", "说明原因后了结"

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="deaths")
    department = models.ForeignKey(
        Department, verbose_name="责任单位", null=True, on_delete=models.PROTECT, related_name="+"
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="责任人", null=True, on_delete=models.PROTECT, related_name="+"
    )
    died_at = models.DateTimeField("失败时间")
    outcome = models.CharField("处理结果", max_length=10, choices=Outcome.choices, blank=True)
    closed_at = models.DateTimeField("处理时间", null=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="处理人", null=True, on_delete=models.PROTECT, related_name="+"
    )
    closed_for = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="被代理人",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    close_reason = models.CharField("了结原因", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "投递失败"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["delivery"], condition=Q(closed_at=None), name="one_open_dead_letter"
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_by=None, outcome="", close_reason="")
                | Q(closed_at__isnull=False, closed_by__isnull=False) & ~Q(outcome="")
                | Q(closed_at__isnull=False, closed_by=None, outcome="accepted"),  # the receiver did it
                name="dead_letter_closed_pair",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="closed") | ~Q(close_reason=""), name="dead_letter_closed_reason"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["department", "-id"], condition=Q(closed_at=None), name="dead_letter_department"
            ),
            models.Index(fields=["person"], condition=Q(closed_at=None), name="dead_letter_person"),
            models.Index(fields=["died_at", "id"], condition=Q(closed_at=None), name="dead_letter_died"),
        ]

    @property
    def closer(self) -> str:
        """Who settled it, as it is shown; "" when nobody did."""
        return signed(str(self.closed_by), str(self.closed_for or "")) if self.closed_by else ""


class DeliveryAlarm(models.Model):
    """The other side has not accepted a delivery, and so much of the duty's time is gone: said once each (R-03)."""

    class Threshold(models.IntegerChoices):
        HALF = 50, "时限已过50%"
        MOST = 80, "时限已过80%"
        ALL = 100, "时限已届满"

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="alarms")
    duty = models.ForeignKey("casework.Duty", on_delete=models.PROTECT, related_name="+")
    threshold = models.PositiveSmallIntegerField("节点", choices=Threshold.choices)
    department = models.ForeignKey(
        Department, verbose_name="责任单位", null=True, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField("告警时间")

    class Meta:
        verbose_name = verbose_name_plural = "投递告警"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["delivery", "duty", "threshold"], name="one_delivery_alarm")
        ]


class PaperDelivery(models.Model):
    """A letter was handed over on paper, with proof: a fact beside the others, it moves no delivered moment."""

    recipient = models.OneToOneField("casework.Recipient", on_delete=models.PROTECT, related_name="paper")
    receiver = models.CharField("签收人", max_length=60)
    handed_at = models.DateTimeField("签收时间")
    receipt = models.ForeignKey(
        StoredFile, verbose_name="签收凭证", on_delete=models.PROTECT, related_name="+"
    )
    recorded_at = models.DateTimeField("登记时间")
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="登记人", on_delete=models.PROTECT, related_name="+"
    )
    # In whose name a substitute recorded it (委托代理).
    recorded_for = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="被代理人",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    class Meta:
        verbose_name = verbose_name_plural = "纸质送达"

    @property
    def recorder(self) -> str:
        """Who recorded it, as it is shown."""
        return signed(str(self.recorded_by), str(self.recorded_for or ""))
