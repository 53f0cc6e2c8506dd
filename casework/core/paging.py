"""Keyset pages: the hundredth page costs what the first does, and no row is skipped or shown twice."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Model, Q, QuerySet
from django.http import QueryDict

SIZES = (20, 50)
AFTER, BEFORE, SIZE = "after", "before", "size"
_DROPPED = (AFTER, BEFORE, "use_partial")
_NO_DUE = "-"


@dataclass(frozen=True)
class Page:
    """Rows of one page and the addresses (query strings) of its neighbours, empty at the ends."""

    rows: list[Any]
    prev_url: str
    next_url: str


@dataclass(frozen=True)
class Order:
    """An order that can be cut at a row: ``beyond`` filters the rows after (or before) a cursor.

    In parts that follow one another, each of them a stretch of one index: an engine walks a stretch from its
    beginning, but would read an "or" of two from the beginning of the list.
    """

    forward: tuple[Any, ...]
    backward: tuple[Any, ...]
    cursor: Callable[[Any], str]
    beyond: Callable[[str, bool], tuple[Q, ...]]


def number_in(text: str) -> int | None:
    """The number that ``text`` from an address or a form spells, None for anything that no row can have."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def newest(rows: "QuerySet[Any]", params: QueryDict) -> Page:
    """A page of ``rows``, the youngest (highest primary key) first."""
    return _page(rows, params, NEWEST)


def oldest(rows: "QuerySet[Any]", params: QueryDict) -> Page:
    """A page of ``rows``, the oldest (lowest primary key) first."""
    return _page(rows, params, OLDEST)


def soonest_due(rows: "QuerySet[Any]", params: QueryDict) -> Page:
    """A page of duties, the earliest ``due_at`` first; those without one (paused) come last."""
    return _page(rows, params, SOONEST_DUE)


def query(params: QueryDict, **changes: str) -> str:
    """``?…`` with the present filters, ``changes`` and no cursor; an empty value removes a filter."""
    copy = params.copy()
    for name in _DROPPED:
        copy.pop(name, None)
    for name, value in changes.items():
        copy[name] = value
    found = QueryDict(mutable=True)
    for name, given in copy.items():
        if given:
            found[name] = str(given)
    return f"?{found.urlencode()}"


def _page(rows: "QuerySet[Any]", params: QueryDict, order: Order) -> Page:
    size = SIZES[1] if params.get(SIZE) == str(SIZES[1]) else SIZES[0]
    after, before = params.get(AFTER, ""), params.get(BEFORE, "")
    back = bool(before) and not after
    cursor = before if back else after
    try:
        parts = order.beyond(cursor, back) if cursor else (Q(),)
    except ValueError:  # a cursor that somebody typed: start from the beginning
        parts, cursor, back = (Q(),), "", False
    found: list[Model] = []
    for part in parts:
        if (missing := size + 1 - len(found)) > 0:
            found += rows.filter(part).order_by(*(order.backward if back else order.forward))[:missing]
    more = len(found) > size
    found = found[:size]
    if back:
        found.reverse()
    has_prev, has_next = (more, True) if back else (bool(cursor), more)
    return Page(
        found,
        query(params, **{BEFORE: order.cursor(found[0])}) if has_prev and found else "",
        query(params, **{AFTER: order.cursor(found[-1])}) if has_next and found else "",
    )


def _newest_beyond(cursor: str, back: bool) -> tuple[Q, ...]:
    return (Q(pk__gt=int(cursor)) if back else Q(pk__lt=int(cursor)),)


def _oldest_beyond(cursor: str, back: bool) -> tuple[Q, ...]:
    return _newest_beyond(cursor, not back)


def _due_cursor(row: Any) -> str:
    return f"{row.due_at.isoformat() if row.due_at else _NO_DUE}_{row.pk}"


def _due_beyond(cursor: str, back: bool) -> tuple[Q, ...]:
    due, _, number = cursor.rpartition("_")
    pk = int(number)
    if due == _NO_DUE:
        return (Q(due_at=None, pk__lt=pk), Q(due_at__isnull=False)) if back else (Q(due_at=None, pk__gt=pk),)
    at = datetime.fromisoformat(due)
    if at.tzinfo is None or not 1 < at.year < 9999:
        raise ValueError("a cursor without a time zone, or beyond what a zone can turn over")
    if back:
        return (Q(due_at__lte=at) & (Q(due_at__lt=at) | Q(pk__lt=pk)),)
    return Q(due_at__gte=at) & (Q(due_at__gt=at) | Q(pk__gt=pk)), Q(due_at=None)


NEWEST = Order(("-pk",), ("pk",), lambda row: str(row.pk), _newest_beyond)
OLDEST = Order(("pk",), ("-pk",), lambda row: str(row.pk), _oldest_beyond)
SOONEST_DUE = Order(
    (F("due_at").asc(nulls_last=True), "pk"),
    (F("due_at").desc(nulls_first=True), "-pk"),
    _due_cursor,
    _due_beyond,
)
