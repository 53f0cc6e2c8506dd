"""What the desk shows of all processes. It reads; it writes nothing of theirs."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from django.db.models import F, Prefetch, Q, QuerySet

from casework.core.access import Access, Can
from casework.core.cases.models import Case, CaseState
from casework.core.cases.queries import cases_for, handles
from casework.core.clocks.models import Duty, Reminder
from casework.core.clocks.queries import open_duties_for
from casework.core.files.models import StoredFile
from casework.core.ledger.models import LedgerEntry, LedgerHead
from casework.core.letters.models import Letter, Notice, Recipient
from casework.core.letters.queries import notices_for
from casework.core.rules_data.models import DutyKind
from casework.desk.rules import COUNT_CAP, MILESTONES, TIMELINE_FILTERS
from portal.accounts.models import Department, User

REMINDERS = 10
LAST = "\U0010ffff"  # sorts after every other character: the upper end of a prefix


def inbox(access: Access) -> "QuerySet[Duty]":
    """Open duties of my departments that I, by my roles there, can help to meet."""
    return open_duties_for(access)


def with_case(duties: "QuerySet[Duty]") -> "QuerySet[Duty]":
    """``duties`` with what a row of the inbox and its reckoning show."""
    related = ("case__applicant", "case__item", "holder", "rule")
    rows = duties.select_related(*related).prefetch_related("events")
    return rows.defer("case__query_code", "case__applicant__code")


def kinds_of_mine(access: Access) -> list[str]:
    """Kinds of duty that I can help to meet somewhere, in the order of the process."""
    held = {kind for pk in access.all_departments() for kind in access.duty_kinds(pk)}
    return [kind for kind in DutyKind.values if kind in held]


def count_kinds(duties: "QuerySet[Duty]", now: datetime) -> tuple[Counter[str], Counter[str]]:
    """How many of ``duties`` per kind, and how many of those are late; the first 1000 are counted."""
    rows = list(duties.order_by("due_at").values_list("kind", "due_at")[:COUNT_CAP])
    return Counter(kind for kind, _ in rows), Counter(kind for kind, due in rows if due and due < now)


def unread_reminders(user: User) -> list[Reminder]:
    """The newest unread reminders of ``user``, at most ten."""
    rows = Reminder.objects.filter(recipient=user, read_at=None)
    return list(rows.select_related("duty__case", "duty__holder").order_by("-id")[:REMINDERS])


def cases_found(access: Access, *, state: str, words: str) -> "QuerySet[Case]":
    """Cases I may see, in ``state`` (empty = any), whose number or applicant begins with ``words``."""
    rows = cases_for(access)
    if state in CaseState.values:
        rows = rows.filter(state=state)
    if words:
        number = Q(number__gte=words, number__lt=words + LAST)
        rows = rows.filter(number | Q(applicant_name__gte=words, applicant_name__lt=words + LAST))
    return rows.select_related("item", "applicant", "approver").defer("query_code", "applicant__code")


def next_duties(cases: Iterable[Case]) -> dict[int, Duty]:
    """Case id → its open duty that ends first (one query)."""
    rows = Duty.objects.open().filter(case_id__in=[case.pk for case in cases]).select_related("rule")
    found: dict[int, Duty] = {}
    for duty in rows.order_by(F("due_at").asc(nulls_last=True), "id"):
        found.setdefault(duty.case_id or 0, duty)
    return found


def duties_of(case: Case) -> list[Duty]:
    """Every duty of ``case``, open ones first, each group in the order in which they began."""
    rows = Duty.objects.filter(case=case).select_related("rule", "holder").prefetch_related("events")
    return sorted(rows, key=lambda duty: (duty.closed_at is not None, duty.started_at, duty.pk))


def entries_of(access: Access, case: Case, show: str) -> "QuerySet[LedgerEntry]":
    """What the ledger says of ``case``, under one of the timeline's filters: everything for those who handle
    it, else the case's milestones and what the own departments did or owe."""
    rows = LedgerEntry.objects.filter(case_number=case.number).select_related("department")
    if not (access.can(Can.READ_ALL_CASES) or handles(access, case)):
        ours = access.departments(Can.READ_CASES)
        rows = rows.filter(Q(department_id__in=ours) | Q(action__in=MILESTONES))
    _, beginnings = TIMELINE_FILTERS[show]
    wanted = Q()
    for beginning in beginnings:
        wanted |= Q(action__startswith=beginning)
    return rows.filter(wanted)


def letters_of(access: Access, case: Case) -> list[Letter]:
    """Letters of ``case`` with their receipts: all for those who handle it, else those sent to us."""
    recipients = Recipient.objects.select_related("department", "opened_by", "claimed_by", "returned_by")
    rows = Letter.objects.filter(case=case).select_related("sender")
    if not (access.can(Can.READ_ALL_CASES) or handles(access, case)):
        ours = access.departments(Can.READ_CASES)
        recipients = recipients.filter(department_id__in=ours)
        rows = rows.filter(recipients__department_id__in=ours).distinct()
    return list(rows.prefetch_related(Prefetch("recipients", recipients.order_by("id"))))


def notices_of(access: Access, case: Case) -> list[Notice]:
    """Papers for the applicant that I may read: all for those who handle it, the decision for supervisors."""
    return list(notices_for(access).filter(case=case).select_related("issuer"))


def files_of(access: Access, case: Case) -> list[StoredFile]:
    """Files of ``case`` that I may read: all for those who handle it, else those a letter brought us that
    we have opened."""
    rows = StoredFile.objects.filter(case=case)
    if not handles(access, case):
        ours = access.departments(Can.READ_CASES)
        got = Recipient.objects.filter(department_id__in=ours, opened_at__isnull=False)
        rows = rows.filter(letters__in=got.values("letter_id")).distinct()
    return list(rows)


def department_names(access: Access) -> str:
    """The names of my departments, for the desk's bar."""
    rows = Department.objects.filter(pk__in=access.all_departments()).order_by("code")
    return "、".join(department.label for department in rows)


def ledger_rows(*, action: str, number: str) -> "QuerySet[LedgerEntry]":
    """Ledger entries of one action and of cases whose number begins with ``number`` (empty = all)."""
    rows = LedgerEntry.objects.select_related("department")
    if action:
        rows = rows.filter(action=action)
    if number:
        rows = rows.filter(case_number__gte=number, case_number__lt=number + LAST)
    return rows


def ledger_state() -> tuple[int, int]:
    """Sequence number of the chain's head, and how many entries wait to be sealed."""
    head = LedgerHead.objects.filter(pk=1).first()
    return (head.seq if head else 0), LedgerEntry.objects.filter(seq=None).count()
