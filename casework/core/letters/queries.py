"""Which letters and notices a person may read; what came of those sent and received."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from casework.core.access import Access, Can
from casework.core.cases.models import Participation
from casework.core.cases.queries import HANDLING
from casework.core.clocks.models import Duty
from casework.core.letters.kinds import LETTER_KINDS, NOTICE_KINDS, spec_of
from casework.core.letters.models import Letter, Notice, Recipient
from casework.core.letters.rules import Period, period_of
from casework.core.rules_data.queries import rule_for
from casework.core.worktime.calendar import WorkCalendar

RECEIVED, SENT = "received", "sent"
UNOPENED, UNCLAIMED, LATE = "unopened", "unclaimed", "late"
_CLAIMED = frozenset(row.expects for row in LETTER_KINDS.values() if row.may_claim and row.expects)
_PEOPLE = (
    "opened_by",
    "opened_for",
    "claimed_by",
    "returned_by",
    "settled_for",
    "objected_by",
    "objected_for",
    "answered_by",
    "answered_for",
)
_DECIDING = [kind for kind, spec in NOTICE_KINDS.items() if spec.decides]


def letters_for(access: Access) -> QuerySet[Letter]:
    """Letters that one of the person's departments sent or got, each once."""
    departments = access.departments(Can.READ_CASES)
    got = Recipient.objects.filter(letter=OuterRef("pk"), department_id__in=departments)
    return Letter.objects.filter(Q(sender_id__in=departments) | Exists(got))


def recipients_of(letter: Letter) -> list[Recipient]:
    """Who got the letter, with the people of the facts (one query)."""
    found = letter.recipients.select_related(*with_people("letter__case", "department", "duty"))
    return list(found.order_by("id"))


def with_people(*more: str, before: str = "") -> list[str]:
    """Names for ``select_related``: the people of a receipt's facts, its objection and its answer, and ``more``.

    ``before`` leads from the row that is asked for to the receipt ("recipient__").
    """
    objection = ("objection__asked__letter", "objection__answer_letter")
    answer = ("objection__asked__answered_by", "objection__asked__answered_for")
    return [*more, *(f"{before}{name}" for name in (*_PEOPLE, *objection, *answer))]


def box(access: Access, which: str, *, show: str, now: datetime) -> QuerySet[Recipient]:
    """Receipts of letters that my departments got (``RECEIVED``) or sent (``SENT``), one row per receiver.

    ``show``: ``UNOPENED``, ``UNCLAIMED`` (a claim is still owed), ``LATE`` (what it expects is overdue), "" = all.
    """
    departments = access.departments(Can.READ_CASES)
    rows = Recipient.objects.filter(
        Q(sender_id__in=departments) if which == SENT else Q(department_id__in=departments)
    )
    waiting = Duty.objects.open()
    if show == UNOPENED:
        return rows.filter(opened_at=None)
    if show == UNCLAIMED:
        return rows.filter(duty__in=waiting.filter(kind__in=_CLAIMED))
    if show == LATE:
        return rows.filter(duty__in=waiting.filter(due_at__lt=now))
    return rows


def with_details(rows: QuerySet[Recipient]) -> QuerySet[Recipient]:
    """``rows`` with everything that a line of the list shows, in one query."""
    related = with_people("letter__case", "sender", "department", "duty__rule", "duty__holder")
    return rows.select_related(*related).defer("letter__facts", "letter__case__query_code")


def objection_period(recipient: Recipient, cal: WorkCalendar) -> Period | None:
    """The time that the receiver has to object, by the rule in force at delivery; None for a kind without."""
    kind = spec_of(recipient.letter.kind).objection_period
    if kind is None:
        return None
    rule = rule_for(kind, timezone.localdate(recipient.delivered_at))
    return period_of(rule, delivered_at=recipient.delivered_at, claimed_at=recipient.claimed_at, cal=cal)


def mine(access: Access, recipients: list[Recipient]) -> list[Recipient]:
    """Those of ``recipients`` that are the person's own departments."""
    departments = access.departments(Can.READ_CASES)
    return [recipient for recipient in recipients if recipient.department_id in departments]


def notices_for(access: Access) -> QuerySet[Notice]:
    """Notices of cases that the own departments handle; decisions also for supervisors; all for the evaluator."""
    if access.can(Can.READ_ALL_CASES):
        return Notice.objects.all()
    part = Participation.objects.filter(
        department_id__in=access.departments(Can.READ_CASES), case=OuterRef("case")
    )
    handling = Exists(part.filter(capacity__in=HANDLING))
    return Notice.objects.filter(handling | Exists(part) & Q(kind__in=_DECIDING))
