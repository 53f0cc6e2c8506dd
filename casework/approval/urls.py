"""Addresses of the joint approval, under ``/desk/approval/``."""

from django.urls import path

from casework.approval import timing_views, views

urlpatterns = [
    path("opinions/<int:pk>/draft/", views.draft, name="opinion-draft"),
    path("opinions/<int:pk>/sign/", views.sign, name="opinion-sign"),
    path("opinions/<int:pk>/send-back/", views.send_back_opinion, name="opinion-send-back"),
    path("duties/<int:duty_id>/pause/", timing_views.pause, name="clock-pause"),
    path("duties/<int:duty_id>/resume/", timing_views.resume, name="clock-resume"),
    path("duties/<int:duty_id>/extend/", timing_views.ask_extension, name="extension-ask"),
    path("duties/<int:duty_id>/reassign/", timing_views.reassign, name="clock-reassign"),
    path("extensions/<int:pk>/approve/", timing_views.approve_extension, name="extension-approve"),
    path("extensions/<int:pk>/refuse/", timing_views.refuse_extension, name="extension-refuse"),
    path("<slug:number>/circulate/", views.circulate, name="approval-circulate"),
    path("<slug:number>/propose/", views.propose, name="approval-propose"),
    path("<slug:number>/approve/", views.approve, name="approval-approve"),
    path("<slug:number>/send-back/", views.send_back, name="approval-send-back"),
]
