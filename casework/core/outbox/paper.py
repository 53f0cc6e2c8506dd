"""A letter handed over on paper, with proof: it ends the retrying and moves no delivered moment."""

from datetime import datetime

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from casework.core.access import Can, check
from casework.core.errors import Refusal
from casework.core.files.actions import store
from casework.core.ledger.actions import record
from casework.core.letters.models import Recipient
from casework.core.letters.rules import why_not_said
from casework.core.outbox import dead_letters
from casework.core.outbox.models import DeadLetter, Delivery, DeliveryState, PaperDelivery
from casework.core.transitions import StaleState
from portal.accounts.models import User

NAME_LENGTH = 60
PURPOSE = "纸质送达凭证"
_OPEN = (DeliveryState.NEW, DeliveryState.DEAD)


class BadPaper(Refusal):
    """The handing over cannot be recorded as given."""


@transaction.atomic
def hand_over(
    recipient: Recipient,
    *,
    receiver: str,
    handed_at: datetime,
    receipt: UploadedFile,
    by: User,
    now: datetime,
) -> PaperDelivery:
    """Record that the letter was handed to ``receiver`` on paper at ``handed_at``, with the scanned receipt.

    Deliveries off the platform that the other side has not accepted end with it; the delivered moment of
    the recipient stays: the first delivery counts (mission, "Delivered").
    Raises ``NotPermitted``, ``BadPaper``, ``FileRefused``, ``StaleState`` when it is recorded already.
    """
    letter = recipient.letter
    check(by, Can.SETTLE_DELIVERY, letter.sender.acting_on(timezone.localdate(now)), now)
    receiver = " ".join(receiver.split())
    _check_facts(recipient, receiver, handed_at, now)
    Recipient.objects.select_for_update().get(pk=recipient.pk)  # one paper, also of two who record at once
    if PaperDelivery.objects.filter(recipient=recipient).exists():
        raise StaleState(f"recipient {recipient.pk} has its paper already")
    file = store(case=letter.case, upload=receipt, purpose=PURPOSE, department=letter.sender, by=by, now=now)
    paper = PaperDelivery.objects.create(
        recipient=recipient,
        receiver=receiver,
        handed_at=handed_at,
        receipt=file,
        recorded_at=now,
        recorded_by=by,
        recorded_for_id=by.acting_for_id,
    )
    ended = _end_retrying(recipient, by=by, now=now)
    record(
        "delivery.handed_over",
        by=by,
        now=now,
        clause=letter.clause,
        department=letter.sender,
        case_number=letter.case.number,
        obj=recipient,
        number=letter.number,
        handed_at=handed_at.isoformat(),
        to=recipient.department.code,
        sha256=file.sha256,
        ended=ended,
    )
    return paper


def _check_facts(recipient: Recipient, receiver: str, handed_at: datetime, now: datetime) -> None:
    if not receiver:
        raise BadPaper("请填写签收人姓名。", field="receiver")
    if len(receiver) > NAME_LENGTH:
        raise BadPaper(f"签收人姓名不超过{NAME_LENGTH}字。", field="receiver")
    if why := why_not_said(receiver):
        raise BadPaper(why, field="receiver")
    if handed_at > now:
        raise BadPaper("签收时间晚于现在，请核对。", field="handed_at")
    if handed_at < recipient.letter.sent_at:
        sent = timezone.localtime(recipient.letter.sent_at)
        raise BadPaper(f"签收时间早于函件发出时间（{sent:%Y-%m-%d %H:%M}），请核对。", field="handed_at")


def _end_retrying(recipient: Recipient, *, by: User, now: datetime) -> int:
    """No more tries for this recipient; a try that is under way may still be accepted. How many ended."""
    rows = Delivery.objects.filter(reference=f"recipient:{recipient.pk}", state__in=_OPEN)
    ended = list(rows.select_for_update().order_by("pk"))
    for delivery in ended:
        dead_letters.settle(delivery, DeadLetter.Outcome.PAPER, by=by, now=now)
    Delivery.objects.filter(pk__in=[row.pk for row in ended], state__in=_OPEN).update(
        state=DeliveryState.PAPER
    )
    return len(ended)
