"""Tell the owner while there is time: the other side has not accepted a letter and the clock runs (R-03).

The clock is that of the duty which the letter's delivery started (the claim of a result, a unit's opinion).
What was said is decided by rows and a unique constraint: after days without a worker the first sweep makes
what it would have made in time, and mails only the latest of it.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from casework.core.clocks.models import Duty, DutyState
from casework.core.ledger.actions import record
from casework.core.letters.models import Recipient
from casework.core.outbox import alarm_rules, dead_letters
from casework.core.outbox.actions import enqueue
from casework.core.outbox.models import Channel, Delivery, DeliveryAlarm, DeliveryState
from casework.core.outbox.owners import Owner, owner_of, people_in_charge, recipients
from casework.core.worktime.queries import current_calendar

log = logging.getLogger(__name__)
CHUNK = 200  # deliveries looked at with four queries
Threshold = DeliveryAlarm.Threshold


def sweep_alarms(*, now: datetime) -> int:
    """Adopt dead deliveries without owner and make every alarm that is due; return how many alarms.

    Looks at all deliveries that are not accepted, however old, in chunks. One that fails is logged and
    holds up nothing.
    """
    dead_letters.adopt(now=now)
    made, cal = 0, current_calendar()
    for chunk in _unaccepted():
        served = recipients(chunk)
        told = _told(chunk)
        for delivery in chunk:
            recipient = served.get(delivery.pk)
            duty = _running(recipient)
            if recipient is None or duty is None or duty.due_at is None:
                continue
            due = alarm_rules.reached(duty.started_at, duty.due_at, now, cal)
            fresh = [each for each in due if (delivery.pk, duty.pk, each) not in told]
            if fresh:
                made += _try_to_tell(delivery, recipient, duty, fresh, now)
    return made


def _unaccepted() -> Iterator[list[Delivery]]:
    """Letters' deliveries that nobody has accepted, oldest first."""
    rows = Delivery.objects.filter(
        state__in=(DeliveryState.NEW, DeliveryState.DEAD), reference__startswith="recipient:"
    )
    after = 0
    while chunk := list(rows.filter(pk__gt=after).defer("body").order_by("pk")[:CHUNK]):
        yield chunk
        after = chunk[-1].pk


def _running(recipient: Recipient | None) -> Duty | None:
    """The open duty that the letter expects of this receiver, whose clock runs; after a reassignment it is older
    than the receipt."""
    duty = recipient.duty if recipient else None
    return duty if duty is not None and duty.state == DutyState.OPEN and duty.due_at is not None else None


def _told(chunk: Sequence[Delivery]) -> set[tuple[int, int, int]]:
    rows = DeliveryAlarm.objects.filter(delivery__in=chunk)
    return set(rows.values_list("delivery_id", "duty_id", "threshold"))


def _try_to_tell(
    delivery: Delivery, recipient: Recipient, duty: Duty, due: Sequence[Threshold], now: datetime
) -> int:
    try:
        return _tell(delivery, recipient, duty, due, now)
    except Exception:
        log.exception("no alarm could be made for delivery %s", delivery.pk)
        return 0


@transaction.atomic
def _tell(
    delivery: Delivery, recipient: Recipient, duty: Duty, due: Sequence[Threshold], now: datetime
) -> int:
    """One row per threshold; mail and ledger speak of the highest one only."""
    owner = owner_of(delivery, now)
    made = []
    for threshold in due:
        alarm, born = DeliveryAlarm.objects.get_or_create(
            delivery=delivery,
            duty=duty,
            threshold=threshold,
            defaults={"department": owner.department, "made_at": now},
        )
        made += [alarm] if born else []
    if made:
        _say(made[-1], delivery, recipient, owner, now)
    return len(made)


def _say(alarm: DeliveryAlarm, delivery: Delivery, recipient: Recipient, owner: Owner, now: datetime) -> None:
    letter = recipient.letter
    record(
        "delivery.alarm",
        by=None,
        now=now,
        clause=alarm.duty.clause,
        department=owner.department,
        case_number=letter.case.number,
        obj=delivery,
        number=letter.number,
        threshold=alarm.threshold,
    )
    people = [owner.person] if owner.person else people_in_charge(owner.department, now)
    for person in people:
        # Never by the address that does not answer.
        if person.email and person.email != delivery.address:
            enqueue(
                dedup=f"alarm:{alarm.pk}:{person.pk}",
                reference=f"alarm:{alarm.pk}",
                channel=Channel.MAIL,
                endpoint=None,
                address=person.email,
                subject=f"【审管联动】{letter.number}尚未被对方接收，{Threshold(alarm.threshold).label}",
                body=_body(alarm, recipient, delivery, str(person)),
                now=now,
            )


def _body(alarm: DeliveryAlarm, recipient: Recipient, delivery: Delivery, name: str) -> str:
    """Numbers, departments and dates only: nothing about the applicant, no address."""
    duty, letter = alarm.duty, recipient.letter
    due = timezone.localtime(duty.due_at) if duty.due_at else None
    facts: Mapping[str, str] = {
        "函件": letter.number,
        "收函单位": recipient.department.name,
        "渠道": delivery.get_channel_display(),
        "对方任务": f"{duty.get_kind_display()}（《实施办法》{duty.clause}）",
        "届满时间": f"{due:%Y年%m月%d日 %H:%M}" if due else "暂停计时",
        "办件编号": letter.case.number,
    }
    return "\n".join(
        [
            f"{name}，您好：",
            "",
            f"下列函件的站外副本对方尚未接收，{Threshold(alarm.threshold).label}。站内送达不受影响。",
            *(f"{label}：{value}" for label, value in facts.items()),
            "",
            "请与收函单位联系；需要时可当面送交并在平台登记纸质送达。本邮件由平台自动发出，无需回复。",
        ]
    )
