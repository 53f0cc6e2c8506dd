"""Departments, users, memberships and posts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from portal.accounts import rules
from portal.accounts.encryption import EncryptedTextField
from portal.accounts.identity import Authenticator as Authenticator
from portal.accounts.identity import PasswordRecord as PasswordRecord
from portal.accounts.identity import RecoveryCode as RecoveryCode
from portal.accounts.identity import SecurityNotice as SecurityNotice
from portal.accounts.identity import SignInTry as SignInTry
from portal.accounts.roles import DepartmentKind, PostKind, Role
from portal.accounts.session_store import AccountSession as AccountSession


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

    def answers_for(self, day: date) -> set[int]:
        """Ids of the departments whose duties are this one's on ``day``: itself, and those that ended before."""
        return {self.pk, *(pk for pk, heir in heirs_on(day).items() if heir == self.pk)}


def heirs_on(day: date) -> dict[int, int]:
    """Each department that has ended before ``day`` → the one that has its duties on it (ids, one query)."""
    return heirs(Department.objects.filter(valid_to__lt=day).values_list("pk", "successor_id"))


def acting_ids(departments: Iterable[int], day: date) -> set[int]:
    """The departments (ids) and those that have their duties on ``day``: two of them are one when these meet."""
    heir_of, found = heirs_on(day), set(departments)
    return found | {heir_of[pk] for pk in found if pk in heir_of}


def heirs(ended: Iterable[tuple[int, int | None]]) -> dict[int, int]:
    """Department that has ended → the one that has its duties now. ``ended``: (id, id of its successor) of all
    that have ended; two that name each other have no heir."""
    follows = {pk: successor for pk, successor in ended if successor is not None}
    found = {}
    for pk in follows:
        heir, seen = follows[pk], {pk}
        while heir in follows and heir not in seen:
            seen.add(heir)
            heir = follows[heir]
        if heir not in follows:
            found[pk] = heir
    return found


@dataclass(frozen=True)
class Principal:
    """The person in whose name a substitute acts."""

    id: int
    name: str


NAME_SHOWN = 36  # characters of each name in a signature


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

    # In whose name the person acts just now. The permission check of an action sets it; no row keeps it.
    acting_for: Principal | None = None

    @property
    def acting_for_id(self) -> int | None:
        """Id of the person in whose name this one acts just now, None for the own name."""
        return self.acting_for.id if self.acting_for else None

    @property
    def signature(self) -> str:
        """How the person signs just now: the name, for a substitute 「乙（代甲）」."""
        return signed(str(self), self.acting_for.name if self.acting_for else "")


def signed(name: str, principal: str) -> str:
    """A signature in words: ``name``, and in whose name when there is a ``principal``."""
    return f"{name[:NAME_SHOWN]}（代{principal[:NAME_SHOWN]}）" if principal else name


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

    @property
    def span(self) -> rules.Span:
        """The days on which it holds."""
        return rules.Span(self.valid_from, self.valid_to)

    def clean(self) -> None:
        """Days in order, and 三员分立: refused at the field, whoever writes the row."""
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValidationError({"valid_to": "终止日期不能早于起始日期。"})
        others = Membership.objects.filter(user_id=self.user_id).exclude(pk=self.pk)
        held = [rules.HeldRole(row.role, row.span) for row in others]
        if why := rules.refuses_role(self.role, self.span, held):
            raise ValidationError({"role": why})


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


class Substitution(models.Model):
    """委托代理: on these days ``substitute`` may do in the department what ``person`` may do there.

    Only what the person holds by an own role passes on, so that nothing is passed on twice.
    """

    person = models.ForeignKey(
        User, verbose_name="被代理人", on_delete=models.PROTECT, related_name="substitutions"
    )
    substitute = models.ForeignKey(
        User, verbose_name="代理人", on_delete=models.PROTECT, related_name="stands_in"
    )
    department = models.ForeignKey(
        Department, verbose_name="单位", on_delete=models.PROTECT, related_name="substitutions"
    )
    valid_from = models.DateField("起始日期")
    valid_to = models.DateField("终止日期")
    permissions = models.TextField("代理的权限", blank=True, help_text="逗号分隔；空为全部")
    reason = models.CharField("事由", max_length=200)
    made_at = models.DateTimeField("设立时间")
    made_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    revoked_at = models.DateTimeField("撤销时间", null=True)
    revoked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "委托代理"
        ordering: ClassVar = ["-valid_from", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["substitute", "valid_to"], name="substitution_substitute"),
            models.Index(fields=["department", "valid_to"], name="substitution_department"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(person=models.F("substitute")), name="substitution_two_people"
            ),
            models.CheckConstraint(
                condition=Q(valid_to__gte=models.F("valid_from")), name="substitution_days_in_order"
            ),
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_by=None) | Q(revoked_at__isnull=False),
                name="substitution_revoked_pair",  # revoked_at without revoked_by: the platform did it
            ),
        ]

    def __str__(self) -> str:
        return f"{self.substitute}代{self.person}（{self.department}）"

    @property
    def chosen(self) -> list[str]:
        """The permissions that pass on; empty = all."""
        return [name for name in self.permissions.split(",") if name]
