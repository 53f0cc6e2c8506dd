"""Confirm again who is sitting there, before acts that would outlast a stolen session (R-54).

``@recently_confirmed`` goes below the permission guard of a view. Whoever entered the password (and the
code, when enrolled) within ``CONFIRMED_SECONDS`` passes. A GET goes to the confirm page and comes back. A
POST is answered with the same page, which carries the form along: once confirmed, it is carried out at the
same address, so nothing that was typed is lost. Files and secrets are not carried: then one comes back to
the form.
"""

from datetime import datetime
from functools import wraps
from typing import Any
from urllib.parse import urlencode, urlsplit

from django import forms
from django.conf import settings
from django.contrib.auth import authenticate
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from portal.accounts import attempts, second_factor
from portal.accounts.axes_handler import refuse
from portal.accounts.guards import View, go
from portal.accounts.network import client_address, safe_next

CONFIRMED = "confirmed_at"  # session: when the person last proved to be the person
FIELD = "confirm_password"
_OWN = (FIELD, "confirm_code", "csrfmiddlewaretoken")
_SECRET_WORDS = ("password", "secret", "code")
HOME = "/accounts/"


class ConfirmForm(forms.Form):
    """Password, and the code of the app or a recovery code for whoever is enrolled."""

    confirm_password = forms.CharField(
        label="登录密码",
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    confirm_code = forms.CharField(
        label="动态口令或恢复码",
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "spellcheck": "false"}),
    )

    def __init__(self, request: HttpRequest, data: QueryDict | None = None) -> None:
        super().__init__(data, prefix=None)
        self.request = request
        if not second_factor.is_enrolled(request.user):  # type: ignore[arg-type]
            del self.fields["confirm_code"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        username = self.request.user.get_username()
        found = authenticate(self.request, username=username, password=cleaned[FIELD])
        if found is None or found.pk != self.request.user.pk:
            self.add_error(FIELD, "密码不正确。")
        elif "confirm_code" in self.fields and not check_code(self.request, found, cleaned["confirm_code"]):
            self.add_error("confirm_code", "动态口令或恢复码不正确，或已经用过。请等待下一个口令。")
        return cleaned


def check_code(request: HttpRequest, user: Any, code: str) -> bool:
    """Use up a code of ``user``; a wrong one counts like a wrong password and brings the same waits."""
    now, place = timezone.now(), {"username": user.get_username(), "address": client_address(request)}
    if wait := attempts.wait(**place, now=now):
        refuse(request, wait)
        return False
    if second_factor.accept(user=user, code=code, now=now):
        return True
    if wait := attempts.failed(**place, now=now):
        refuse(request, wait)
    return False


def mark(request: HttpRequest, now: datetime) -> None:
    """Remember that the person has just been confirmed."""
    request.session[CONFIRMED] = int(now.timestamp())


def is_recent(request: HttpRequest, now: datetime) -> bool:
    """Whether the last confirmation is not older than ``CONFIRMED_SECONDS``."""
    at = request.session.get(CONFIRMED)
    return at is not None and 0 <= now.timestamp() - at <= settings.CONFIRMED_SECONDS


def recently_confirmed(view: View) -> View:
    """Let a view run only for a person confirmed a moment ago; see the module for how one comes back."""

    @wraps(view)
    def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        now = timezone.now()
        if not request.user.is_authenticated or is_recent(request, now):
            return view(request, *args, **kwargs)
        if request.method != "POST":
            target = request.get_full_path() if request.method == "GET" else HOME
            return go(request, f"{reverse('confirm')}?{urlencode({'next': target})}")
        if FIELD not in request.POST:
            return _ask(request, ConfirmForm(request))
        form = ConfirmForm(request, request.POST)
        if not form.is_valid():
            return _ask(request, form, status=422)
        mark(request, now)
        request.POST = _carried(request)
        return view(request, *args, **kwargs)

    guarded.asks_confirmation = True  # type: ignore[attr-defined]
    return guarded


def _carried(request: HttpRequest) -> QueryDict:
    """What was typed, without what belongs to the confirmation."""
    typed = request.POST.copy()
    for name in _OWN:
        typed.pop(name, None)
    return typed


def _ask(request: HttpRequest, form: ConfirmForm, status: int = 200) -> HttpResponse:
    """The confirm page instead of the act."""
    carried = _carried(request)
    lost = bool(request.FILES) or any(word in name.lower() for name in carried for word in _SECRET_WORDS)
    back = safe_next(request, urlsplit(request.headers.get("Referer", "")).path, request.path)
    context = {
        "form": form,
        "action": f"{reverse('confirm')}?{urlencode({'next': back})}" if lost else request.get_full_path(),
        "carried": [] if lost else [(name, value) for name, values in carried.lists() for value in values],
        "lost": lost,
        "next": back,
    }
    response = render(request, "registration/confirm.html", context, status=status)
    response.headers["Cache-Control"] = "no-store, private"
    if getattr(request, "htmx", None):  # a whole page, not a fragment of the one that asked
        response.status_code = 200
        response.headers["HX-Retarget"] = "body"
        response.headers["HX-Reswap"] = "innerHTML"
    return response
