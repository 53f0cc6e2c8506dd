"""Forms of the security administrator's screens."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django import forms
from django.db.models import Q, QuerySet

from portal.accounts.leaving import Hold, Leaving, colleagues
from portal.accounts.models import Department, Membership, Post, User
from portal.accounts.roles import PostKind, Role
from portal.accounts.seen import ChangeForm

_DATE = {"type": "date"}
STATES = (("", "全部"), ("active", "启用"), ("disabled", "停用"))


class PeopleFilter(forms.Form):
    """The list's filters; what makes no sense filters nothing."""

    q = forms.CharField(label="姓名或用户名", required=False, max_length=60)
    department = forms.ModelChoiceField(
        Department.objects.all(), label="单位", required=False, to_field_name="code", empty_label="全部单位"
    )
    role = forms.ChoiceField(label="角色", required=False, choices=[("", "全部角色"), *Role.choices])
    state = forms.ChoiceField(label="状态", required=False, choices=STATES)

    def rows(self, day: date) -> "QuerySet[User]":
        """Accounts that match, by user name."""
        found = User.objects.order_by("username")
        if not self.is_valid():
            return found
        asked = self.cleaned_data
        if asked["q"]:
            found = found.filter(Q(name__icontains=asked["q"]) | Q(username__icontains=asked["q"]))
        if asked["state"]:
            found = found.filter(is_active=asked["state"] == "active")
        wanted = {name: asked[name] for name in ("department", "role") if asked[name]}
        if wanted:
            held = Q(memberships__valid_from__lte=day) & (
                Q(memberships__valid_to=None) | Q(memberships__valid_to__gte=day)
            )
            found = found.filter(held, **{f"memberships__{name}": value for name, value in wanted.items()})
        return found.distinct()


class OpenForm(forms.Form):
    """A new account."""

    username = forms.CharField(
        label="用户名", max_length=150, help_text="登录时使用，如姓名拼音加工号：zhangsan01；建立后不再改动"
    )
    name = forms.CharField(label="姓名", max_length=60)
    email = forms.EmailField(label="邮箱", required=False, help_text="接收提醒，如：name@example.gov.cn")


class _PersonForm(ChangeForm):
    """A form about an account: its reader relied on whether it is enabled, and on its roles and posts."""

    def facts(self) -> Any:
        days = ("pk", "department", "valid_from", "valid_to")
        return [
            self.about.is_active,
            list(self.about.memberships.order_by("pk").values_list(*days, "role")),
            list(self.about.posts.order_by("pk").values_list(*days, "kind")),
        ]

    def standing(self) -> Mapping[str, str]:
        roles = self.about.memberships.select_related("department").order_by("pk")
        posts = self.about.posts.select_related("department").order_by("pk")
        held = [
            *(f"{row.department.label}{row.get_role_display()}（{_days(row)}）" for row in roles),
            *(f"{row.department.label}{row.get_kind_display()}（{_days(row)}）" for row in posts),
        ]
        return {
            "账号现在的状态": "启用" if self.about.is_active else "停用",
            "现在登记的任职": "、".join(held) or "无",
        }


class RoleForm(_PersonForm):
    """A role in a department."""

    department = forms.ModelChoiceField(Department.objects.none(), label="单位", empty_label="请选择")
    role = forms.ChoiceField(
        label="角色",
        choices=[("", "请选择"), *Role.choices],
        help_text="安全审计员、系统管理员、安全管理员须由专人担任，不能与其他角色兼任",
    )
    valid_from = forms.DateField(label="起始日期", widget=forms.DateInput(attrs=_DATE))

    def __init__(self, data: Any = None, *, person: User, day: date) -> None:
        super().__init__(data, about=person, initial={"valid_from": day.isoformat()})
        self.fields["department"].queryset = Department.objects.valid_on(day)  # type: ignore[attr-defined]


class PostForm(_PersonForm):
    """A post in a department where the person holds a role."""

    department = forms.ModelChoiceField(
        Department.objects.none(), label="单位", empty_label="请选择", help_text="只列出该人员任职的单位"
    )
    kind = forms.ChoiceField(label="职务", choices=[("", "请选择"), *PostKind.choices])
    valid_from = forms.DateField(label="起始日期", widget=forms.DateInput(attrs=_DATE))

    def __init__(self, data: Any = None, *, person: User, day: date) -> None:
        super().__init__(data, about=person, initial={"valid_from": day.isoformat()})
        held = person.memberships.exclude(valid_to__lt=day).values("department")
        rows = Department.objects.valid_on(day).filter(pk__in=held)
        self.fields["department"].queryset = rows  # type: ignore[attr-defined]


class _Successors(ChangeForm):
    """One choice of a colleague for each department where something is open."""

    def ask_for(self, goings: Iterable[Leaving], open_work: Mapping[Leaving, list[Hold]]) -> None:
        """Add the fields; ``open_work`` decides which must be filled."""
        self.asked: dict[str, Leaving] = {}
        self.people: dict[int, User] = {}
        for going in goings:
            found = colleagues(going)
            if going not in open_work or not found:
                continue
            name = f"successor_{going.department.pk}"
            self.asked[name] = going
            self.people |= {user.pk: user for user in found}
            self.fields[name] = forms.TypedChoiceField(
                label=f"接手人（{going.department.label}）",
                choices=[("", "请选择"), *((user.pk, f"{user}（{user.username}）") for user in found)],
                coerce=int,
                empty_value=None,
                required=False,
                help_text="角色、职务和未办结的拟稿在同一步移交给接手人",
            )

    def successors(self) -> dict[int, User]:
        """Who takes over, by department id. Call after ``is_valid``."""
        chosen = {going.department.pk: self.cleaned_data[name] for name, going in self.asked.items()}
        return {pk: self.people[user] for pk, user in chosen.items() if user}


class EndForm(_Successors):
    """The last day of a role or a post."""

    last_day = forms.DateField(
        label="最后一天", widget=forms.DateInput(attrs=_DATE), help_text="含当日；填昨天即为立即终止"
    )

    def hold(self) -> None:
        User.objects.select_for_update().get(pk=self.about.user_id)  # as the actions do: the person first
        super().hold()

    def standing(self) -> Mapping[str, str]:
        last_day = self.about.valid_to
        return {"last_day": last_day.isoformat() if last_day else "未定（一直有效）"}


class DisableForm(_PersonForm, _Successors):
    """Why an account is disabled."""

    reason = forms.CharField(label="停用原因", max_length=200, help_text="如：调离、退休；不要写个人隐私")


def _days(row: Membership | Post) -> str:
    return f"{row.valid_from}至{row.valid_to or '今'}"
