"""The own account: who I am here, how I am reached, where I am signed in, my second factor."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal.accounts import notices, profile, second_factor, sessions
from portal.accounts.confirmation import recently_confirmed
from portal.accounts.errors import AccountRefused
from portal.accounts.forms import ContactForm, EnrolForm
from portal.accounts.guards import AccountRequest, signed_in
from portal.accounts.masking import mask_phone
from portal.accounts.seen import unchanged
from portal.accounts.session_store import HANDLE
from portal.accounts.signing_in import SECOND


@signed_in
@require_GET
def account(request: AccountRequest) -> HttpResponse:
    """Who I am here, and what happened to my account lately."""
    now, user = timezone.now(), request.user
    enrolled = second_factor.is_enrolled(user)
    context = {
        "appointments": profile.appointments(user, now),
        "phone": mask_phone(user.phone) if user.phone else "",
        "enrolled": enrolled,
        "required": second_factor.is_required(user, timezone.localdate(now)),
        "codes_left": second_factor.codes_left(user) if enrolled else 0,
        "open_sessions": len(sessions.sessions_of(user, now)),
        "notices": notices.latest(user),
    }
    return render(request, "registration/account.html", context)


@signed_in
@recently_confirmed
@require_http_methods(["GET", "POST"])
def contact(request: AccountRequest) -> HttpResponse:
    """Change mail address and telephone."""
    form = ContactForm(request.POST or None, about=request.user, instance=request.user)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            with unchanged(form):
                profile.change_contact(
                    user=request.user, email=given["email"], phone=given["phone"], now=timezone.now()
                )
        except ValidationError as refused:
            form.add_error(None, refused)
        else:
            messages.success(request, "联系方式已保存。")
            return redirect("account")
    status = (409 if form.outdated else 422) if request.method == "POST" else 200
    return render(request, "registration/contact.html", {"form": form}, status=status)


# -- sessions ------------------------------------------------------------------
@signed_in
@require_GET
def own_sessions(request: AccountRequest) -> HttpResponse:
    """Where I am signed in."""
    rows = sessions.sessions_of(request.user, timezone.now())
    context = {
        "rows": rows,
        "own": request.session.get(HANDLE, ""),
        "hours": settings.SESSION_COOKIE_AGE // 3600,
    }
    return render(request, "registration/sessions.html", context)


@signed_in
@require_POST
def end_session(request: AccountRequest, handle: str) -> HttpResponse:
    """Sign out one of my sessions."""
    now = timezone.now()
    if sessions.end_one(user=request.user, handle=handle, by=request.user, now=now):
        messages.success(request, "该登录已退出。")
    else:
        messages.info(request, "该登录已经退出，无需再次操作。")
    return redirect("sessions")


@signed_in
@require_POST
def end_other_sessions(request: AccountRequest) -> HttpResponse:
    """Sign out all of my sessions but this one."""
    keep = request.session.get(HANDLE, "")
    ended = sessions.end_all(user=request.user, by=request.user, now=timezone.now(), keep=keep)
    messages.success(request, f"已退出其他{ended}处登录。" if ended else "没有其他登录。")
    return redirect("sessions")


@signed_in
@require_POST
def keep_session(request: AccountRequest) -> HttpResponse:
    """I am still here: the request itself moves the idle limit."""
    return HttpResponse(status=204) if getattr(request, "htmx", None) else redirect("account")


# -- the second factor ---------------------------------------------------------
@signed_in
@recently_confirmed
@require_POST
def begin_enrolment(request: AccountRequest) -> HttpResponse:
    """Make a secret to scan."""
    try:
        second_factor.begin(user=request.user, now=timezone.now())
    except AccountRefused as refused:
        messages.info(request, refused.messages[0])
        return redirect("account")
    return redirect("second-factor-enrol")


@signed_in
@recently_confirmed
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def enrol(request: AccountRequest) -> HttpResponse:
    """Scan or type the secret, give the first code, take the recovery codes along."""
    user = request.user
    if second_factor.is_enrolled(user):
        return redirect("account")
    found = second_factor.begun(user)
    form = EnrolForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            codes = second_factor.confirm(
                user=user,
                code=form.cleaned_data["code"],
                keep=request.session.get(HANDLE, ""),
                now=timezone.now(),
            )
        except AccountRefused as refused:
            form.add_error(refused.field or None, refused)
        else:
            request.session[SECOND] = True
            request.session.cycle_key()
            return _show_codes(request, codes)
    context: dict[str, Any] = {"form": form, "begun": found}
    if found is not None:
        # Made by segno from our own text: paths and numbers, nothing that a person wrote.
        context["qr"] = mark_safe(second_factor.qr_svg(found))  # noqa: S308
        context["secret"] = second_factor.typed_secret(found)
    status = 422 if request.method == "POST" else 200
    return render(request, "registration/enrol.html", context, status=status)


@signed_in
@recently_confirmed
@require_http_methods(["GET", "POST"])
def new_recovery_codes(request: AccountRequest) -> HttpResponse:
    """Ten new recovery codes, after a second look."""
    if not second_factor.is_enrolled(request.user):
        return redirect("account")
    if request.method == "POST":
        return _show_codes(request, second_factor.new_codes(user=request.user, now=timezone.now()))
    return render(request, "registration/new_codes.html")


@signed_in
@recently_confirmed
@require_http_methods(["GET", "POST"])
def remove_second_factor(request: AccountRequest) -> HttpResponse:
    """Do without a code from now on, or change telephones."""
    user, now = request.user, timezone.now()
    if not second_factor.is_enrolled(user):
        return redirect("account")
    required = second_factor.is_required(user, timezone.localdate(now))
    if request.method == "POST":
        second_factor.remove(user=user, keep=request.session.get(HANDLE, ""), now=now)
        request.session[SECOND] = False
        messages.success(request, "原有动态口令已停用。")
        return redirect("second-factor-enrol" if required else "account")
    return render(request, "registration/remove_second_factor.html", {"required": required})


def _show_codes(request: AccountRequest, codes: list[str]) -> HttpResponse:
    """The only time that anybody sees them: no redirect, because nothing keeps them in between."""
    return render(request, "registration/recovery_codes.html", {"codes": codes})
