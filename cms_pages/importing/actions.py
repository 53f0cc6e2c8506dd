"""Carrying out an import: items, unknown departments and draft guides, in chunks of one transaction each.

An interrupted import is finished by running it again: what is there is found unchanged.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, TypeVar

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from wagtail.models import Page
from wagtail.search.backends import get_search_backend

from cms_pages.catalogue.models import ServiceItem
from cms_pages.importing.models import ImportBatch
from cms_pages.importing.plan import Plan
from cms_pages.models.guides import SLUG_LENGTH, GuideIndexPage, GuidePage, slug_of, title_of
from portal.accounts.models import Department

CHUNK = 200
Progress = Callable[[int], object]
T = TypeVar("T")


class NoGuideIndex(Exception):
    """There is no page to put the draft guides under: the site has not been set up."""


def apply_plan(
    plan: Plan, *, by: str, now: datetime, progress: Progress = lambda rows: None
) -> ImportBatch | None:
    """Write ``plan``; None, and nothing written, when the catalogue already says all of it.

    Chunks, because a long list must not hold the database for minutes: a reader sees whole items with their
    drafts, never half of one. The batch counts as complete once the last chunk is in; a run that was killed is
    finished by running it again, which also completes the batches of the same file that it left behind.
    ``progress`` is told of every number of rows done.
    """
    parent = GuideIndexPage.objects.first()
    if parent is None:
        raise NoGuideIndex("还没有“办事指南”栏目，请先完成站点初始化。")
    progress(plan.refused)
    bare = _without_guide(plan.unchanged)
    if not plan.writes and not bare:
        _complete(plan)
        progress(len(plan.unchanged))
        return None
    with transaction.atomic():
        Department.objects.bulk_create(plan.departments)
        batch = _batch(plan, by=by, now=now)
    for items in _chunks(plan.create):
        with transaction.atomic():
            _create(items, batch, parent)
        progress(len(items))
    for items in _chunks(plan.change):
        with transaction.atomic():
            _change(items, plan, batch, parent)
        progress(len(items))
    for items in _chunks(bare):
        with transaction.atomic():
            draft_guides(items, parent)
    _complete(plan)
    progress(len(plan.unchanged))
    return batch


def interrupted(plan: Plan) -> bool:
    """Whether an earlier run on the same file was killed before its end."""
    return ImportBatch.objects.filter(sha256=plan.table.sha256, complete=False).exists()


def _complete(plan: Plan) -> None:
    ImportBatch.objects.filter(sha256=plan.table.sha256, complete=False).update(complete=True)


def draft_guides(items: Sequence[ServiceItem], parent: GuideIndexPage) -> list[GuidePage]:
    """A draft guide page for each of ``items``, made together under ``parent``.

    Wagtail adds one page in about ten statements; here the tree rows go in as one and the guide rows one
    each. The pages are those that ``add_child`` would make, without a first revision.
    """
    parent = GuideIndexPage.objects.select_for_update(of=("self",)).get(pk=parent.pk)
    pages = _tree_rows(items, parent)
    Page.objects.bulk_create([Page(**_page_values(page)) for page in pages])
    pks = dict(Page.objects.filter(path__in=[page.path for page in pages]).values_list("path", "pk"))
    for page in pages:
        page.pk = page.page_ptr_id = page.id = pks[page.path]
        page.save_base(raw=True, force_insert=True)  # the child row alone: its parent row stands already
    Page.objects.filter(pk=parent.pk).update(numchild=parent.numchild + len(pages))
    get_search_backend().add_bulk(GuidePage, pages)
    return pages


def _without_guide(items: Sequence[ServiceItem]) -> list[ServiceItem]:
    have = set(GuidePage.objects.values_list("item_id", flat=True))
    return [item for item in items if item.pk not in have]


def _batch(plan: Plan, *, by: str, now: datetime) -> ImportBatch:
    return ImportBatch.objects.create(
        file_name=plan.table.file_name[:200],
        sha256=plan.table.sha256,
        imported_at=now,
        imported_by=by[:60],
        rows=len(plan.table.rows),
        created=len(plan.create),
        changed=len(plan.change),
        unchanged=len(plan.unchanged),
        refused=plan.refused,
        findings=[asdict(finding) for finding in plan.findings],
    )


def _create(items: list[ServiceItem], batch: ImportBatch, parent: GuideIndexPage) -> None:
    for item in items:
        item.batch = batch
    ServiceItem.objects.bulk_create(items)
    get_search_backend().add_bulk(ServiceItem, items)
    draft_guides(items, parent)


def _change(items: list[ServiceItem], plan: Plan, batch: ImportBatch, parent: GuideIndexPage) -> None:
    for item in items:
        item.batch = batch
    ServiceItem.objects.bulk_update(items, [*plan.fields, "batch"])
    get_search_backend().add_bulk(ServiceItem, items)
    renamed = {pk: plan.renamed[pk] for pk in (item.pk for item in items) if pk in plan.renamed}
    _rename_untouched_drafts(renamed)
    bare = _without_guide(items)
    if bare:
        draft_guides(bare, parent)


def _rename_untouched_drafts(old_names: dict[int, str]) -> None:
    """A draft that nobody has worked on yet follows the new name of its item."""
    pages = GuidePage.objects.filter(item_id__in=old_names, live=False, latest_revision=None)
    for page in pages.select_related("item"):
        page.title = page.draft_title = title_of(page.item)
        page.save(update_fields=["title", "draft_title"])


def _tree_rows(items: Sequence[ServiceItem], parent: GuideIndexPage) -> list[GuidePage]:
    last = parent.get_last_child()
    path = last.path if last else None
    taken = set(Page.objects.child_of(parent).values_list("slug", flat=True))
    content_type = ContentType.objects.get_for_model(GuidePage)
    site_path = parent.url_path
    pages = []
    for item in items:
        path = _next_path(parent, path)
        slug = _free_slug(slug_of(item.platform_item_code), taken)
        page = GuidePage(
            item=item, title=title_of(item), slug=slug, live=False, has_unpublished_changes=False
        )
        page.path, page.depth, page.numchild = path, parent.depth + 1, 0
        page.draft_title, page.content_type, page.locale = page.title, content_type, parent.locale
        page.url_path = f"{site_path}{slug}/"
        pages.append(page)
    return pages


def _page_values(page: GuidePage) -> dict[str, Any]:
    names = (field.attname for field in Page._meta.concrete_fields if not field.primary_key)
    return {name: getattr(page, name) for name in names}


def _next_path(parent: GuideIndexPage, last: str | None) -> str:
    if last is None:
        return str(Page._get_path(parent.path, parent.depth + 1, 1))
    step = Page._str2int(last[len(parent.path) :])
    return str(Page._get_path(parent.path, parent.depth + 1, step + 1))


def _free_slug(wanted: str, taken: set[str]) -> str:
    slug, number = wanted, 1
    while slug in taken:
        number += 1
        slug = f"{wanted[: SLUG_LENGTH - 5]}-{number}"
    taken.add(slug)
    return slug


def _chunks(rows: Sequence[T]) -> Iterator[list[T]]:
    for start in range(0, len(rows), CHUNK):
        yield list(rows[start : start + CHUNK])
