"""Addresses of the desk itself, under ``/desk/``."""

from django.urls import path

from casework.desk import editing_log, ledger_views, views

urlpatterns = [
    path("", views.desk, name="desk"),
    path("reminders/read/", views.read_reminders, name="reminders-read"),
    path("cases/", views.cases, name="cases"),
    path("cases/<slug:number>/", views.case, name="case"),
    path("duties/<int:duty_id>/", views.duty, name="duty"),
    path("ledger/", ledger_views.ledger, name="ledger"),
    path("ledger/editing/", editing_log.editing_log, name="editing-log"),
    path("ledger/verify/", ledger_views.verify_ledger, name="ledger-verify"),
    path("ledger/anchors/", ledger_views.ledger_anchors, name="ledger-anchors"),
]
