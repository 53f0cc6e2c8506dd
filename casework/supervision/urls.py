"""Addresses under ``/desk/supervision/``: open, claim, return, register, object and answer are acts of their own."""

from django.urls import path

from casework.supervision import claiming, objecting, views

urlpatterns = [
    path("", views.pushes, name="pushes"),
    path("claim/", claiming.claim_many, name="pushes-claim"),
    path("claimed/", claiming.claimed, name="pushes-claimed"),
    path("register/", views.register, name="register"),
    path("<int:pk>/", views.push, name="push"),
    path("<int:pk>/open/", views.open_push, name="push-open"),
    path("<int:pk>/claim/", views.claim_push, name="push-claim"),
    path("<int:pk>/return/", views.return_push, name="push-return"),
    path("<int:pk>/register/", views.register_push, name="push-register"),
    path("<int:pk>/repush/", views.repush_push, name="push-repush"),
    path("<int:pk>/object/", objecting.object_push, name="push-object"),
    path("<int:pk>/objection/", objecting.objection, name="push-objection"),
    path("<int:pk>/answer/", objecting.answer_push, name="push-answer"),
]
