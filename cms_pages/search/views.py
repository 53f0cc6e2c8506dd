"""/search/?q= : one box for guides, items and policies."""

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from cms_pages.search import service


@require_safe
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
    if found:
        counts[kind] = found.total  # with the looser hits that the list shows
    context = {
        "crumbs": [{"label": "首页", "url": "/"}],
        "query": query,
        "kind": kind,
        "tabs": [
            {
                "kind": name,
                "label": label,
                "url": f"?{_with(q=query, kind=name)}",
                "count": counts.get(name),
                "current": name == kind,
            }
            for name, label in service.KINDS.items()
        ],
        "found": found,
        "rows": [_row(kind, hit, request) for hit in found.hits] if found else [],
        "previous_url": f"?{_with(q=query, kind=kind, page=str(page - 1))}" if page > 1 else "",
        "next_url": (
            f"?{_with(q=query, kind=kind, page=str(page + 1))}"
            if found and found.total > page * service.PAGE_SIZE and page < service.MAX_PAGE
            else ""
        ),
    }
    return TemplateResponse(request, "cms_pages/search.html", context)


search.access_marker = "public"  # type: ignore[attr-defined]


def _row(kind: str, hit: Any, request: HttpRequest) -> dict[str, str]:
    """One hit as a card: title, address, a line of facts."""
    if kind == "item":
        address = f"/items/?{_with(q=hit.platform_item_code)}"
        return {"title": hit.name, "url": address, "meta": f"{hit.department} · {hit.platform_item_code}"}
    if kind == "policy":
        meta = f"{hit.issuer} · {hit.document_number or '无文号'} · {hit.get_validity_display()}"
    else:
        meta = f"{hit.item.department} · {hit.item.get_item_type_display()}"
    return {"title": hit.title, "url": hit.get_url(request) or "", "meta": meta}


def _with(**values: str) -> str:
    parameters = QueryDict(mutable=True)
    parameters.update(values)
    return parameters.urlencode()
