"""The home page: one search box, the main doors, the newest policies."""

from typing import Any, ClassVar

from django.http import HttpRequest

from cms_pages.catalogue.codes import ItemState
from cms_pages.catalogue.models import ServiceItem
from cms_pages.models.base import PublicPage
from cms_pages.models.guides import GuidePage
from cms_pages.models.policies import PolicyPage

NEWEST_POLICIES = 5


class HomePage(PublicPage):
    """``/``"""

    template = "cms_pages/home.html"
    max_count = 1
    parent_page_types: ClassVar[list[str]] = ["wagtailcore.Page"]

    class Meta:
        verbose_name = "首页"

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        items = ServiceItem.objects.exclude(state=ItemState.ABOLISHED)
        context |= {
            "guide_meta": f"{GuidePage.objects.live().public().count()} 份指南",
            "item_meta": f"{items.count()} 个事项",
            "joint_meta": f"{items.filter(joint_approval=True).count()} 个事项",
            "policies": PolicyPage.newest()[:NEWEST_POLICIES],
        }
        return context
