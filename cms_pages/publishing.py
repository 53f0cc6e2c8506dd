"""Publishing guides in bulk: which, with what missing, and by whom."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from cms_pages.catalogue import freezing
from cms_pages.catalogue.models import GuideVersion
from cms_pages.models import GuidePage
from portal.accounts.models import User

MOST_AT_ONCE = 100
RELATED = (
    "item__limits",
    "item__bases",
    "item__materials",
    "item__joint_units__department",
    "item__supervisors__department",
)


@dataclass(frozen=True)
class Candidate:
    """A guide that may be published, and what its item still lacks."""

    page: GuidePage
    gaps: list[str]

    @property
    def missing(self) -> str:
        return "、".join(self.gaps)


def waiting_guides(*, query: str = "", department: str = "") -> "QuerySet[GuidePage]":
    """Guides never published, with unpublished changes, or whose item has changed since, in tree order."""
    waiting = Q(live=False) | Q(has_unpublished_changes=True) | Q(pk__in=stale_guides())
    rows = GuidePage.objects.filter(waiting)
    if query:
        rows = rows.filter(Q(item__name__icontains=query) | Q(item__platform_item_code__iexact=query))
    if department:
        rows = rows.filter(item__department__code=department)
    return rows.order_by("path")


def stale_guides() -> list[int]:
    """Published guides whose frozen version no longer says what the item says today (its limits may have changed).

    Looks at every published guide, in a fixed number of queries.
    """
    frozen = dict(GuideVersion.objects.filter(current=True).values_list("item_id", "sha256"))
    today = timezone.localdate()
    rows = _with_items(GuidePage.objects.filter(live=True, has_unpublished_changes=False))
    return [
        page.pk
        for page in rows
        if freezing.digest_of(freezing.snapshot_of(page.item, today)) != frozen.get(page.item_id)
    ]


def _with_items(pages: "QuerySet[GuidePage]") -> "QuerySet[GuidePage]":
    return pages.select_related(
        "item__department", "item__approval_department", "item__transferred_from"
    ).prefetch_related(*RELATED)


def candidates(pages: "QuerySet[GuidePage]") -> list[Candidate]:
    """``pages`` with what each lacks, in a fixed number of queries."""
    today = timezone.localdate()
    rows = _with_items(pages)
    return [Candidate(page, freezing.gaps_of(freezing.snapshot_of(page.item, today))) for page in rows]


def publish_guides(pks: Sequence[int], *, by: User) -> list[GuidePage]:
    """Publish the guides ``pks`` (at most ``MOST_AT_ONCE``), each freezing a version; those published.

    A guide that somebody else published meanwhile is passed over. One short transaction per guide, so that the
    window never waits behind an editor; an interrupted run is finished by asking again. Raises
    ``PermissionDenied``, and publishes none, when ``by`` may not publish one of them.
    """
    pages = list(waiting_guides().filter(pk__in=list(pks)[:MOST_AT_ONCE]))
    if not all(page.permissions_for_user(by).can_publish() for page in pages):
        raise PermissionDenied
    for page in pages:
        with transaction.atomic():
            newest = page.get_latest_revision_as_object()
            newest.save_revision(user=by, log_action=False).publish(user=by)
    return pages
