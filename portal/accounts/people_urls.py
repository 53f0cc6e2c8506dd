"""Addresses of ``/cms/people/``: the security administrator's screens."""

from django.urls import path

from portal.accounts import departure_views, people_views

urlpatterns = [
    path("", people_views.people, name="people"),
    path("open/", people_views.open_account, name="person-open"),
    path("<int:pk>/", people_views.person, name="person"),
    path("<int:pk>/role/", people_views.give_role, name="person-role"),
    path("<int:pk>/post/", people_views.name_to_post, name="person-post"),
    path("<int:pk>/password/", people_views.give_password, name="person-password"),
    path("<int:pk>/second-factor/", people_views.reset_second_factor, name="person-second-factor"),
    path("<int:pk>/unlock/", people_views.unlock, name="person-unlock"),
    path("<int:pk>/enable/", people_views.enable, name="person-enable"),
    path("<int:pk>/disable/", departure_views.disable, name="person-disable"),
    path("roles/<int:pk>/end/", departure_views.end_role, name="role-end"),
    path("posts/<int:pk>/end/", departure_views.end_post, name="post-end"),
]
