"""The lists of items: all of them with the transferred ones marked (5.1), and the joint approval list (7)."""

from typing import Any, ClassVar

from django.core.paginator import Paginator
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from cms_pages.catalogue.codes import ItemState, ItemType
from cms_pages.catalogue.models import JointUnit, ServiceItem
from cms_pages.listing import page_number, paging
from cms_pages.models.base import PublicPage
from portal.accounts.models import Department

PAGE_SIZE = 20


def public_items() -> "QuerySet[ServiceItem]":
    """Items that the public may see: all but the abolished ones, with what a list row needs."""
    return (
        ServiceItem.objects.exclude(state=ItemState.ABOLISHED)
        .select_related("department", "approval_department", "guide")
        .order_by("id")
    )


def filtered(
    rows: "QuerySet[ServiceItem]", request: HttpRequest
) -> "tuple[QuerySet[ServiceItem], dict[str, str]]":
    """``rows`` under the filters of the address (q, department, type), and those filters."""
    used = {name: request.GET.get(name, "").strip()[:80] for name in ("q", "department", "type")}
    if used["q"]:
        rows = rows.filter(Q(name__icontains=used["q"]) | Q(platform_item_code__iexact=used["q"]))
    if used["department"]:
        rows = rows.filter(department__code=used["department"])
    if used["type"] in ItemType.values:
        rows = rows.filter(item_type=used["type"])
    return rows, used


class ItemListPage(PublicPage):
    """``/items/``"""

    template = "cms_pages/item_list.html"
    max_count = 1
    parent_page_types: ClassVar[list[str]] = ["cms_pages.HomePage"]
    subpage_types: ClassVar[list[str]] = []

    class Meta:
        verbose_name = "事项清单栏目"

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        rows, used = filtered(public_items(), request)
        transferred = request.GET.get("transferred") == "1"
        if transferred:
            rows = rows.filter(transferred=True)
        page = Paginator(rows, PAGE_SIZE).get_page(page_number(request))
        listed = ServiceItem.objects.exclude(state=ItemState.ABOLISHED).values("department_id")
        context |= {
            "used": used,
            "transferred": transferred,
            "filtering": transferred or any(used.values()),
            "types": ItemType.choices,
            "departments": Department.objects.filter(pk__in=listed),
            "page_of": page,
        }
        context |= paging(request, page, "个事项")
        return context


class JointItemListPage(PublicPage):
    """``/joint-items/``"""

    template = "cms_pages/joint_item_list.html"
    max_count = 1
    parent_page_types: ClassVar[list[str]] = ["cms_pages.HomePage"]
    subpage_types: ClassVar[list[str]] = []

    class Meta:
        verbose_name = "联合审批事项清单栏目"

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        today = timezone.localdate()
        units = JointUnit.objects.select_related("department").filter(
            Q(valid_to=None) | Q(valid_to__gte=today), valid_from__lte=today
        )
        joint = public_items().filter(joint_approval=True)
        rows, used = filtered(
            joint.prefetch_related(Prefetch("joint_units", units.order_by("id"), "units")), request
        )
        page = Paginator(rows, PAGE_SIZE).get_page(page_number(request))
        context |= {"used": used, "filtering": any(used.values()), "page_of": page}
        context |= paging(request, page, "个事项")
        return context
