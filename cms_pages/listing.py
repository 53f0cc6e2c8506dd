"""Small helpers of the public lists: page numbers that cannot break a query, addresses that keep filters."""

from typing import Any

from django.http import HttpRequest

MAX_PAGE = 500


def page_number(request: HttpRequest) -> int:
    """The page asked for; 1 for anything that is not a number between 1 and ``MAX_PAGE``."""
    text = request.GET.get("page", "")
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 5 else 1
    return number if 1 <= number <= MAX_PAGE else 1


def paging(request: HttpRequest, page: Any, unit: str) -> dict[str, str]:
    """What the pagination shows of a paginator page: ``prev_url``, ``next_url`` (filters kept), counts in ``unit``."""

    def address(number: int) -> str:
        parameters = request.GET.copy()
        parameters["page"] = str(number)
        return f"?{parameters.urlencode()}"

    return {
        "prev_url": address(page.previous_page_number()) if page.has_previous() else "",
        "next_url": address(page.next_page_number()) if page.has_next() else "",
        "count": f"共 {page.paginator.count} {unit}",
        "summary": f"第 {page.number} / {page.paginator.num_pages} 页",
    }
