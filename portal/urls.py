"""The map of addresses: a contract that people and machines rely on."""

from django.urls import include, path
from django.views.generic import RedirectView
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.contrib.sitemaps.views import sitemap
from wagtail.documents import urls as wagtaildocs_urls

from cms_pages.search.views import search
from portal import health, styleguide
from portal.closed import CLOSED, closed
from portal.preferences import preferences
from portal.receivers_page import receivers
from portal.script_words import script_words

# Wagtail's own sign-in pages know no second step: whoever asks for one goes to ours, with ``next``.
to_sign_in = RedirectView.as_view(pattern_name="login", query_string=True)

handler500 = "portal.failures.server_error"

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
    path("cms/login/", to_sign_in),
    *(path(f"cms/{prefix}{rest}", closed) for prefix in CLOSED for rest in ("", "<path:rest>")),
    path("cms/", include(wagtailadmin_urls)),
    path("documents/", include(wagtaildocs_urls)),
    path("_util/login/", to_sign_in, name="page-login"),
    path("", include(wagtail_urls)),
]
