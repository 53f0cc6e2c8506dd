"""Number a case, note who takes part. Processes call these inside their own actions."""

import secrets
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from casework.core.cases.models import Case, CaseCounter, Participation
from portal.accounts.models import Department

AREA = "460400"  # 儋州市行政区划代码
QUERY_CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # no look-alikes


def next_number(now: datetime) -> str:
    """The next case number of the Shanghai day: area, date, five digits. Call it in a transaction."""
    day = timezone.localdate(now)
    with transaction.atomic():
        CaseCounter.objects.get_or_create(day=day)
        CaseCounter.objects.filter(day=day).update(last=F("last") + 1)
        last = CaseCounter.objects.get(day=day).last
    return f"{AREA}{day:%Y%m%d}{last:05d}"


def new_query_code() -> str:
    """Eight random characters that, with the number, let the applicant look up progress."""
    return "".join(secrets.choice(QUERY_CODE_ALPHABET) for _ in range(8))


def take_part(case: Case, department: Department, capacity: str, *, now: datetime) -> Participation:
    """Let ``department`` take part in ``case`` in ``capacity``; once is enough."""
    row, _ = Participation.objects.get_or_create(
        case=case, department=department, capacity=capacity, defaults={"since": now}
    )
    return row


def lock(case: Case) -> str:
    """Hold the case's row to the end of the transaction; returns the state it has now.

    What two people may do to a case at once then happens one after the other, never side by side.
    """
    return Case.objects.select_for_update().values_list("state", flat=True).get(pk=case.pk)
