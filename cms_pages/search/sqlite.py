"""The layer on SQLite FTS5.

Upstream ranks by a correlated sub-query that recomputes bm25 for every hit; here the index is asked
once, in rank order, and the model's own filters are applied to the ids it names (feasibility §2.2).
"""

from typing import Any

from django.db import connections, router
from modelsearch.backends.database.sqlite.sqlite import (
    SQLiteAutocompleteQueryCompiler,
    SQLiteIndex,
    SQLiteSearchBackend,
    SQLiteSearchQueryCompiler,
    SQLiteSearchResults,
)
from modelsearch.conf import get_app_config
from modelsearch.query import And, MatchAll, Or, PlainText, SearchQuery
from modelsearch.utils import get_descendants_content_types_pks

from cms_pages.search.backend import ChineseIndexMixin, ChineseSearchMixin

CHUNK = 900  # below SQLite's limit of variables in one statement
WEIGHTS = "0.5, 1.0, 8.0"  # autocomplete, body, title


def match_string(query: SearchQuery, *, prefix: bool) -> str | None:
    """FTS5 match expression of a rewritten query; None for kinds that the index cannot answer."""
    if isinstance(query, PlainText):
        terms = [f'"{term}"' for term in query.query_string.split()]
        if prefix and terms:
            terms[-1] += "*"
        return f" {query.operator.upper()} ".join(terms) or None
    if isinstance(query, (And, Or)):
        parts = [match_string(part, prefix=prefix) for part in query.subqueries]
        if None in parts:
            return None
        word = " AND " if isinstance(query, And) else " OR "
        return word.join(f"({part})" for part in parts)
    return None


def ranked_ids(compiler: Any) -> list[str] | None:
    """Object ids of the hits, best first; None when upstream's way has to be taken."""
    match = match_string(compiler.query, prefix=compiler.LAST_TERM_IS_PREFIX)
    if match is None:
        return None
    columns = " ".join(compiler.FTS_TABLE_FIELDS)
    entry = get_app_config().get_model("IndexEntry")
    table = entry._meta.db_table
    types = get_descendants_content_types_pks(compiler.queryset.model)
    marks = ", ".join(["%s"] * len(types))
    sql = (
        f"SELECT e.object_id FROM {table}_fts f JOIN {table} e ON e.id = f.rowid "  # noqa: S608
        f"WHERE f.{table}_fts MATCH %s AND e.content_type_id IN ({marks}) "
        f"ORDER BY bm25({table}_fts, {WEIGHTS}), e.id DESC"
    )
    with connections[router.db_for_read(entry)].cursor() as cursor:
        cursor.execute(sql, [f"{{{columns}}} : ({match})", *types])
        return [row[0] for row in cursor.fetchall()]


class ChineseSQLiteResults(SQLiteSearchResults):
    """Results read from the ranked ids; scores and unusual queries go upstream's way."""

    def _visible(self) -> list[Any] | None:
        compiler = self.query_compiler
        if self._score_field is not None or isinstance(compiler.query, MatchAll):
            return None
        ids = ranked_ids(compiler)
        if ids is None:
            return None
        key = compiler.queryset.model._meta.pk
        wanted = [key.to_python(text) for text in ids]
        found: set[Any] = set()
        queryset = compiler.queryset.order_by()
        for start in range(0, len(wanted), CHUNK):
            found.update(queryset.filter(pk__in=wanted[start : start + CHUNK]).values_list("pk", flat=True))
        return [pk for pk in wanted if pk in found]

    def _do_search(self) -> list[Any]:
        pks = self._visible()
        if pks is None:
            return list(super()._do_search())
        queryset = self.query_compiler.queryset
        if self.query_compiler.order_by_relevance:
            page = pks[self.start : self.stop]
            rows: dict[Any, Any] = {}
            for start in range(0, len(page), CHUNK):
                rows |= {
                    row.pk: row for row in queryset.order_by().filter(pk__in=page[start : start + CHUNK])
                }
            return [rows[pk] for pk in page]
        if not queryset.query.order_by:
            queryset = queryset.order_by("-pk")
        return list(queryset.filter(pk__in=pks[:30_000])[self.start : self.stop])

    def _do_count(self) -> int:
        pks = self._visible()
        if pks is None:
            return int(super()._do_count())
        return len(pks[self.start : self.stop])


class ChineseSQLiteIndex(ChineseIndexMixin, SQLiteIndex):
    pass


class ChineseSQLiteBackend(ChineseSearchMixin, SQLiteSearchBackend):
    query_compiler_class = SQLiteSearchQueryCompiler
    autocomplete_query_compiler_class = SQLiteAutocompleteQueryCompiler
    index_class = ChineseSQLiteIndex
    results_class = ChineseSQLiteResults
