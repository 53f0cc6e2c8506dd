"""What happened to a person's account goes to the person by mail, too: a thief may sit at the account page."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.utils import timezone

from casework.core.outbox.actions import enqueue
from casework.core.outbox.models import Channel
from portal.accounts.models import SecurityNotice
from portal.accounts.notices import told


def listen() -> None:
    """Connect, once, when the app is ready."""
    told.connect(_mail, dispatch_uid="mail about accounts")


def _mail(*, notice: SecurityNotice, addresses: Sequence[str], **_signal: Any) -> None:
    when = timezone.localtime(notice.at)
    body = (
        f"{notice.user.get_full_name()}：\n\n{notice.text}\n时间：{when:%Y-%m-%d %H:%M}\n\n"
        f"如不是您本人或您提出的操作，请立即报告安全管理员。\n{settings.PUBLIC_URL}/accounts/\n"
    )
    for place, address in enumerate(addresses):
        enqueue(
            dedup=f"notice:{notice.pk}:{place}",
            reference=f"notice:{notice.pk}",
            channel=Channel.OA_MAIL,
            endpoint=None,
            address=address,
            subject=f"{settings.SITE_NAME}：账号安全提醒",
            body=body,
            now=notice.at,
        )
