from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Who people are: departments, users, roles and posts. A leaf: it imports no other room."""

    name = "portal.accounts"
    label = "accounts"
    verbose_name = "机构与人员"

    def ready(self) -> None:
        from portal.accounts import sessions, signing_in

        # In this order: whoever lacks the second factor is refused before a session begins.
        signing_in.listen()
        sessions.listen()
