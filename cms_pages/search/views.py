"""/search/?q= : one box for guides, items and policies."""

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from cms_pages.search import service


def search(request: HttpRequest) -> HttpResponse:
    """Results of one kind, with the number of hits of the others. Works without JavaScript."""
    query = service.clean_query(request.GET.get("q", ""))
    counts = {kind: service.count(query, kind) for kind in service.KINDS} if query else {}
    kind = request.GET.get("kind", "")
    if kind not in service.KINDS:
        kind = next((name for name in service.KINDS if counts.get(name)), "guide")
    page_text = request.GET.get("page", "1")
    page = int(page_text) if page_text.isdecimal() and len(page_text) < 4 else 1
    found = service.search(query, kind, page=page) if query else None
    context = {
        "query": query,
        "kind": kind,
        "tabs": [
            {
                "kind": name,
                "label": label,
                "url": f"?{_with(request, q=query, kind=name)}",
                "count": counts.get(name),
                "current": name == kind,
            }
            for name, label in service.KINDS.items()
        ],
        "found": found,
        "previous_url": f"?{_with(request, q=query, kind=kind, page=str(page - 1))}" if page > 1 else "",
        "next_url": (
            f"?{_with(request, q=query, kind=kind, page=str(page + 1))}"
            if found and found.total > page * service.PAGE_SIZE and page < service.MAX_PAGE
            else ""
        ),
    }
    return TemplateResponse(request, "cms_pages/search.html", context)


search.access_marker = "public"  # type: ignore[attr-defined]


def _with(request: HttpRequest, **values: str) -> str:
    parameters = request.GET.copy()
    parameters.clear()
    for name, value in values.items():
        parameters[name] = value
    return parameters.urlencode()
