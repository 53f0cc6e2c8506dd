"""The page tree: made once, found again ever after.

``ensure_site`` may run at every start: it makes what is missing and changes nothing that an editor wrote.
"""

import json
from datetime import date
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from wagtail.models import Page, Site, Task, Workflow

from cms_pages.models import (
    GuideIndexPage,
    HomePage,
    ItemListPage,
    JointItemListPage,
    PolicyIndexPage,
    PolicyPage,
)

MEASURE_FILE = Path(__file__).parent / "documents" / "measure_2022_44.json"
PORTS = {"http": 80, "https": 443}
PageT = TypeVar("PageT", bound=Page)

SECTIONS: tuple[tuple[type[Page], str, str, str], ...] = (
    (GuideIndexPage, "guides", "办事指南", "办什么、要什么材料、到哪里办、多久办好。"),
    (
        ItemListPage,
        "items",
        "事项清单（含划转事项）",
        "事项由谁审批、由谁监管；划转到行政审批部门的事项注明批次和日期。",
    ),
    (
        JointItemListPage,
        "joint-items",
        "联合审批事项",
        "一窗受理，联合审批，限时办结：需要行政主管部门参与审批的事项、参与单位和意见时限（办法第七条）。",
    ),
    (PolicyIndexPage, "policies", "政策文件", "与行政审批、监管和执法有关的文件及解读。"),
)


@transaction.atomic
def ensure_site(public_url: str) -> HomePage:
    """Make the site of ``public_url`` with its home page, its sections and the measure; idempotent."""
    home = _home()
    _site(public_url, home)
    for model, slug, title, summary in SECTIONS:
        if not home.get_children().type(model).exists():
            _add(home, model(title=title, slug=slug, summary=summary))
    ensure_measure(PolicyIndexPage.objects.child_of(home).get())
    _name_workflow()
    return home


def _name_workflow() -> None:
    """Wagtail's first workflow bears an English name until somebody gives it another."""
    for model in (Workflow, Task):
        model.objects.filter(name="Moderators approval").update(name="发布审核")


def ensure_measure(index: PolicyIndexPage) -> PolicyPage:
    """The measure itself (儋府办〔2022〕44号) as a policy page; left alone when it is there."""
    written: dict[str, Any] = json.loads(MEASURE_FILE.read_text("utf-8"))
    found = PolicyPage.objects.child_of(index).filter(slug=written["slug"]).first()
    if found is not None:
        return found
    dates = {name: date.fromisoformat(written.pop(name)) for name in ("written_on", "issued_on")}
    body = json.dumps(written.pop("body"))
    return _add(index, PolicyPage(**written, **dates, body=body))


def guide_index() -> GuideIndexPage | None:
    """The page under which guides stand, None before ``ensure_site``."""
    return GuideIndexPage.objects.first()


def _home() -> HomePage:
    home = HomePage.objects.first()
    if home is not None:
        return home
    root = Page.get_first_root_node()
    # Wagtail's own migration leaves a page「Welcome to your new Wagtail site!」 with the slug we need.
    welcome = root.get_children().filter(slug="home", content_type__model="page").first()
    if welcome is not None and not welcome.get_children().exists():
        welcome.slug = "welcome"
        welcome.save(update_fields=["slug"])
    home = _add(root, HomePage(title="首页", slug="home", summary=settings.SITE_SUBTITLE))
    Site.objects.filter(root_page=welcome).update(root_page=home)
    if welcome is not None and not welcome.get_children().exists():
        Page.objects.get(pk=welcome.pk).delete()
    return home


def _site(public_url: str, home: HomePage) -> None:
    address = urlsplit(public_url)
    wanted = {
        "hostname": address.hostname or "localhost",
        "port": address.port or PORTS.get(address.scheme, 80),
        "root_page_id": home.pk,
        "site_name": settings.SITE_NAME,
    }
    site = Site.objects.filter(is_default_site=True).first() or Site(is_default_site=True)
    if site.pk and all(getattr(site, name) == value for name, value in wanted.items()):
        return
    for name, value in wanted.items():
        setattr(site, name, value)
    site.save()  # clears Wagtail's cache of site roots


def _add(parent: Page, page: PageT) -> PageT:
    parent.refresh_from_db()  # treebeard counts children on the instance
    parent.add_child(instance=page)
    page.save_revision(log_action=False).publish(log_action=False)  # the platform's own: no editor's act
    page.refresh_from_db()
    return page
