"""Addresses under ``/desk/``: the desk itself, the kernel's own pages, one include per process."""

from django.urls import include, path

app_name = "casework"

urlpatterns = [
    path("", include("casework.desk.urls")),
    path("", include("casework.core.clocks.urls")),
    path("", include("casework.core.files.urls")),
    path("", include("casework.core.letters.urls")),
    path("", include("casework.core.outbox.urls")),
    path("", include("casework.core.rule_changes.desk_urls")),
    path("", include("casework.core.substitutes.urls")),
    path("intake/", include("casework.intake.urls")),
    path("approval/", include("casework.approval.urls")),
    path("supervision/", include("casework.supervision.urls")),
]
