"""Accounts and departments at the editors' desk. Departments end on a day and have a successor; nothing deletes one."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import URLPattern, URLResolver, include, path, reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from wagtail import hooks
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.menu import MenuItem
from wagtail.admin.panels import FieldPanel, MultiFieldPanel, ObjectList
from wagtail.permissions import register_permission_policy
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet

from portal.accounts import people_urls
from portal.accounts.departments import keep_department, refuses_end
from portal.accounts.facts import LOGGED
from portal.accounts.guards import keeps_accounts
from portal.accounts.models import Department
from portal.accounts.permissions import LimitedPolicy
from portal.accounts.seen import CHANGED, SEEN, row_of, version_of

register_permission_policy(Department, LimitedPolicy(Department))


class DepartmentForm(WagtailAdminModelForm):
    """Saves through the action, so that the ledger hears of it; writes over nothing that its reader did not see."""

    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial[SEEN] = version_of(self.instance, row_of(self.instance))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        if self.instance.pk:
            self._refuse_outdated(cleaned)
        given = {name: cleaned.get(name) for name in ("valid_to", "successor")}
        drafted = Department(
            pk=self.instance.pk, valid_from=cleaned.get("valid_from") or timezone.localdate()
        )
        drafted.valid_to, drafted.successor = given["valid_to"], given["successor"]
        field, why = refuses_end(drafted, timezone.localdate())
        if why:
            self.add_error(field, ValidationError(why))
        return cleaned

    def _refuse_outdated(self, cleaned: dict[str, Any]) -> None:
        """What somebody else saved meanwhile is said at its field; the next sending is meant to go over it."""
        stands = Department.objects.get(pk=self.instance.pk)
        current = version_of(stands, row_of(stands))
        if constant_time_compare(cleaned.get(SEEN, ""), current):
            return
        self.add_error(None, ValidationError(CHANGED))
        for name in set(cleaned) & {field.name for field in Department._meta.concrete_fields}:
            now = getattr(stands, name)
            if now != cleaned[name]:
                shown = getattr(stands, f"get_{name}_display", lambda now=now: now)() or "（空）"
                self.add_error(name, ValidationError(f"现在的内容：{shown}"))
        self.data = self.data.copy()  # type: ignore[has-type]
        self.data[self.add_prefix(SEEN)] = current

    def save(self, commit: bool = True) -> Department:
        return keep_department(self.instance, by=self.for_user, now=timezone.now())


class DepartmentViewSet(SnippetViewSet):
    """List and form of departments."""

    model = Department
    icon = "group"
    menu_label = "单位"
    menu_order = 320
    add_to_admin_menu = True
    copy_view_enabled = False
    list_display: ClassVar = ["name", "short_name", "code", "kind", "valid_from", "valid_to"]
    list_filter: ClassVar = ["kind"]
    list_export: ClassVar = [
        "name",
        "short_name",
        "code",
        "kind",
        "uscc",
        "phone",
        "complaint_phone",
        "valid_from",
        "valid_to",
    ]
    search_fields: ClassVar = ["name", "short_name", "code"]
    search_backend_name = None  # a plain look into the table: departments are not in the search index
    chooser_per_page = 200  # all on one page: the chooser has no search
    ordering: ClassVar = ["code"]
    edit_handler = ObjectList(
        [
            MultiFieldPanel(
                [
                    FieldPanel("name", help_text="全称，如：示例市行政审批服务局"),
                    FieldPanel("short_name", help_text="列表中显示，如：审批局"),
                    FieldPanel("code", help_text="小写字母、数字和连字符，如：approval；建立后不要改动"),
                    FieldPanel("kind", help_text="办法第三条、第七条第一项中的角色"),
                    FieldPanel("uscc", help_text="18位，如：11370800MB28559184"),
                ],
                heading="单位信息",
            ),
            MultiFieldPanel(
                [
                    FieldPanel("phone", help_text="带区号，如：0898-00000000（示例）"),
                    FieldPanel("complaint_phone", help_text="显示在办事指南上，如：0898-00000000（示例）"),
                    FieldPanel("address", help_text="如：示例市中兴大街1号"),
                    FieldPanel("opening_hours", help_text="如：工作日8:00—12:00，14:30—17:30"),
                ],
                heading="联系方式",
            ),
            MultiFieldPanel(
                [
                    FieldPanel("valid_from", help_text="如：2020-01-01"),
                    FieldPanel(
                        "valid_to", help_text="单位撤销或合并时填写；单位不会被删除，历史办件仍指向它"
                    ),
                    FieldPanel("successor", help_text="撤销后承接其职责的单位"),
                ],
                heading="存续期间",
            ),
        ],
        base_form_class=DepartmentForm,
    )


register_snippet(DepartmentViewSet)


@hooks.register("register_admin_urls")
def people_addresses() -> list[URLPattern | URLResolver]:
    return [path("people/", include(people_urls))]


class PeopleMenuItem(MenuItem):
    """Shown to the security administrator."""

    def is_shown(self, request: HttpRequest) -> bool:
        return keeps_accounts(request)


@hooks.register("register_admin_menu_item")
def people_menu_item() -> MenuItem:
    return PeopleMenuItem("账号管理", reverse("people"), icon_name="user", order=310)


@hooks.register("register_log_actions")
def log_actions(actions: Any) -> None:
    """What ``facts.note_and_log`` writes."""
    for name, label in LOGGED.items():
        actions.register_action(name, label, label)


@hooks.register("construct_settings_menu")
def drop_closed_screens(request: HttpRequest, items: list[MenuItem]) -> None:
    """Wagtail's own user and group screens are closed to everybody (``portal/urls.py``)."""
    items[:] = [item for item in items if item.name not in {"users", "groups"}]
