"""Addresses under ``/cms/``; Wagtail asks first who may enter there at all."""

from django.urls import path

from casework.core.rule_changes import proposal_views, views

urlpatterns = [
    path("calendar/", views.calendar, name="calendar_notices"),
    path("calendar/<int:notice_id>/", views.notice, name="calendar_notice"),
    path("calendar/propose/holidays/", proposal_views.propose_holidays, name="propose_holidays"),
    path("calendar/propose/closure/", proposal_views.propose_closure, name="propose_closure"),
    path("calendar/propose/hours/", proposal_views.propose_hours, name="propose_hours"),
    path("rule-changes/", views.changes, name="rule_changes"),
    path("rule-changes/<int:change_id>/", views.change, name="rule_change"),
    path("rule-changes/<int:change_id>/approve/", views.approve, name="rule_change_approve"),
    path("rule-changes/<int:change_id>/reject/", views.reject, name="rule_change_reject"),
    path("rule-changes/<int:change_id>/withdraw/", views.withdraw, name="rule_change_withdraw"),
    path("limits/", views.limits, name="limit_rules"),
    path("limits/<slug:kind>/", views.limit, name="limit_rule"),
    path("limits/<slug:kind>/propose/", proposal_views.propose_limit, name="propose_limit"),
]
