from django.urls import path

from casework.core.substitutes import views

urlpatterns = [
    path("substitutions/", views.substitutions, name="substitutions"),
    path("substitutions/<int:pk>/revoke/", views.revoke, name="substitution-revoke"),
]
