"""Deliveries off the platform: a row is born in the transaction that owes it."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from portal.accounts.encryption import EncryptedTextField
from portal.accounts.models import Department

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
    active = models.BooleanField("启用", default=True)

    class Meta:
        verbose_name = verbose_name_plural = "投递地址"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["department", "channel", "address"], name="one_endpoint")
        ]

    def __str__(self) -> str:
        return f"{self.department} {self.get_channel_display()}"


class DeliveryState(models.TextChoices):
    NEW = "new", "待投递"
    SENT = "sent", "对方已接收"
    DEAD = "dead", "投递失败"


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

    class Meta:
        verbose_name = verbose_name_plural = "投递"
        indexes: ClassVar = [
            models.Index(fields=["next_at", "id"], condition=Q(state="new"), name="delivery_waiting"),
            models.Index(fields=["reference"], name="delivery_reference"),
            models.Index(fields=["state", "-id"], name="delivery_state"),
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
