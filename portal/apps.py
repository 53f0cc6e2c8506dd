from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The composition root: settings, addresses, jobs, checks."""

    name = "portal"
    verbose_name = "平台"

    def ready(self) -> None:
        from portal import account_checks, checks  # noqa: F401  (registers the system checks)
