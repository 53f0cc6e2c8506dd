"""Find rows by how a field begins, newest first, without reading a table: whether few rows match or nearly all.

An index over the field finds few matches at once, but would have to collect and sort very many; a walk from
the newest row meets many matches at once, but would have to pass very many rows for few. So the index is
asked for a few first, and where there are more the walk is taken.
"""

from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet
from django.db.models.functions import Left

FEW = 1000
LAST = "\U0010ffff"  # sorts after every other character: the upper end of a prefix
Row = TypeVar("Row", bound=Model)


def beginning_with(rows: "QuerySet[Row]", words: str, *fields: str) -> "QuerySet[Row]":
    """``rows`` where one of ``fields`` (each with an index) begins with ``words``; one small query decides how."""
    indexed, walked, heads = Q(), Q(), {}
    for field in fields:
        indexed |= Q(**{f"{field}__gte": words, f"{field}__lt": words + LAST})
        heads[f"head_of_{field}"] = Left(field, len(words))
        walked |= Q(**{f"head_of_{field}": words})
    few = if_few(rows.model._default_manager.filter(indexed), "pk")
    return rows.alias(**heads).filter(walked) if few is None else rows.filter(pk__in=few)


def if_few(rows: "QuerySet[Any]", field: str) -> list[int] | None:
    """The values of ``field`` in ``rows`` if there are few rows; None if there are many."""
    found = list(rows.order_by().values_list(field, flat=True)[: FEW + 1])
    return found if len(found) <= FEW else None
