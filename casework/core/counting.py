"""Counts for lists and menus: never more rows are read than a reader cares about, many counts in one statement."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

CAP = 1000
Name = TypeVar("Name")


def up_to(rows: "Mapping[Name, QuerySet[Any]]", cap: int = CAP) -> dict[Name, int]:
    """How many rows each queryset has; counting stops at ``cap + 1``, which says "more than ``cap``".

    One statement for all. A queryset that is sliced already is counted within its own limit: ``[:1]`` asks
    whether there is any.
    """
    found: dict[Name, int] = dict.fromkeys(rows, 0)
    asked: list[Name] = []
    parts: list[str] = []
    values: list[Any] = []
    for name, wanted in rows.items():
        limited = wanted if wanted.query.is_sliced else wanted.order_by()[: cap + 1]
        try:
            sql, given = limited.values("pk").query.sql_with_params()
        except EmptyResultSet:
            continue
        asked.append(name)
        parts.append(f"(SELECT COUNT(*) FROM ({sql}) counted)")  # noqa: S608 Django wrote it
        values += given
    if asked:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(parts)}", values)
            found.update(zip(asked, cursor.fetchone(), strict=True))
    return found


def count(rows: "QuerySet[Any]", cap: int = CAP) -> int:
    """How many rows ``rows`` has, at most ``cap + 1``."""
    return up_to({"": rows}, cap)[""]


def capped(number: int, cap: int = CAP) -> str:
    """A count beside a name: the number, or "1000以上" beyond the cap."""
    return str(number) if number <= cap else f"{cap}以上"


def in_words(number: int, unit: str, cap: int = CAP) -> str:
    """A count in a sentence: "7项", or "1000项以上" beyond the cap."""
    return f"{number}{unit}" if number <= cap else f"{cap}{unit}以上"
