from django.apps import AppConfig


class CmsPagesConfig(AppConfig):
    """What the public reads."""

    name = "cms_pages"
    verbose_name = "信息公开"

    def ready(self) -> None:
        from cms_pages import signals  # noqa: F401  (Wagtail's own publish events)
