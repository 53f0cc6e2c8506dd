"""``/cms/people/``: the security administrator opens accounts, appoints people and helps them in (三员分立)."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal.accounts import actions, passwords, second_factor, sessions
from portal.accounts.confirmation import recently_confirmed
from portal.accounts.errors import AccountRefused
from portal.accounts.guards import AccountRequest, security_administrator
from portal.accounts.models import Membership, User
from portal.accounts.people_forms import OpenForm, PeopleFilter, PostForm, RoleForm
from portal.accounts.roles import Role
from portal.accounts.seen import unchanged

PER_PAGE = 50
NOT_FOUND = "没有找到这个账号。"


@require_GET
@security_administrator
def people(request: AccountRequest) -> HttpResponse:
    """Every account with the roles that hold today, by filters of the address."""
    day = timezone.localdate()
    form = PeopleFilter(request.GET)
    held = Membership.objects.valid_on(day).select_related("department").order_by("department__code", "role")
    rows = form.rows(day).prefetch_related(Prefetch("memberships", held, to_attr="held"))
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("p"))
    asked = request.GET.copy()
    asked.pop("p", None)
    context = {"header_title": "账号管理", "form": form, "page": page, "asked": asked.urlencode()}
    return TemplateResponse(request, "people/list.html", context)


@require_GET
@security_administrator
def person(request: AccountRequest, pk: int) -> HttpResponse:
    """One account: roles and posts with their days, and what may be done."""
    user, now = _person(pk), timezone.now()
    today = timezone.localdate(now)
    context = {
        "header_title": f"{user}（{user.username}）",
        "person": user,
        "is_own": user.pk == request.user.pk,
        "roles": _dated(user.memberships.select_related("department").order_by("-valid_from", "-id"), today),
        "posts": _dated(user.posts.select_related("department").order_by("-valid_from", "-id"), today),
        "enrolled": second_factor.is_enrolled(user),
        "required": second_factor.is_required(user, today),
        "must_change": passwords.must_change(user, now),
        "open_sessions": len(sessions.sessions_of(user, now)),
    }
    return TemplateResponse(request, "people/person.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@security_administrator
@recently_confirmed
def open_account(request: AccountRequest) -> HttpResponse:
    """A new account; the initial password is shown in the answer and never again."""
    form = OpenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made, password = actions.open_account(**form.cleaned_data, by=request.user, now=timezone.now())
        except ValidationError as refused:
            show_refusal(form, refused)
        else:
            return _show_password(request, made, password, "账号已开通")
    return form_page(request, form, title="开通账号", button="开通并生成初始密码")


@require_http_methods(["GET", "POST"])
@security_administrator
@recently_confirmed
def give_role(request: AccountRequest, pk: int) -> HttpResponse:
    """Appoint somebody."""
    user = _person(pk)
    form = RoleForm(request.POST or None, person=user, day=timezone.localdate())
    if request.method == "POST" and form.is_valid():
        asked = {**form.entered(), "role": Role(form.cleaned_data["role"])}
        try:
            with unchanged(form):
                made = actions.give_role(user, **asked, by=request.user, now=timezone.now())
        except ValidationError as refused:
            show_refusal(form, refused)
        else:
            said = f"已授予{user}：{made.department.label} {made.get_role_display()}，自{made.valid_from}起。"
            messages.success(request, said)
            return redirect("person", pk)
    return form_page(request, form, title="授予角色", button="授予角色", person=user)


@require_http_methods(["GET", "POST"])
@security_administrator
@recently_confirmed
def name_to_post(request: AccountRequest, pk: int) -> HttpResponse:
    """Name somebody leader, liaison or linkage officer (6.8, 8.1)."""
    user = _person(pk)
    form = PostForm(request.POST or None, person=user, day=timezone.localdate())
    if request.method == "POST" and form.is_valid():
        try:
            with unchanged(form):
                made = actions.name_to_post(user, **form.entered(), by=request.user, now=timezone.now())
        except ValidationError as refused:
            show_refusal(form, refused)
        else:
            messages.success(request, f"已任命：{made}，自{made.valid_from}起。")
            return redirect("person", pk)
    return form_page(request, form, title="任命职务", button="任命", person=user)


@never_cache
@require_POST
@security_administrator
@recently_confirmed
def give_password(request: AccountRequest, pk: int) -> HttpResponse:
    """A new initial password, shown in the answer and never again."""
    user = _person(pk)
    password = actions.give_password(user, by=request.user, now=timezone.now())
    return _show_password(request, user, password, "已设置新的初始密码")


@never_cache
@require_POST
@security_administrator
@recently_confirmed
def enable(request: AccountRequest, pk: int) -> HttpResponse:
    """Let somebody in again, with a new initial password."""
    user = _person(pk)
    try:
        password = actions.enable(user, by=request.user, now=timezone.now())
    except AccountRefused as refused:
        messages.error(request, refused.messages[0])
        return redirect("person", pk)
    return _show_password(request, user, password, "账号已启用")


@require_POST
@security_administrator
@recently_confirmed
def reset_second_factor(request: AccountRequest, pk: int) -> HttpResponse:
    """Take a lost second factor off."""
    user = _person(pk)
    actions.reset_second_factor(user, by=request.user, now=timezone.now())
    messages.success(request, f"已重置{user}的动态口令，其所有登录已退出。")
    return redirect("person", pk)


@require_POST
@security_administrator
@recently_confirmed
def unlock(request: AccountRequest, pk: int) -> HttpResponse:
    """Forget the failed tries."""
    user = _person(pk)
    actions.unlock(user, by=request.user, now=timezone.now())
    messages.success(request, f"已解除{user}的登录暂停。")
    return redirect("person", pk)


def form_page(
    request: AccountRequest,
    form: forms.Form,
    *,
    title: str,
    button: str,
    person: User | None = None,
    **more: Any,
) -> HttpResponse:
    """A form of its own, for ``person`` when there is one; 409 when somebody else was faster."""
    status = (409 if getattr(form, "outdated", False) else 422) if form.errors else 200
    context = {"header_title": title, "form": form, "button": button, "person": person, **more}
    return TemplateResponse(request, "people/form.html", context, status=status)


def show_refusal(form: forms.Form, refused: ValidationError) -> None:
    """What an action refused, at its field."""
    if hasattr(refused, "error_dict"):
        for name, errors in refused.error_dict.items():
            form.add_error(name if name in form.fields else None, errors)
        return
    field = getattr(refused, "field", "")
    if field not in form.fields:  # "successor" is asked for once in each department
        field = next((name for name in form.fields if field and name.startswith(f"{field}_")), "")
    form.add_error(field or None, refused.messages)  # type: ignore[arg-type]


def _person(pk: int) -> User:
    return get_object_or_404(User, pk=pk)


def _dated(rows: Any, today: Any) -> list[dict[str, Any]]:
    """Rows with whether they hold on ``today``, lie ahead or have ended."""
    found = []
    for row in rows:
        ended = row.valid_to is not None and row.valid_to < today
        state = "已终止" if ended else "未开始" if row.valid_from > today else "有效"
        found.append({"row": row, "state": state, "ended": ended})
    return found


def _show_password(request: AccountRequest, user: User, password: str, title: str) -> HttpResponse:
    """The only time that anybody sees it: no redirect, because nothing keeps it in between."""
    context = {"header_title": title, "person": user, "initial": password}
    return TemplateResponse(request, "people/initial_password.html", context)
