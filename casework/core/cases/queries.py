"""Find cases for a person, and for the citizen who knows number and query code."""

import hmac
from typing import Any

from casework.core.access import Access, Can
from casework.core.cases.models import Case, CaseQuerySet, Participation
from casework.core.searching import if_few

HANDLING = frozenset(
    {Participation.Capacity.WINDOW, Participation.Capacity.APPROVER, Participation.Capacity.UNIT}
)


def cases_for(access: Access) -> CaseQuerySet:
    """Every case that the person may see: all for the evaluator, else those the own departments take part in."""
    if access.can(Can.READ_ALL_CASES):
        return Case.objects.all()
    return Case.objects.of_departments(access.departments(Can.READ_CASES))


def cases_listed(access: Access) -> CaseQuerySet:
    """The same cases, for a list with the newest first: quick also for departments that seldom take part."""
    departments = access.departments(Can.READ_CASES)
    if not access.can(Can.READ_ALL_CASES):
        few = if_few(Participation.objects.filter(department_id__in=departments), "case_id")
        if few is not None:
            return Case.objects.filter(pk__in=few)
    return cases_for(access)


def handles(access: Access, case: Case) -> bool:
    """Whether the person's department handles the case (window, approver, unit), so that it sees all files.

    A supervisor sees what its letter carries, not the whole file.
    """
    departments = access.departments(Can.READ_CASES)
    return case.participations.filter(department_id__in=departments, capacity__in=HANDLING).exists()


def case_by_code(number: str, query_code: str) -> Case | None:
    """The case with this number and query code, compared in constant time; None for any wrong pair."""
    case = Case.objects.filter(number=number.strip()).select_related("item").first()
    expected = case.query_code if case else "-" * 8
    same = hmac.compare_digest(expected.encode(), query_code.strip().upper().encode())
    return case if case is not None and same else None


def approved_decision(case: Case) -> Any:
    """The decision in force of ``case``: the newest approved one, None before there is one.

    Read through the case, for the approval process owns the row.
    """
    return case.decisions.filter(approved_at__isnull=False).order_by("-version").first()
