"""Addresses under ``/desk/supervision/``: open, claim, return and register are acts of their own."""

from django.urls import path

from casework.supervision import views

urlpatterns = [
    path("", views.pushes, name="pushes"),
    path("claim/", views.claim_many, name="pushes-claim"),
    path("register/", views.register, name="register"),
    path("<int:pk>/", views.push, name="push"),
    path("<int:pk>/open/", views.open_push, name="push-open"),
    path("<int:pk>/claim/", views.claim_push, name="push-claim"),
    path("<int:pk>/return/", views.return_push, name="push-return"),
    path("<int:pk>/register/", views.register_push, name="push-register"),
    path("<int:pk>/repush/", views.repush_push, name="push-repush"),
]
