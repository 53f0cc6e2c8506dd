from django.urls import path

from casework.core.letters import lists, views

urlpatterns = [
    path("letters/", lists.letters, name="letters"),
    path("letters/<int:letter_id>/", views.letter, name="letter"),
    path("letters/<int:letter_id>/open/", views.open_letter, name="letter-open"),
    path("notices/<int:notice_id>/", views.notice, name="notice"),
]
