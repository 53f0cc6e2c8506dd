from django.apps import AppConfig


class CaseworkConfig(AppConfig):
    """What the city does, one folder per process of the measure."""

    name = "casework"
    verbose_name = "业务办理"

    def ready(self) -> None:
        from casework import handoffs
        from casework.core import events

        events.install(handoffs.HANDOFFS)
