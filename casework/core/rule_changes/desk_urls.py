from django.urls import path

from casework.core.rule_changes import desk

urlpatterns = [
    path("due-moves/", desk.due_moves, name="due-moves"),
    path("due-moves/read/", desk.read_digests, name="due-moves-read"),
]
