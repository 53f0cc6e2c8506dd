"""Which letters and notices a person may read."""

from django.db.models import Q, QuerySet

from casework.core.access import Access, Can
from casework.core.cases.queries import HANDLING
from casework.core.letters.kinds import NOTICE_KINDS
from casework.core.letters.models import Letter, Notice, Recipient

_DECIDING = [kind for kind, spec in NOTICE_KINDS.items() if spec.decides]


def letters_for(access: Access) -> QuerySet[Letter]:
    """Letters that one of the person's departments sent or got, each once."""
    departments = access.departments(Can.READ_CASES)
    got = Recipient.objects.filter(department_id__in=departments).values("letter_id")
    return Letter.objects.filter(Q(sender_id__in=departments) | Q(pk__in=got))


def recipients_of(letter: Letter) -> list[Recipient]:
    """Who got the letter, with the people of the facts (one query)."""
    people = ("letter__case", "department", "opened_by", "claimed_by", "returned_by")
    return list(letter.recipients.select_related(*people).order_by("id"))


def mine(access: Access, recipients: list[Recipient]) -> list[Recipient]:
    """Those of ``recipients`` that are the person's own departments."""
    departments = access.departments(Can.READ_CASES)
    return [recipient for recipient in recipients if recipient.department_id in departments]


def notices_for(access: Access) -> QuerySet[Notice]:
    """Notices of cases that the own departments handle; decisions also for supervisors; all for the evaluator."""
    if access.can(Can.READ_ALL_CASES):
        return Notice.objects.all()
    departments = access.departments(Can.READ_CASES)
    part = Q(case__participations__department_id__in=departments)
    handling = part & Q(case__participations__capacity__in=HANDLING)
    return Notice.objects.filter(handling | part & Q(kind__in=_DECIDING)).distinct()
