"""Sign in in two steps, out, confirm again, and choose a new password."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME, logout, update_session_auth_hash, views
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from portal.accounts import passwords, second_factor, signing_in
from portal.accounts.confirmation import ConfirmForm, check_code, mark, recently_confirmed
from portal.accounts.facts import note
from portal.accounts.forms import CodeForm, OwnPasswordForm
from portal.accounts.guards import AccountRequest, signed_in
from portal.accounts.models import User
from portal.accounts.network import safe_next
from portal.accounts.roles import Role
from portal.accounts.session_store import HANDLE

EDITORS_DESK = "/cms/"
ACCOUNT = "/accounts/"


def own_desk(user: User) -> str:
    """Where the person works: who only edits the public site, in the editors' desk."""
    roles = set(user.memberships.valid_on(timezone.localdate()).values_list("role", flat=True))
    return EDITORS_DESK if roles == {Role.EDITOR} else settings.LOGIN_REDIRECT_URL


class SignIn(views.LoginView):
    """The first step: user name and password. Whoever is enrolled goes on to the code."""

    extra_context = {"site_name": settings.SITE_NAME}  # noqa: RUF012  (Django's view says the host name here)

    def get_redirect_url(self, request: HttpRequest | None = None) -> str:
        given = self.request.POST.get(REDIRECT_FIELD_NAME, self.request.GET.get(REDIRECT_FIELD_NAME))
        return safe_next(self.request, given, "")

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        user: User = form.get_user()  # type: ignore[assignment]
        now = timezone.now()
        target = self.get_redirect_url()
        if second_factor.is_enrolled(user):
            signing_in.ask_for_code(self.request, user, target=target, now=now)
            return redirect("login-code")
        backend = str(user.backend)  # type: ignore[attr-defined]  # authenticate() says which
        signing_in.complete(self.request, user, backend=backend, with_code=False, now=now)
        return redirect(target or own_desk(user))


@never_cache
@csrf_protect
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """The second step: the code of the app, or a recovery code."""
    now = timezone.now()
    found = signing_in.waiting(request, now)
    if found is None:
        messages.warning(request, "登录已超时，请重新输入用户名和密码。")
        return redirect("login")
    user, pending = found
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if check_code(request, user, form.cleaned_data["code"]):
            signing_in.complete(request, user, backend=pending.backend, with_code=True, now=now)
            return redirect(safe_next(request, pending.next, own_desk(user)))
        form.add_error("code", "动态口令或恢复码不正确，或已经用过。请等待下一个口令。")
    status = 422 if request.method == "POST" else 200
    return render(request, "registration/login_code.html", {"form": form}, status=status)


@csrf_protect
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Sign out, noted; afterwards only to a page of ours."""
    with transaction.atomic():
        if isinstance(request.user, User):
            note("account.signed_out", by=request.user, now=timezone.now(), about=request.user)
        logout(request)
    return redirect(safe_next(request, request.POST.get(REDIRECT_FIELD_NAME), settings.LOGOUT_REDIRECT_URL))


@signed_in
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def confirm(request: AccountRequest) -> HttpResponse:
    """Enter the password again (and a code), then back to where one was."""
    target = safe_next(request, request.GET.get(REDIRECT_FIELD_NAME), ACCOUNT)
    form = ConfirmForm(request, request.POST or None)
    if request.method == "POST" and form.is_valid():
        mark(request, timezone.now())
        return redirect(target)
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "action": request.get_full_path(), "carried": [], "lost": False, "next": target}
    return render(request, "registration/confirm.html", context, status=status)


@login_required
@recently_confirmed
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def change_password(request: AccountRequest) -> HttpResponse:
    """Choose a new password; every other session of the person ends with it."""
    form = OwnPasswordForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        keep = request.session.get(HANDLE, "")
        try:
            passwords.change(
                user=request.user, password=form.cleaned_data["new_password1"], keep=keep, now=timezone.now()
            )
        except ValidationError as refused:
            form.add_error("new_password1", refused)
        else:
            request.session[signing_in.MUST_CHANGE] = ""
            update_session_auth_hash(request, request.user)
            return redirect("password_change_done")
    status = 422 if request.method == "POST" else 200
    return render(request, "registration/password_change_form.html", {"form": form}, status=status)
