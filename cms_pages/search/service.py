"""One search for guides, items and policies: all terms first, then at least half of them."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from wagtail.search.backends import get_search_backend

from cms_pages.models import GuidePage, PolicyPage, ServiceItem
from cms_pages.search.text import index_text, query_terms

MAX_QUERY_LENGTH = 64  # characters
PAGE_SIZE = 20
MAX_PAGE = 50
FEW = 3  # below this many hits the looser tier is asked
LOOSE_POOL = 200  # hits that the looser tier looks at

KINDS = {"guide": "办事指南", "item": "事项", "policy": "政策文件"}


@dataclass(frozen=True)
class Found:
    """A page of hits of one kind, how many there are, and whether only part of the words matched."""

    kind: str
    hits: list[Any]
    total: int
    loose: bool = False


def _source(kind: str) -> QuerySet[Any]:
    if kind == "guide":
        return GuidePage.objects.live().public().select_related("item__department")
    if kind == "policy":
        return PolicyPage.objects.live().public()
    return ServiceItem.objects.select_related("department")


def _ask(kind: str, query: str, operator: str) -> Any:
    return get_search_backend().search(query, _source(kind), operator=operator)


def clean_query(text: str) -> str:
    """The query as it is searched: blanks trimmed, at most ``MAX_QUERY_LENGTH`` characters."""
    return text.strip()[:MAX_QUERY_LENGTH]


def search(text: str, kind: str, *, page: int = 1) -> Found:
    """Hits for ``text`` of one kind (a key of ``KINDS``), ``PAGE_SIZE`` per page, best first.

    Every term must be found; when fewer than ``FEW`` objects have them all, objects with at least half
    of the terms follow.
    """
    query = clean_query(text)
    start = (min(max(page, 1), MAX_PAGE) - 1) * PAGE_SIZE
    strict = _ask(kind, query, "and")
    total = strict.count()
    terms = query_terms(query)
    if total >= FEW or len(terms) < 2:
        return Found(kind, list(strict[start : start + PAGE_SIZE]), total)
    hits = list(strict)
    seen = {hit.pk for hit in hits}
    loose = _ask(kind, query, "or")[:LOOSE_POOL]
    hits.extend(hit for hit in loose if hit.pk not in seen and _share(hit, terms) >= 0.5)
    return Found(kind, hits[start : start + PAGE_SIZE], len(hits), loose=len(hits) > total)


def _share(hit: Any, terms: list[str]) -> float:
    """The share of ``terms`` that the title of ``hit`` has."""
    title = set(index_text(hit.title).split())
    return sum(term in title for term in terms) / len(terms)


def count(text: str, kind: str) -> int:
    """How many objects of ``kind`` have every term."""
    return int(_ask(kind, clean_query(text), "and").count())
