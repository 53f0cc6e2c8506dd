"""What every public page shares: a summary, and the way back up the tree."""

import secrets
from typing import Any, ClassVar

from django.db import models
from django.http import HttpRequest
from wagtail.admin.panels import FieldPanel
from wagtail.models import Page, Site
from wagtail.search import index

MISSING = "待补充"


class PublicPage(Page):
    """Abstract base of the page families (no swapped Wagtail base page: docs/adr)."""

    summary = models.CharField(
        "摘要",
        max_length=300,
        blank=True,
        help_text="显示在标题下方和列表中，如：划转事项的办理条件、材料和时限",
    )

    content_panels: ClassVar[list[Any]] = [*Page.content_panels, FieldPanel("summary")]
    search_fields: ClassVar[list[Any]] = [*Page.search_fields, index.SearchField("summary")]

    class Meta:
        abstract = True

    def default_slug(self) -> str:
        """An ASCII address for a page whose Chinese title gives none: kind and eight random characters."""
        return f"{self._meta.model_name.removesuffix('page')}-{secrets.token_hex(4)}"

    def _fill_slug(self) -> None:
        if not self.slug:  # type: ignore[has-type]
            self.slug = self.default_slug()

    def full_clean(self, *args: Any, **kwargs: Any) -> None:
        self._fill_slug()
        super().full_clean(*args, **kwargs)

    def minimal_clean(self) -> None:
        """What Wagtail asks of a draft; without a slug a second draft would get the address of the first."""
        self._fill_slug()
        super().minimal_clean()

    def crumbs(self, request: HttpRequest) -> list[dict[str, str]]:
        """Label and address of every page above this one, the home page first."""
        site = Site.find_for_request(request)
        home = site.root_page if site else None
        if home is None or self.depth <= home.depth:
            return []
        above = [home]
        if self.depth > home.depth + 1:
            above += Page.objects.ancestor_of(self).filter(depth__gt=home.depth).order_by("depth")
        return [{"label": page.title, "url": page.get_url(request) or "/"} for page in above]

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        context["crumbs"] = self.crumbs(request)
        return context
