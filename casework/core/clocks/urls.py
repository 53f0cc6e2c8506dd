"""Addresses of the clocks, under ``/desk/``."""

from django.urls import path

from casework.core.clocks import views

urlpatterns = [path("unreached/", views.unreached, name="unreached")]
