"""The map of addresses: a contract that people and machines rely on."""

from django.urls import include, path
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.contrib.sitemaps.views import sitemap
from wagtail.documents import urls as wagtaildocs_urls

from cms_pages.search.views import search
from portal import health, styleguide
from portal.preferences import preferences
from portal.receivers_page import receivers
from portal.script_words import script_words

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("sitemap.xml", sitemap, name="sitemap"),
    path("search/", search, name="search"),
    path("preferences/", preferences, name="preferences"),
    path("styleguide/", include(styleguide)),
    path("accounts/", include("portal.accounts.urls")),
    path("desk/receivers/", receivers, name="receivers"),
    path("desk/", include("casework.urls")),
    path("", include("casework.public_urls")),
    path("cms/jsi18n/", script_words, name="script_words"),  # before Wagtail's own
    path("cms/", include(wagtailadmin_urls)),
    path("documents/", include(wagtaildocs_urls)),
    path("", include(wagtail_urls)),
]
