"""Signing in, out, and changing one's password: Django's views with our destinations."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth import views
from django.urls import reverse_lazy
from django.utils import timezone

from portal.accounts.roles import Role

if TYPE_CHECKING:
    from portal.accounts.models import User

EDITORS_DESK = "/cms/"


class SignIn(views.LoginView):
    """Sign in; a person who only edits the public site lands in the editors' desk."""

    extra_context = {"site_name": settings.SITE_NAME}  # noqa: RUF012  (Django's view says the host name here)

    def get_default_redirect_url(self) -> str:
        user: User = self.request.user  # type: ignore[assignment]
        roles = set(user.memberships.valid_on(timezone.localdate()).values_list("role", flat=True))
        return EDITORS_DESK if roles == {Role.EDITOR} else super().get_default_redirect_url()


class ChangePassword(views.PasswordChangeView):
    """Change the own password; Django ends the person's other sessions with it."""

    success_url = reverse_lazy("password_change_done")
