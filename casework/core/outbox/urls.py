from django.urls import path

from casework.core.outbox import views

urlpatterns = [
    path("deliveries/", views.deliveries, name="deliveries"),
    path("deliveries/<int:delivery_id>/", views.delivery, name="delivery"),
    path("deliveries/<int:delivery_id>/retry/", views.retry, name="delivery-retry"),
]
