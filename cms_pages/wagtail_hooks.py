"""The catalogue at the editors' desk."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.permissions import register_permission_policy
from wagtail.snippets.models import register_snippet

from cms_pages.catalogue.models import ServiceItem
from cms_pages.catalogue.viewsets import ImportBatchViewSet, ServiceItemViewSet
from cms_pages.importing.actions import draft_guides
from cms_pages.importing.models import ImportBatch
from cms_pages.models import GuidePage
from cms_pages.publish_views import may_publish, publish_many
from cms_pages.site import guide_index
from portal.accounts.permissions import READ_ONLY, LimitedPolicy

# An item is ended by its state, never deleted: cases and published versions point at it.
register_permission_policy(ServiceItem, LimitedPolicy(ServiceItem))
register_permission_policy(ImportBatch, LimitedPolicy(ImportBatch, READ_ONLY))
register_snippet(ServiceItemViewSet)
register_snippet(ImportBatchViewSet)


@hooks.register("register_admin_urls")
def publish_url() -> list[URLPattern]:
    return [path("guides/publish/", publish_many, name="publish_guides")]


class PublishMenuItem(MenuItem):
    """Shown to those who may publish guides."""

    def is_shown(self, request: HttpRequest) -> bool:
        return may_publish(request)


@hooks.register("register_admin_menu_item")
def publish_menu_item() -> MenuItem:
    return PublishMenuItem("批量发布指南", reverse("publish_guides"), icon_name="check", order=115)


@hooks.register("after_create_snippet")
def draft_guide_of_new_item(request: HttpRequest, instance: Any) -> None:
    """A new item gets a draft guide at once, as an imported one does."""
    parent = guide_index()
    if isinstance(instance, ServiceItem) and parent is not None:
        draft_guides([instance], parent)


@hooks.register("after_edit_snippet")
def point_at_guide(request: HttpRequest, instance: Any) -> None:
    """What the public reads is the frozen version: tell the editor where to publish the change."""
    if not isinstance(instance, ServiceItem):
        return
    guide = GuidePage.objects.filter(item=instance).first()
    if guide is not None:
        address = reverse("wagtailadmin_pages:edit", args=[guide.pk])
        text = '事项已保存。公众看到的是已发布的指南版本，请<a href="{}">打开办事指南</a>并发布，使修改生效。'
        messages.info(request, format_html(text, address))
