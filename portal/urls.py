"""The map of addresses (docs/adr lists it as a contract)."""

from django.urls import include, path
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents import urls as wagtaildocs_urls

from portal import styleguide
from portal.preferences import preferences

urlpatterns = [
    path("preferences/", preferences, name="preferences"),
    path("styleguide/", include(styleguide)),
    path("cms/", include(wagtailadmin_urls)),
    path("documents/", include(wagtaildocs_urls)),
    path("", include(wagtail_urls)),
]
