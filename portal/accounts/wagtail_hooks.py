"""Departments at the editors' desk: they end on a day and have a successor; nothing deletes one."""

from typing import ClassVar

from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.permissions import register_permission_policy
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet

from portal.accounts.models import Department
from portal.accounts.permissions import LimitedPolicy

register_permission_policy(Department, LimitedPolicy(Department))


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
    panels: ClassVar = [
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
                FieldPanel("valid_to", help_text="单位撤销或合并时填写；单位不会被删除，历史办件仍指向它"),
                FieldPanel("successor", help_text="撤销后承接其职责的单位"),
            ],
            heading="存续期间",
        ),
    ]


register_snippet(DepartmentViewSet)
