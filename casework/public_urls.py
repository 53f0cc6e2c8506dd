"""Addresses of casework that the public uses; included at the root by ``portal/urls.py``."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
