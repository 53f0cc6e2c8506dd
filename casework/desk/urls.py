"""Addresses of the desk itself, under ``/desk/``."""

from django.urls import path

from casework.desk import views

urlpatterns = [
    path("", views.desk, name="desk"),
    path("reminders/read/", views.read_reminders, name="reminders-read"),
    path("cases/", views.cases, name="cases"),
    path("cases/<slug:number>/", views.case, name="case"),
    path("ledger/", views.ledger, name="ledger"),
    path("ledger/verify/", views.verify_ledger, name="ledger-verify"),
]
