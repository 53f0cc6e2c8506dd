"""The layer on PostgreSQL. Its expression index is made by a migration of this app."""

from modelsearch.backends.database.postgres.postgres import PostgresIndex, PostgresSearchBackend

from cms_pages.search.backend import ChineseIndexMixin, ChineseSearchMixin


class ChinesePostgresIndex(ChineseIndexMixin, PostgresIndex):
    pass


class ChinesePostgresBackend(ChineseSearchMixin, PostgresSearchBackend):
    index_class = ChinesePostgresIndex
