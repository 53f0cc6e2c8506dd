"""Addresses of ``/accounts/``."""

from django.contrib.auth.views import LogoutView, PasswordChangeDoneView
from django.urls import path

from portal.accounts.views import ChangePassword, SignIn

urlpatterns = [
    path("login/", SignIn.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("password_change/", ChangePassword.as_view(), name="password_change"),
    path("password_change/done/", PasswordChangeDoneView.as_view(), name="password_change_done"),
]
