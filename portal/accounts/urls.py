"""Addresses of ``/accounts/``."""

from django.contrib.auth.views import PasswordChangeDoneView
from django.urls import path

from portal.accounts import account_views as own
from portal.accounts import views

urlpatterns = [
    path("login/", views.SignIn.as_view(), name="login"),
    path("login/code/", views.sign_in_code, name="login-code"),
    path("logout/", views.sign_out, name="logout"),
    path("confirm/", views.confirm, name="confirm"),
    path("password_change/", views.change_password, name="password_change"),
    path("password_change/done/", PasswordChangeDoneView.as_view(), name="password_change_done"),
    path("", own.account, name="account"),
    path("contact/", own.contact, name="account-contact"),
    path("sessions/", own.own_sessions, name="sessions"),
    path("sessions/keep/", own.keep_session, name="sessions-keep"),
    path("sessions/end-others/", own.end_other_sessions, name="sessions-end-others"),
    path("sessions/end/<str:handle>/", own.end_session, name="session-end"),
    path("second-factor/begin/", own.begin_enrolment, name="second-factor-begin"),
    path("second-factor/enrol/", own.enrol, name="second-factor-enrol"),
    path("second-factor/codes/", own.new_recovery_codes, name="second-factor-codes"),
    path("second-factor/remove/", own.remove_second_factor, name="second-factor-remove"),
]
