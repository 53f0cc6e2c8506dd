"""Full pages first; the fragment that the element asks for when htmx asks."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import resolve
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme

from casework.core.conflicts import conflict_page
from casework.core.errors import Refusal
from casework.core.transitions import StaleState
from casework.core.versions import Conflict

View = Callable[..., HttpResponse]
FRAGMENT = "use_partial"


def page(*partials: str) -> Callable[[View], View]:
    """Let a page view also answer with one of its named ``partials``.

    The element names the partial in ``use_partial``; one that is not listed here gets 400, because a
    fragment chosen by the client could step around an ``if`` of the page.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapped(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
            response = view(request, *args, **kwargs)
            wanted = request.GET.get(FRAGMENT, "")
            if request.htmx and wanted and isinstance(response, TemplateResponse):
                if wanted not in partials:
                    return HttpResponseBadRequest("没有这个页面片段。")
                response.template_name = f"{response.template_name}#{wanted}"
            patch_vary_headers(response, ["HX-Request"])
            return response

        return wrapped

    return decorate


def acts(view: View) -> View:
    """Turn what an action raises into an answer that says what to do: 422 refused, 409 somebody was faster.

    A form that somebody else's change made out of date comes back with both values (``conflicts.py``).
    """

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except Refusal as refusal:
            return _explain(request, 422, "未能办理", str(refusal))
        except Conflict as conflict:
            return conflict_page(request, conflict.form, over=conflict.over)
        except StaleState:
            return _explain(
                request,
                409,
                "状态已变化",
                "该事项刚刚已由其他人办理或状态已变化，本次操作未执行。请刷新页面查看最新情况。",
            )

    return wrapped


def _explain(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    """A page of its own; for htmx its body, put into the message region so that the form keeps its input."""
    htmx = getattr(request, "htmx", False)
    name = "desk/refused.html#body" if htmx else "desk/refused.html"
    context = {"title": title, "text": text, "back": _back(request)}
    response = TemplateResponse(request, name, context, status=status)
    if htmx:
        response.headers["HX-Retarget"] = "#messages"
        response.headers["HX-Reswap"] = "innerHTML show:#messages:top"
    return response


def _back(request: HttpRequest) -> str:
    """The page before, if it is one of this site (R-59), else the desk."""
    before = request.headers.get("Referer", "")
    hosts = {request.get_host()}
    ours = url_has_allowed_host_and_scheme(before, allowed_hosts=hosts, require_https=request.is_secure())
    return before if ours else "/desk/"


def after_post(request: Any, said: str, url: str) -> HttpResponse:
    """After a successful POST: without htmx redirect to ``url``; with htmx run the page there as a GET.

    ``said`` becomes the message that the reader sees (and a screen reader speaks).
    """
    messages.success(request, said)
    if not request.htmx:
        return HttpResponseRedirect(url)
    response = run_page(request, url)
    if request.htmx.current_url_abs_path != url:  # replaced, not pushed: back never leads to a stale form
        response.headers["HX-Replace-Url"] = url
    return response


def leave(request: Any, said: str, url: str) -> HttpResponse:
    """After a successful POST whose result is another page: a redirect that htmx follows as a whole."""
    messages.success(request, said)
    if not request.htmx:
        return HttpResponseRedirect(url)
    return HttpResponse(status=204, headers={"HX-Redirect": url})


def run_page(request: Any, url: str) -> HttpResponse:
    """The answer of the page at ``url`` to a GET by the same person, as the fragment that htmx asked for."""
    wanted = request.POST.get(FRAGMENT, "")
    request.method = "GET"
    request.POST = QueryDict()
    request.GET = QueryDict(urlencode({FRAGMENT: wanted}) if wanted else "")
    match = resolve(url)
    response: HttpResponse = match.func(request, *match.args, **match.kwargs)
    return response
