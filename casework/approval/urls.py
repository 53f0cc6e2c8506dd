"""Addresses of the joint approval, under ``/desk/approval/``."""

from django.urls import path

from casework.approval import views

urlpatterns = [
    path("opinions/<int:pk>/draft/", views.draft, name="opinion-draft"),
    path("opinions/<int:pk>/sign/", views.sign, name="opinion-sign"),
    path("opinions/<int:pk>/send-back/", views.send_back_opinion, name="opinion-send-back"),
    path("<slug:number>/circulate/", views.circulate, name="approval-circulate"),
    path("<slug:number>/propose/", views.propose, name="approval-propose"),
    path("<slug:number>/approve/", views.approve, name="approval-approve"),
    path("<slug:number>/send-back/", views.send_back, name="approval-send-back"),
]
