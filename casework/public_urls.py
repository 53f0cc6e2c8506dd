"""Addresses of casework that the public uses; included at the root by ``portal/urls.py``."""

from django.urls import path

from casework.intake import public

urlpatterns = [
    path("progress/", public.progress, name="progress"),
]
