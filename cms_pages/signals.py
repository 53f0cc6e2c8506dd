"""Wagtail's own publish event: a published guide freezes a version of its item (5.5)."""

from typing import Any

from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils import timezone
from wagtail.signals import page_published, page_unpublished

from cms_pages.catalogue import freezing
from cms_pages.models import GuidePage


@receiver(page_published, sender=GuidePage, dispatch_uid="freeze-guide")
def freeze_published_guide(sender: type[GuidePage], instance: GuidePage, **kwargs: Any) -> None:
    """Freeze what the guide says now; the publisher is the person who made the revision."""
    revision = kwargs.get("revision")
    freezing.freeze(instance.item, by=revision.user if revision else None, now=timezone.now())


@receiver(page_unpublished, sender=GuidePage, dispatch_uid="close-guide")
@receiver(post_delete, sender=GuidePage, dispatch_uid="close-deleted-guide")
def close_withdrawn_guide(sender: type[GuidePage], instance: GuidePage, **kwargs: Any) -> None:
    """A guide that readers cannot see any more takes no applications (5.5)."""
    freezing.close(instance.item)
