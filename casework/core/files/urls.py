from django.urls import path

from casework.core.files import views

urlpatterns = [
    path("files/<uuid:file_id>/", views.download, name="file"),
]
