"""委托代理: my substitutions, and everybody's for the security administrator."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from casework.core.access import Can, DeskRequest, requires
from casework.core.failed import add_refusal
from casework.core.htmx import acts, leave
from casework.core.once import SentOtherwise, once
from casework.core.panels import panel
from casework.core.substitutes import queries
from casework.core.substitutes.forms import SubstitutionForm
from portal.accounts import actions
from portal.accounts.errors import AccountRefused
from portal.accounts.models import User


@require_http_methods(["GET", "POST"])
@requires(Can.USE_DESK)
@acts
def substitutions(request: DeskRequest) -> HttpResponse:
    """GET: what stands and the form. POST: arrange one; a refusal stands at its field."""
    now = timezone.now()
    day, person = timezone.localdate(now), _person(request)
    form = SubstitutionForm(request.POST or None, person=person, day=day)
    if request.method == "POST" and form.is_valid():

        def act() -> str:
            made = actions.arrange_substitution(person=person, by=request.user, now=now, **form.asked())
            return f"已设立委托代理：{made}，自{made.valid_from}至{made.valid_to}。"

        try:
            said = once(form.sending(), act, by=request.user, now=now)
        except AccountRefused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.messages)
        except SentOtherwise as refusal:
            add_refusal(form, refusal)
        else:
            return leave(request, said, _address(request, person))
    return _page(request, form, person, day)


@require_POST
@requires(Can.USE_DESK)
@acts
def revoke(request: DeskRequest, pk: int) -> HttpResponse:
    """End one at once."""
    rows = queries.substitutions_for(request.access, timezone.localdate())
    found = next((row for row in rows if row.pk == pk), None)
    if found is None:
        raise Http404("没有找到这项委托代理。")
    actions.revoke_substitution(found, by=request.user, now=timezone.now())
    return leave(request, f"已撤销委托代理：{found}。", reverse("casework:substitutions"))


@panel("desk", order=5, template="desk/_standing_in.html")
def standing_in(request: DeskRequest, _subject: Any) -> dict[str, Any] | None:
    """On the desk of a substitute: for whom today."""
    names = dict.fromkeys(row.principal.name for row in request.access.lent)
    return {"names": list(names)} if names else None


def _person(request: DeskRequest) -> User:
    """Whose substitution it is: the reader's, or that of the person whom the security administrator names."""
    username = request.GET.get("person", "")
    if not username:
        return request.user
    person = queries.person_named(username) if request.access.can(Can.ARRANGE_SUBSTITUTIONS) else None
    if person is None:
        raise Http404("没有找到这个账号。")
    return person


def _address(request: DeskRequest, person: User) -> str:
    address = reverse("casework:substitutions")
    return address if person == request.user else f"{address}?{urlencode({'person': person.username})}"


def _page(request: DeskRequest, form: SubstitutionForm, person: User, day: date) -> HttpResponse:
    rows = queries.substitutions_for(request.access, day)
    context = {
        "form": form,
        "person": person,
        "is_own": person == request.user,
        "may_arrange": bool(form.people),
        "action": _address(request, person),
        "rows": [
            {"row": row, "what": queries.labels_of(row), "in_force": row.valid_from <= day} for row in rows
        ],
    }
    status = 422 if form.errors else 200
    return TemplateResponse(request, "desk/substitutions.html", context, status=status)
