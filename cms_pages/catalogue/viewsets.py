"""Items and import batches at the editors' desk."""

from typing import Any, ClassVar

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from wagtail.admin.panels import (
    FieldPanel,
    FieldRowPanel,
    HelpPanel,
    InlinePanel,
    MultiFieldPanel,
    TabbedInterface,
)
from wagtail.admin.panels import ObjectList as Tab
from wagtail.admin.ui.tables import BooleanColumn
from wagtail.admin.views.generic import InspectView
from wagtail.snippets.views.snippets import SnippetViewSet

from cms_pages.catalogue.forms import ServiceItemForm
from cms_pages.catalogue.models import ServiceItem
from cms_pages.importing.models import ImportBatch
from cms_pages.importing.rules import LEVELS


def _fields(*names: str) -> list[FieldPanel]:
    return [FieldPanel(name) for name in names]


BASIC = Tab(
    [
        HelpPanel(template="cms_pages/admin/item_warnings.html"),
        MultiFieldPanel(
            [
                *_fields("name", "main_item", "platform_item_code", "basic_code"),
                FieldRowPanel([FieldPanel("item_type"), FieldPanel("state")]),
                FieldRowPanel(
                    [
                        FieldPanel("area_code", help_text="12位，如：460400000000"),
                        FieldPanel("org_code", help_text="18位统一社会信用代码"),
                    ]
                ),
                *_fields("result_name", "service_object", "site_inspection"),
            ],
            heading="事项",
        ),
    ],
    heading="基本信息",
)
DUTIES = Tab(
    [
        MultiFieldPanel(_fields("department", "approval_department", "boundary_basis"), heading="审批"),
        InlinePanel(
            "supervisors",
            panels=_fields("department", "kind"),
            heading="监管和执法部门",
            label="部门",
            help_text="办结后，结果在1个工作日内推送给这里的每个部门（办法第九条第一项）",
        ),
        MultiFieldPanel(
            _fields("transferred", "transfer_batch", "transferred_on", "transferred_from", "transfer_basis"),
            heading="划转（办法第五条第一项）",
        ),
    ],
    heading="审批与监管",
)
LIMITS = Tab(
    [
        InlinePanel(
            "limits",
            panels=[
                FieldRowPanel(_fields("kind", "amount", "unit", "extension")),
                FieldRowPanel(_fields("source", "valid_from")),
                FieldPanel("basis"),
            ],
            heading="办理时限",
            label="时限",
            help_text="至少填写承诺办结时限。时限变化时新增一行并写明生效日期，旧的一行保留",
        ),
        InlinePanel("bases", panels=_fields("law", "article", "text"), heading="设定依据", label="依据"),
    ],
    heading="时限与依据",
)
MATERIALS = Tab(
    [
        InlinePanel(
            "materials",
            panels=[
                FieldPanel("name"),
                FieldRowPanel(_fields("necessity", "source", "form", "copies")),
                FieldPanel("note", help_text="如：加盖公章；一式两份"),
            ],
            heading="申请材料",
            label="材料",
            help_text="必要性填在“必要性”中，不要写进材料名称；不设“其他材料”这样的兜底项",
        )
    ],
    heading="申请材料",
)
JOINT = Tab(
    [
        MultiFieldPanel(_fields("joint_approval", "joint_reason"), heading="联合审批（办法第七条）"),
        InlinePanel(
            "joint_units",
            panels=[
                FieldRowPanel(_fields("department", "opinion_days")),
                FieldPanel("reason"),
                FieldRowPanel(_fields("valid_from", "valid_to")),
            ],
            heading="联合审批单位",
            label="单位",
            help_text="单位退出联合审批时填写失效日期，不要删除",
        ),
    ],
    heading="联合审批",
)


class ServiceItemViewSet(SnippetViewSet):
    """List and form of items."""

    model = ServiceItem
    icon = "list-ul"
    menu_label = "事项"
    menu_order = 110
    add_to_admin_menu = True
    copy_view_enabled = False
    list_display: ClassVar = [
        "name",
        "department",
        "item_type",
        "state",
        BooleanColumn("transferred", label="划转事项", sort_key="transferred"),
        BooleanColumn("joint_approval", label="联合审批事项", sort_key="joint_approval"),
    ]
    list_filter: ClassVar = ["item_type", "state", "transferred", "joint_approval", "department"]
    list_export: ClassVar = [
        "platform_item_code",
        "name",
        "main_item",
        "item_type",
        "basic_code",
        "area_code",
        "org_code",
        "department",
        "approval_department",
        "transferred",
        "transfer_batch",
        "transferred_on",
        "joint_approval",
    ]
    list_per_page = 50
    ordering: ClassVar = ["pk"]
    edit_handler = TabbedInterface([BASIC, DUTIES, LIMITS, MATERIALS, JOINT], base_form_class=ServiceItemForm)

    def get_queryset(self, request: Any) -> Any:
        return ServiceItem.objects.select_related("department")


class BatchInspectView(InspectView):
    """The report of an import, row by row."""

    def get_findings_display_value(self) -> SafeString:
        rows = [finding | {"level": LEVELS[finding["level"]]} for finding in self.object.findings]
        return render_to_string("cms_pages/admin/findings.html", {"findings": rows})


class ImportBatchViewSet(SnippetViewSet):
    """What each import brought and what was wrong with it; read only."""

    model = ImportBatch
    icon = "upload"
    menu_label = "导入批次"
    menu_order = 120
    add_to_admin_menu = True
    copy_view_enabled = False
    inspect_view_enabled = True
    inspect_view_class = BatchInspectView
    list_display: ClassVar = [
        "file_name",
        "imported_at",
        "imported_by",
        "rows",
        "created",
        "changed",
        "unchanged",
        "refused",
    ]
    panels: ClassVar = _fields("file_name")
