"""Addresses of the window, under ``/desk/intake/``."""

from django.urls import path

from casework.intake import material_views, views

urlpatterns = [
    path("", views.work, name="intake"),
    path("new/", views.new, name="intake-new"),
    path("<slug:number>/materials/", material_views.add_materials, name="intake-materials"),
    path("<slug:number>/checks/", views.checks, name="intake-checks"),
    path("<slug:number>/correct/", material_views.correct, name="intake-correct"),
    path("<slug:number>/resubmit/", material_views.resubmit, name="intake-resubmit"),
    path("<slug:number>/accept/", views.accept, name="intake-accept"),
    path("<slug:number>/refuse/", views.refuse, name="intake-refuse"),
    path("<slug:number>/withdraw/", views.withdraw, name="intake-withdraw"),
    path("<slug:number>/submit/", views.submit, name="intake-submit"),
    path("<slug:number>/close/", views.close, name="intake-close"),
]
