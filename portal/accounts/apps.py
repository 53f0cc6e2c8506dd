from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Who people are: departments, users, roles and posts. A leaf: it imports no other room."""

    name = "portal.accounts"
    label = "accounts"
    verbose_name = "机构与人员"
