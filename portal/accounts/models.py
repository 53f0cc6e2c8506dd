"""Departments, users, memberships and posts."""

from datetime import date
from typing import ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models import Q

from portal.accounts.encryption import EncryptedTextField
from portal.accounts.roles import DepartmentKind, PostKind, Role


class DatedQuerySet(models.QuerySet):
    """Rows that hold from a day on and, when they have an end, up to and including it."""

    def valid_on(self, day: date) -> "DatedQuerySet":
        return self.filter(Q(valid_from__lte=day), Q(valid_to=None) | Q(valid_to__gte=day))


class Department(models.Model):
    """A department of the city. Never deleted: it ends on a day and may have a successor."""

    code = models.SlugField("代码", max_length=40, unique=True)
    name = models.CharField("名称", max_length=120, unique=True)
    short_name = models.CharField("简称", max_length=40, blank=True)
    kind = models.CharField(
        "类别", max_length=20, choices=DepartmentKind.choices, default=DepartmentKind.OTHER
    )
    uscc = models.CharField("统一社会信用代码", max_length=18, blank=True)
    phone = models.CharField("办公电话", max_length=40, blank=True)
    complaint_phone = models.CharField("投诉电话", max_length=40, blank=True)
    address = models.CharField("地址", max_length=200, blank=True)
    opening_hours = models.CharField("办公时间", max_length=120, blank=True)
    valid_from = models.DateField("设立日期", default=date(2000, 1, 1))
    valid_to = models.DateField("撤销日期", null=True, blank=True)
    successor = models.ForeignKey(
        "self", verbose_name="职责承接单位", null=True, blank=True, on_delete=models.PROTECT
    )

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "单位"
        ordering: ClassVar = ["code"]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """Short name where there is one."""
        return self.short_name or self.name

    def acting_on(self, day: date) -> "Department":
        """The department itself while it exists on ``day``, else the one that took its duties over."""
        found, seen = self, {self.pk}
        while found.valid_to is not None and found.valid_to < day and found.successor is not None:
            if found.successor.pk in seen:  # two rows that name each other
                break
            found = found.successor
            seen.add(found.pk)
        return found


class User(AbstractUser):
    """A person with an account. ``is_superuser`` grants nothing in casework."""

    name = models.CharField("姓名", max_length=60)
    phone = EncryptedTextField("手机号码", blank=True, default="")

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        verbose_name = verbose_name_plural = "用户"

    def __str__(self) -> str:
        return self.name or self.username

    def get_full_name(self) -> str:
        return self.name or self.username


class Membership(models.Model):
    """A person's role in a department, for as long as it holds."""

    user = models.ForeignKey(User, verbose_name="用户", on_delete=models.CASCADE, related_name="memberships")
    department = models.ForeignKey(
        Department, verbose_name="单位", on_delete=models.PROTECT, related_name="memberships"
    )
    role = models.CharField("角色", max_length=30, choices=Role.choices)
    valid_from = models.DateField("起始日期", default=date(2000, 1, 1))
    valid_to = models.DateField("终止日期", null=True, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "任职角色"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "department", "role", "valid_from"], name="one_membership"
            )
        ]
        indexes: ClassVar = [models.Index(fields=["department", "role"], name="membership_dept_role")]

    def __str__(self) -> str:
        return f"{self.user} · {self.department} · {self.get_role_display()}"


class Post(models.Model):
    """A named post of a department (annex 2), dated; a substitute acts while the holder is away."""

    department = models.ForeignKey(
        Department, verbose_name="单位", on_delete=models.PROTECT, related_name="posts"
    )
    kind = models.CharField("职务", max_length=20, choices=PostKind.choices)
    user = models.ForeignKey(User, verbose_name="任职人", on_delete=models.PROTECT, related_name="posts")
    substitute = models.ForeignKey(
        User,
        verbose_name="代理人（AB角）",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="substitute_posts",
    )
    valid_from = models.DateField("起始日期", default=date(2000, 1, 1))
    valid_to = models.DateField("终止日期", null=True, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "职务"
        indexes: ClassVar = [models.Index(fields=["department", "kind"], name="post_dept_kind")]

    def __str__(self) -> str:
        return f"{self.department} {self.get_kind_display()} {self.user}"
