"""Service guides (5.5): a page per item; its facts come from the frozen version, its prose from the editor."""

import re
from typing import Any, ClassVar

from django.core.paginator import Paginator
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from wagtail import blocks
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.fields import RichTextField, StreamField
from wagtail.search import index

from cms_pages.catalogue import freezing
from cms_pages.catalogue.codes import ItemState, ItemType
from cms_pages.catalogue.models import GuideVersion, ServiceItem
from cms_pages.guide_view import GuideView, guide_view
from cms_pages.listing import page_number, paging
from cms_pages.models.base import PublicPage
from portal.accounts.models import Department

PAGE_SIZE = 20
TITLE_LENGTH = 255
SLUG_LENGTH = 200
CLOSED_TEXT = "相关内容正在补充，补齐并发布后即可申请，给您带来不便请谅解。"
PROSE = ("h3", "bold", "ol", "ul", "link", "document-link")


def slug_of(platform_item_code: str) -> str:
    """The address of a guide: the platform code in lower-case ASCII; other signs as their code points.

    ``510117001000-00`` stays as it is; ``琼A 1`` becomes ``u743c-a-1``.
    """
    spelled = re.sub(r"[^\x00-\x7f]", lambda sign: f"-u{ord(sign.group()):x}-", platform_item_code.lower())
    return re.sub(r"[^a-z0-9]+", "-", spelled).strip("-")[:SLUG_LENGTH] or "item"


def title_of(item: ServiceItem) -> str:
    """The item's name, cut to what a page title can hold."""
    return item.name if len(item.name) <= TITLE_LENGTH else f"{item.name[: TITLE_LENGTH - 1]}…"


class GuideIndexPage(PublicPage):
    """``/guides/``"""

    template = "cms_pages/guide_index.html"
    max_count = 1
    parent_page_types: ClassVar[list[str]] = ["cms_pages.HomePage"]
    subpage_types: ClassVar[list[str]] = ["cms_pages.GuidePage"]

    class Meta:
        verbose_name = "办事指南栏目"

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        rows = GuidePage.objects.live().public().child_of(self).select_related("item__department")
        query = request.GET.get("q", "").strip()[:80]
        if query:
            rows = rows.filter(models.Q(item__name__icontains=query) | models.Q(title__icontains=query))
        department, item_type = request.GET.get("department", ""), request.GET.get("type", "")
        if department:
            rows = rows.filter(item__department__code=department)
        if item_type in ItemType.values:
            rows = rows.filter(item__item_type=item_type)
        page = Paginator(rows.order_by("path"), PAGE_SIZE).get_page(page_number(request))
        listed = GuidePage.objects.live().values("item__department_id")
        context |= {
            "used": {"q": query, "department": department, "type": item_type},
            "filtering": bool(query or department or item_type),
            "types": ItemType.choices,
            "departments": Department.objects.filter(pk__in=listed),
            "page_of": page,
        }
        context |= paging(request, page, "份指南")
        return context


class StepBlock(blocks.StructBlock):
    """A step of the process, e.g. 受理, 审核, 审批, 办结, 送达."""

    title = blocks.CharBlock(label="环节", max_length=40, help_text="如：受理")
    note = blocks.CharBlock(
        label="说明", max_length=200, required=False, help_text="如：综合窗口当场核对材料"
    )

    class Meta:
        label = "环节"
        icon = "order"


class QuestionBlock(blocks.StructBlock):
    question = blocks.CharBlock(label="问", max_length=200, help_text="如：可以委托他人办理吗？")
    answer = blocks.TextBlock(label="答")

    class Meta:
        label = "问答"
        icon = "help"


class GuidePage(PublicPage):
    """``/guides/<slug>/``: what a citizen needs to know about one item."""

    template = "cms_pages/guide.html"
    parent_page_types: ClassVar[list[str]] = ["cms_pages.GuideIndexPage"]
    subpage_types: ClassVar[list[str]] = []

    item = models.OneToOneField(
        ServiceItem,
        verbose_name="事项",
        on_delete=models.PROTECT,
        related_name="guide",
        help_text="时限、依据、材料、监管部门在“事项”中维护，发布指南时固定为一个版本",
    )
    conditions = RichTextField("申请条件", blank=True, features=PROSE, help_text="如：有固定的经营场所")
    steps = StreamField(
        [("step", StepBlock())],
        verbose_name="办理流程",
        blank=True,
        help_text="如：受理、审核、审批、办结、送达",
    )
    places = models.TextField("办理地点", blank=True, help_text="如：市政务服务中心一楼综合窗口；每处一行")
    hours = models.CharField(
        "办理时间", max_length=200, blank=True, help_text="如：工作日8:00—12:00，14:30—17:30"
    )
    phones = models.CharField(
        "咨询电话", max_length=120, blank=True, help_text="带区号，如：0898-00000000（示例）"
    )
    fees = models.TextField("收费", blank=True, help_text="如：不收费；收费的写明标准和依据")
    visits = models.PositiveSmallIntegerField(
        "到现场次数", null=True, blank=True, help_text="如：1；不清楚则留空"
    )
    faq = StreamField([("question", QuestionBlock())], verbose_name="常见问题", blank=True)
    checked_on = models.DateField("最近核对日期", null=True, blank=True, help_text="最近一次核对内容的日期")
    review_by = models.DateField("下次核对日期", null=True, blank=True, help_text="到期后页面会提示读者")

    content_panels: ClassVar[list[Any]] = [
        FieldPanel("title"),
        FieldPanel("item"),
        FieldPanel("summary"),
        FieldPanel("conditions"),
        FieldPanel("steps"),
        MultiFieldPanel(
            [FieldPanel(name) for name in ("places", "hours", "phones", "fees", "visits")], heading="办理信息"
        ),
        FieldPanel("faq"),
        MultiFieldPanel([FieldPanel("checked_on"), FieldPanel("review_by")], heading="内容核对"),
    ]
    search_fields: ClassVar[list[Any]] = [
        *PublicPage.search_fields,
        index.SearchField("conditions"),
        index.SearchField("faq"),
        index.RelatedFields(
            "item",
            [
                index.SearchField("name"),
                index.SearchField("main_item"),
                index.SearchField("platform_item_code"),
                index.RelatedFields("department", [index.SearchField("name")]),
            ],
        ),
    ]

    class Meta:
        verbose_name = "办事指南"

    def default_slug(self) -> str:
        """The slug of a new guide follows the item's platform code, never a Chinese title."""
        has_item = self.item_id is not None  # type: ignore[has-type]
        return slug_of(self.item.platform_item_code) if has_item else super().default_slug()

    def current_version(self) -> GuideVersion | None:
        """The frozen version that readers see, None before the first publication."""
        version = (
            GuideVersion.objects.filter(item_id=self.item_id, current=True).select_related("item").first()
        )
        if version is not None:
            self.item = version.item  # one query for both
        return version

    def view(self, *, preview: bool) -> GuideView:
        """What the page shows: the frozen version; in an editor's preview, the item as it stands."""
        version = None if preview else self.current_version()
        snapshot = version.snapshot if version else freezing.snapshot_of(self.item, timezone.localdate())
        gaps = version.gaps if version else freezing.gaps_of(snapshot)
        ids = [row["department_id"] for row in (*snapshot["supervisors"], *snapshot["joint_units"])]
        if approver := snapshot["item"]["approval_department"]:
            ids.append(approver["id"])
        label = (
            f"第{version.version}版，{timezone.localtime(version.published_at):%Y-%m-%d}发布"
            if version
            else ""
        )
        return guide_view(snapshot, gaps, Department.objects.in_bulk(ids), label)

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        view = self.view(preview=bool(getattr(request, "is_preview", False)))
        context |= {
            "guide": view,
            "facts": [*view.facts, {"label": "到现场次数", "number": self.visits, "unit": "次"}],
            "places": self.places_and_fees(),
            "steps": [{"title": step.value["title"], "note": step.value["note"]} for step in self.steps],
            "suspended": self.item.state != ItemState.IN_USE,
            "overdue": bool(self.review_by and self.review_by < timezone.localdate()),
            "closed_title": f"本事项暂不接受网上/窗口申请登记：缺少{view.missing}",
            "closed_text": CLOSED_TEXT,
        }
        return context

    def places_and_fees(self) -> list[dict[str, str]]:
        """Where, when, whom to ask and what it costs."""
        return [
            {"label": "办理地点", "value": self.places},
            {"label": "办理时间", "value": self.hours},
            {"label": "咨询电话", "value": self.phones},
            {"label": "收费", "value": self.fees},
        ]
