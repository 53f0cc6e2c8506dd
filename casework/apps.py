from django.apps import AppConfig


class CaseworkConfig(AppConfig):
    """What the city does, one folder per process of the measure."""

    name = "casework"
    verbose_name = "业务办理"

    def ready(self) -> None:
        from casework import handoffs
        from casework.approval.leaving import DraftKeeper
        from casework.core import events
        from casework.core.clocks.leaving import DutyKeeper
        from casework.core.ledger import accounts, publishing
        from casework.core.outbox import security_mail
        from portal.accounts import leaving

        events.install(handoffs.HANDOFFS)
        accounts.listen()
        publishing.listen()
        security_mail.listen()
        leaving.register("duties", DutyKeeper())
        leaving.register("drafts", DraftKeeper())
