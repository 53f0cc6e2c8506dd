"""Addresses of the window, under ``/desk/intake/``."""

from django.urls import path

from casework.intake import views

urlpatterns = [
    path("", views.work, name="intake"),
    path("new/", views.new, name="intake-new"),
    path("<slug:number>/materials/", views.add_materials, name="intake-materials"),
    path("<slug:number>/checks/", views.checks, name="intake-checks"),
    path("<slug:number>/accept/", views.accept, name="intake-accept"),
    path("<slug:number>/refuse/", views.refuse, name="intake-refuse"),
    path("<slug:number>/withdraw/", views.withdraw, name="intake-withdraw"),
    path("<slug:number>/submit/", views.submit, name="intake-submit"),
    path("<slug:number>/close/", views.close, name="intake-close"),
]
