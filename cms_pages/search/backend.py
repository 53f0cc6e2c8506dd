"""Chinese search on Wagtail's database search (docs/adr: Chinese search is a thin layer).

``WAGTAILSEARCH_BACKENDS`` names this module; ``SearchBackend`` picks the engine. Text goes into the
index as terms of ``text.index_text`` and queries are rewritten by ``text.query_terms``, so that
titles, stream fields, documents, snippets and the admin's own search boxes all find Chinese.
"""

from copy import copy
from typing import Any

from django.db import connection
from modelsearch.backends.base import EmptySearchResults
from modelsearch.index import AutocompleteField, RelatedFields, SearchField
from modelsearch.query import And, Fuzzy, MatchAll, Not, Or, Phrase, PlainText, SearchQuery

from cms_pages.search.text import index_text, query_terms

INDEXED = (SearchField, AutocompleteField, RelatedFields)


def rewrite(query: SearchQuery) -> SearchQuery | None:
    """``query`` with its texts turned into terms; None when nothing searchable is left."""
    if isinstance(query, (PlainText, Phrase, Fuzzy)):
        terms = query_terms(query.query_string)
        operator = "and" if isinstance(query, Phrase) else query.operator
        return PlainText(" ".join(terms), operator=operator) if terms else None
    if isinstance(query, (And, Or)):
        parts = [part for part in map(rewrite, query.subqueries) if part is not None]
        return type(query)(parts) if parts else None
    if isinstance(query, Not) and not isinstance(query.subquery, MatchAll):
        inner = rewrite(query.subquery)
        return Not(inner) if inner is not None else MatchAll()
    return query


def _term_field(field: Any) -> Any:
    """A copy of a search field whose value is the terms of the original's text."""
    clone = copy(field)
    if isinstance(field, RelatedFields):
        clone.fields = [_term_field(sub) for sub in field.fields if isinstance(sub, INDEXED)]
        clone.get_value = lambda obj: field.get_value(_original(obj))
    else:
        clone.get_value = lambda obj: index_text(_flatten(field.get_value(_original(obj))))
    return clone


def _original(obj: Any) -> Any:
    return obj.original if isinstance(obj, TermObject) else obj


class TermObject:
    """An object seen by the indexer: same attributes, its texts as terms."""

    def __init__(self, obj: Any) -> None:
        self.original = obj

    def __getattr__(self, name: str) -> Any:
        return getattr(self.original, name)

    def get_search_fields(self) -> list[Any]:
        return [
            _term_field(field) for field in self.original.get_search_fields() if isinstance(field, INDEXED)
        ]


def _flatten(value: Any) -> str:
    """What a field may hold (text, list, dict) as one text; parts never run into each other."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return " | ".join(_flatten(part) for part in value.values())
    if isinstance(value, (list, tuple)):
        return " | ".join(_flatten(part) for part in value)
    return "" if value is None else str(value)


class ChineseIndexMixin:
    """Index side: every object is wrapped, and the full-table title norm is not recomputed on each save."""

    def add_items(self, model: Any, objs: Any) -> None:
        super().add_items(model, [TermObject(obj) for obj in objs])  # type: ignore[misc]

    def _refresh_title_norms(self, full: bool = False) -> None:
        return None


class ChineseSearchMixin:
    """Query side: rewrite the leaves; a query without terms finds nothing instead of failing."""

    def _search(self, query_compiler_class: Any, query: Any, model_or_queryset: Any, **kwargs: Any) -> Any:
        if isinstance(query, str):
            operator = kwargs.get("operator") or "and"
            query = PlainText(query, operator=operator)
        rewritten = rewrite(query) if query is not None else None
        if rewritten is None:
            return EmptySearchResults()
        # Terms stand in the index columns, not in the model's own: a field list would search raw text.
        kwargs["fields"] = None
        kwargs.pop("operator", None)
        return super()._search(query_compiler_class, rewritten, model_or_queryset, **kwargs)  # type: ignore[misc]


def SearchBackend(params: dict[str, Any]) -> Any:  # noqa: N802  (the name Wagtail looks for)
    """The backend of the engine in use: SQLite FTS5 or PostgreSQL full text."""
    if connection.vendor == "postgresql":
        from cms_pages.search.postgres import ChinesePostgresBackend

        return ChinesePostgresBackend({"SEARCH_CONFIG": "simple"} | params)
    from cms_pages.search.sqlite import ChineseSQLiteBackend

    return ChineseSQLiteBackend(params)
