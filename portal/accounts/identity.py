"""Tables of what proves who somebody is: authenticators, recovery codes, passwords, tries, notices.

Nothing here is readable in a stolen dump: keys are encrypted, codes and tries are keyed digests.
"""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from portal.accounts.encryption import EncryptedTextField


class Authenticator(models.Model):
    """A person's TOTP app (RFC 6238, 30 s, 6 digits). It counts from ``confirmed_at`` on.

    ``last_step`` is the time step of the newest accepted code: no code of it or of an earlier one is taken again.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, verbose_name="用户", on_delete=models.CASCADE, related_name="authenticator"
    )
    secret = EncryptedTextField("密钥")
    last_step = models.BigIntegerField("最近使用的时段", default=-1)
    created_at = models.DateTimeField("生成时间")
    confirmed_at = models.DateTimeField("启用时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "动态口令"


class RecoveryCode(models.Model):
    """One of ten codes for the day the telephone is lost; good once."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="用户", on_delete=models.CASCADE, related_name="recovery_codes"
    )
    digest = models.CharField("摘要", max_length=64)
    used_at = models.DateTimeField("使用时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "恢复码"
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "digest"], name="one_recovery_code")]


class PasswordRecord(models.Model):
    """A password that somebody had or has, as its hash: for its age and against its return.

    ``given`` = set by an administrator: good for one sign-in, then the person chooses an own one.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="用户",
        on_delete=models.CASCADE,
        related_name="password_records",
    )
    encoded = models.CharField("摘要", max_length=128)
    set_at = models.DateTimeField("设置时间")
    given = models.BooleanField("由管理员设置", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "密码记录"
        indexes: ClassVar = [models.Index(fields=["user", "-set_at"], name="password_user_set")]


class SignInTry(models.Model):
    """A try to sign in that failed, or one that succeeded; account and address as keyed digests."""

    account = models.CharField("账号摘要", max_length=64)
    address = models.CharField("地址摘要", max_length=64)
    at = models.DateTimeField("时间")
    succeeded = models.BooleanField("成功")

    class Meta:
        verbose_name = verbose_name_plural = "登录尝试"
        indexes: ClassVar = [
            models.Index(fields=["account", "at"], name="try_account_at"),
            models.Index(fields=["address", "at"], name="try_failed_address", condition=Q(succeeded=False)),
        ]


class SecurityNotice(models.Model):
    """What happened to a person's account, told to that person on the own account page."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="用户",
        on_delete=models.CASCADE,
        related_name="security_notices",
    )
    text = models.CharField("内容", max_length=300)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "账号安全动态"
        ordering: ClassVar = ["-at", "-pk"]
        indexes: ClassVar = [models.Index(fields=["user", "-at"], name="notice_user_at")]
