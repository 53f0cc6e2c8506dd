"""What editors publish stands on the ledger too: Wagtail's log is listened to, so whoever publishes is in it.

``cms_pages`` knows nothing of casework; its log entries are rows like any other. An entry is recorded in the
transaction that writes the log row, and takes that with it when it cannot be recorded.
"""

from typing import Any

from django.db import transaction
from django.db.models.signals import post_save
from wagtail.models import ModelLogEntry, PageLogEntry

from casework.core.ledger.actions import record

CLAUSE = "5.5"  # 办事指南 and what else the city discloses
# Wagtail's action → ours. Drafts, locks and comments are the editors' own affair.
PAGES: dict[str, str] = {
    "wagtail.publish": "cms.published",
    "wagtail.publish.scheduled": "cms.published",
    "wagtail.publish.schedule": "cms.scheduled",
    "wagtail.schedule.cancel": "cms.schedule_cancelled",
    "wagtail.unpublish": "cms.unpublished",
    "wagtail.unpublish.scheduled": "cms.unpublished",
}
CATALOGUE: dict[str, str] = {"wagtail.create": "cms.item_added", "wagtail.edit": "cms.item_changed"}
CATALOGUE_APP = "cms_pages"


def listen() -> None:
    """Connect, once, when the app is ready."""
    post_save.connect(_page, sender=PageLogEntry, dispatch_uid="ledger of published pages")
    post_save.connect(_catalogue, sender=ModelLogEntry, dispatch_uid="ledger of the catalogue")


def _page(instance: PageLogEntry, created: bool, raw: bool = False, **_signal: Any) -> None:
    action = PAGES.get(instance.action)
    if created and not raw and action:
        with transaction.atomic():
            record(
                action,
                by=instance.user,
                now=instance.timestamp,
                clause=CLAUSE,
                obj=instance.page,
                title=instance.label,
                revision=instance.revision_id,
            )


def _catalogue(instance: ModelLogEntry, created: bool, raw: bool = False, **_signal: Any) -> None:
    action = CATALOGUE.get(instance.action)
    ours = instance.content_type is not None and instance.content_type.app_label == CATALOGUE_APP
    if created and not raw and action and ours:
        with transaction.atomic():
            record(
                action,
                by=instance.user,
                now=instance.timestamp,
                clause=CLAUSE,
                title=instance.label,
                item=instance.object_id,
            )
