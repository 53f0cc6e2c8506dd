"""``/cms/guides/publish/``: preview of the guides to publish, then one confirmed POST."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from cms_pages.listing import page_number, paging
from cms_pages.publishing import MOST_AT_ONCE, candidates, publish_guides, waiting_guides
from cms_pages.site import guide_index
from portal.accounts.models import Department

PER_PAGE = 100


def may_publish(request: HttpRequest) -> bool:
    """Whether the person may publish guides at all."""
    index = guide_index()
    return index is not None and bool(index.permissions_for_user(request.user).can_publish_subpage())


@require_http_methods(["GET", "POST"])
def publish_many(request: HttpRequest) -> HttpResponse:
    """GET: the waiting guides under the filters of the address, with what each lacks. POST: publish the ticked."""
    if not may_publish(request):
        raise PermissionDenied
    if request.method == "POST":
        return _publish(request)
    query = request.GET.get("q", "").strip()[:80]
    department = request.GET.get("department", "")
    rows = waiting_guides(query=query, department=department)
    page = Paginator(rows, PER_PAGE).get_page(page_number(request))
    shown = candidates(page.object_list)  # type: ignore[arg-type]
    context = {
        "header_title": "批量发布办事指南",
        "query": query,
        "department": department,
        "departments": Department.objects.filter(listed_items__guide__isnull=False).distinct(),
        "candidates": shown,
        "incomplete": sum(bool(candidate.gaps) for candidate in shown),
        **paging(request, page, "份待发布"),
    }
    return TemplateResponse(request, "cms_pages/admin/publish_guides.html", context)


def _publish(request: HttpRequest) -> HttpResponse:
    address = f"{reverse('publish_guides')}?{request.GET.urlencode()}"
    ticked = [
        int(text)
        for text in request.POST.getlist("guide")
        if text.isascii() and text.isdecimal() and len(text) < 19
    ]
    if not ticked:
        messages.error(request, "没有选择任何指南。请勾选后再发布。")
        return redirect(address)
    if len(ticked) > MOST_AT_ONCE:
        messages.error(request, f"一次最多发布{MOST_AT_ONCE}份指南，请分批发布。")
        return redirect(address)
    done = publish_guides(ticked, by=request.user)  # type: ignore[arg-type]
    passed = len(set(ticked)) - len(done)
    messages.success(request, f"已发布 {len(done)} 份办事指南。")
    if passed:
        messages.warning(request, f"另有 {passed} 份已由他人发布或不存在，没有重复发布。")
    return redirect(address)
