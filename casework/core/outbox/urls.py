from django.urls import path

from casework.core.outbox import dead_views, endpoint_views, replay_views, views

urlpatterns = [
    path("deliveries/", views.deliveries, name="deliveries"),
    path("deliveries/<int:delivery_id>/", views.delivery, name="delivery"),
    path("deliveries/<int:delivery_id>/retry/", views.retry, name="delivery-retry"),
    path("deliveries/replay/", replay_views.replay_range, name="deliveries-replay"),
    path("deliveries/dead/", dead_views.dead_list, name="dead-letters"),
    path("deliveries/dead/<int:dead_id>/", dead_views.dead_letter, name="dead-letter"),
    path("deliveries/dead/<int:dead_id>/assign/", dead_views.assign, name="dead-letter-assign"),
    path("deliveries/dead/<int:dead_id>/replay/", dead_views.replay, name="dead-letter-replay"),
    path("deliveries/dead/<int:dead_id>/close/", dead_views.close, name="dead-letter-close"),
    path("deliveries/paper/<int:recipient_id>/", dead_views.paper_delivery, name="paper-delivery"),
    path("endpoints/", endpoint_views.endpoints, name="endpoints"),
    path("endpoints/new/", endpoint_views.new, name="endpoint-new"),
    path("endpoints/<int:endpoint_id>/", endpoint_views.endpoint, name="endpoint"),
    path("endpoints/<int:endpoint_id>/address/", endpoint_views.move, name="endpoint-move"),
    path("endpoints/<int:endpoint_id>/rotate/", endpoint_views.rotate, name="endpoint-rotate"),
    path(
        "endpoints/<int:endpoint_id>/rotation-end/",
        endpoint_views.end_rotation,
        name="endpoint-rotation-end",
    ),
    path("endpoints/<int:endpoint_id>/pause/", endpoint_views.pause, name="endpoint-pause"),
    path("endpoints/<int:endpoint_id>/resume/", endpoint_views.resume, name="endpoint-resume"),
    path("endpoints/<int:endpoint_id>/switch-off/", endpoint_views.switch_off, name="endpoint-switch-off"),
    path("endpoints/<int:endpoint_id>/switch-on/", endpoint_views.switch_on, name="endpoint-switch-on"),
]
