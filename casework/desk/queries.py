"""What the desk shows of all processes. It reads; it writes nothing of theirs."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import F, Model, Prefetch, Q, QuerySet

from casework.core.access import Access, Can
from casework.core.cases.models import Case, CaseState
from casework.core.cases.queries import cases_listed, handles
from casework.core.clocks.models import Duty, Reminder
from casework.core.clocks.queries import open_duties_for
from casework.core.counting import count, up_to
from casework.core.files.models import StoredFile
from casework.core.ledger.models import LedgerEntry, LedgerHead
from casework.core.letters.models import Letter, Notice, Recipient
from casework.core.letters.queries import notices_for, with_people
from casework.core.rules_data.models import DutyKind, LimitRule
from casework.core.searching import beginning_with
from casework.desk.rules import MILESTONES, TIMELINE_FILTERS
from portal.accounts.models import User

REMINDERS = 10
# What the row of a duty shows beside the duty and its rule.
ROW_FIELDS = (
    "holder__name",
    "holder__short_name",
    "case__number",
    "case__applicant_name",
    "case__applicant__kind",
    "case__item__name",
)


def inbox(access: Access) -> "QuerySet[Duty]":
    """Open duties of my departments that I, by my roles there, can help to meet."""
    return open_duties_for(access)


def with_case(duties: "QuerySet[Duty]") -> "QuerySet[Duty]":
    """``duties`` with what a row of the inbox shows, and no more of case, item and applicant than that."""
    rows = duties.select_related("case__applicant", "case__item", "holder", "rule")
    return rows.only(*_names_of(Duty), *_names_of(LimitRule, "rule__"), *ROW_FIELDS)


def _names_of(model: type[Model], path: str = "") -> list[str]:
    return [f"{path}{field.name}" for field in model._meta.concrete_fields]


def kinds_of_mine(access: Access) -> list[str]:
    """Kinds of duty that I can help to meet somewhere, in the order of the process."""
    held = {kind for pk in access.all_departments() for kind in access.duty_kinds(pk)}
    return [kind for kind in DutyKind.values if kind in held]


def count_kinds(access: Access, now: datetime) -> tuple[dict[str, int], set[str]]:
    """How many duties of each of my kinds are open, each counted up to the cap; and the kinds with a late one."""
    rows = {
        kind: Duty.objects.filter(closed_at=None, holder_id__in=_where(access, kind), kind=kind)
        for kind in kinds_of_mine(access)
    }
    late = {f"late {kind}": open_ones.filter(due_at__lt=now)[:1] for kind, open_ones in rows.items()}
    found = up_to(rows | late)
    return {kind: found[kind] for kind in rows}, {kind for kind in rows if found[f"late {kind}"]}


def _where(access: Access, kind: str) -> list[int]:
    return [pk for pk in access.all_departments() if kind in access.duty_kinds(pk)]


def unread_reminders(user: User) -> list[Reminder]:
    """The newest unread reminders of ``user``, at most ten."""
    rows = Reminder.objects.filter(recipient=user, read_at=None)
    return list(rows.select_related("duty__case", "duty__holder").order_by("-id")[:REMINDERS])


def cases_found(access: Access, *, state: str, words: str) -> "QuerySet[Case]":
    """Cases I may see, in ``state`` (empty = any), whose number or applicant begins with ``words``."""
    rows: QuerySet[Case] = cases_listed(access)
    if state in CaseState.values:
        rows = rows.filter(state=state)
    if words:
        rows = beginning_with(rows, words, "number", "applicant_name")
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
    """Letters of ``case`` with their receipts: all for those who handle it, else those we got or sent."""
    recipients = Recipient.objects.select_related(*with_people("department"))
    rows = Letter.objects.filter(case=case).select_related("sender")
    if not (access.can(Can.READ_ALL_CASES) or handles(access, case)):
        ours = access.departments(Can.READ_CASES)
        own = Recipient.objects.filter(Q(department_id__in=ours) | Q(sender_id__in=ours))
        recipients = recipients.filter(pk__in=own.values("pk"))
        rows = rows.filter(pk__in=own.values("letter_id"))
    return list(rows.prefetch_related(Prefetch("recipients", recipients.order_by("id"))))


def notices_of(access: Access, case: Case) -> list[Notice]:
    """Papers for the applicant that I may read: all for those who handle it, the decision for supervisors."""
    return list(notices_for(access).filter(case=case).select_related("issuer"))


def files_of(access: Access, case: Case) -> list[StoredFile]:
    """Files of ``case`` that I may read: all for those who handle it, else those a letter brought us that
    we have opened and not returned."""
    rows = StoredFile.objects.filter(case=case)
    if not handles(access, case):
        ours = access.departments(Can.READ_CASES)
        got = Recipient.objects.filter(department_id__in=ours, opened_at__isnull=False, returned_at=None)
        ours_or_got = Q(letters__sender_id__in=ours) | Q(letters__in=got.values("letter_id"))
        rows = rows.filter(ours_or_got).distinct()
    return list(rows)


def ledger_rows(*, action: str, number: str) -> "QuerySet[LedgerEntry]":
    """Ledger entries of one action and of cases whose number begins with ``number`` (empty = all)."""
    rows = LedgerEntry.objects.select_related("department")
    if action:
        rows = rows.filter(action=action)
    if number:
        rows = beginning_with(rows, number, "case_number")
    return rows


def ledger_state() -> tuple[int, int]:
    """Sequence number of the chain's head, and how many entries wait to be sealed (counted up to the cap)."""
    head = LedgerHead.objects.filter(pk=1).first()
    return (head.seq if head else 0), count(LedgerEntry.objects.filter(seq=None))
