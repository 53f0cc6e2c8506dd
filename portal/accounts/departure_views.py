"""``/cms/people/``: end a role or a post, disable an account; what is open passes on in the same step."""

from collections.abc import Callable, Sequence

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from portal.accounts import actions, departures
from portal.accounts.confirmation import recently_confirmed
from portal.accounts.guards import AccountRequest, security_administrator
from portal.accounts.leaving import Hold, Leaving
from portal.accounts.models import Membership, Post, User
from portal.accounts.people_forms import DisableForm, EndForm
from portal.accounts.people_views import form_page, show_refusal
from portal.accounts.seen import unchanged

Form = EndForm | DisableForm
Act = Callable[[], None]


@require_http_methods(["GET", "POST"])
@security_administrator
@recently_confirmed
def disable(request: AccountRequest, pk: int) -> HttpResponse:
    """Disable an account; a colleague takes over in each department where something is open."""
    user, now = get_object_or_404(User, pk=pk), timezone.now()
    today = timezone.localdate(now)
    goings = departures.leaving_by(departures.running(user, today), today)
    form = DisableForm(request.POST or None, about=user)

    def act() -> None:
        reason, by = form.cleaned_data["reason"], request.user
        actions.disable(user, reason=reason, successors=form.successors(), by=by, now=now)

    said = f"已停用{user}的账号，其所有登录已退出。"
    return _answer(request, form, goings, act, title="停用账号", button="停用账号", person=user, said=said)


@require_http_methods(["GET", "POST"])
@security_administrator
@recently_confirmed
def end_role(request: AccountRequest, pk: int) -> HttpResponse:
    """End one role."""
    row = get_object_or_404(Membership.objects.select_related("user", "department"), pk=pk)
    now = timezone.now()
    goings = departures.leaving_by([row], timezone.localdate(now))
    form = EndForm(request.POST or None, about=row, initial={"last_day": timezone.localdate(now).isoformat()})

    def act() -> None:
        chosen = form.successors().get(row.department_id)
        actions.end_role(
            row, last_day=form.cleaned_data["last_day"], successor=chosen, by=request.user, now=now
        )

    title = f"终止角色：{row.department.label} {row.get_role_display()}"
    said = f"已终止{row.user}在{row.department.label}的{row.get_role_display()}角色。"
    return _answer(request, form, goings, act, title=title, button="终止角色", person=row.user, said=said)


@require_http_methods(["GET", "POST"])
@security_administrator
@recently_confirmed
def end_post(request: AccountRequest, pk: int) -> HttpResponse:
    """End one post; somebody else holds it, or is named to it here."""
    row = get_object_or_404(Post.objects.select_related("user", "department"), pk=pk)
    now = timezone.now()
    goings = [departures.leaving_post(row, timezone.localdate(now))]
    form = EndForm(request.POST or None, about=row, initial={"last_day": timezone.localdate(now).isoformat()})

    def act() -> None:
        chosen = form.successors().get(row.department_id)
        actions.end_post(
            row, last_day=form.cleaned_data["last_day"], successor=chosen, by=request.user, now=now
        )

    title = f"免去职务：{row.department.label} {row.get_kind_display()}"
    said = f"已免去{row.user}的{row.department.label}{row.get_kind_display()}职务。"
    return _answer(request, form, goings, act, title=title, button="免去职务", person=row.user, said=said)


def _answer(
    request: AccountRequest,
    form: Form,
    goings: Sequence[Leaving],
    act: Act,
    *,
    title: str,
    button: str,
    person: User,
    said: str,
) -> HttpResponse:
    """GET: what is open and the form. POST: act, or say at its field why not."""
    open_work = departures.holds(goings)
    form.ask_for(goings, open_work)
    if request.method == "POST" and form.is_valid():
        try:
            with unchanged(form):
                act()
        except ValidationError as refused:
            show_refusal(form, refused)
        else:
            messages.success(request, said)
            return redirect("person", person.pk)
    lists = [_open(going, found, form) for going, found in open_work.items()]
    return form_page(request, form, title=title, button=button, person=person, open_work=lists, is_grave=True)


def _open(going: Leaving, found: Sequence[Hold], form: Form) -> dict[str, object]:
    has_colleague = going in form.asked.values()
    return {"department": going.department, "holds": found, "has_colleague": has_colleague}
