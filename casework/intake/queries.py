"""What the window reads: guide versions, checklist rows, its own cases, the decision to issue."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from casework.core.cases.models import Case, CaseState
from casework.core.clocks.models import Duty
from casework.core.rules_data.models import DutyKind, limit_in_words
from casework.core.worktime.units import Unit
from casework.intake import rules
from casework.intake.rules import MaterialRow
from cms_pages.catalogue.codes import ItemState
from cms_pages.models import GuideVersion
from portal.accounts.models import Department

FOUND_LIMIT = 20  # items shown by one search
TO_DO = (CaseState.RECEIVED, CaseState.CORRECTING, CaseState.ACCEPTED, CaseState.DECIDED)


@dataclass(frozen=True)
class Limit:
    """A limit of the item as its guide version froze it."""

    amount: Decimal
    unit: Unit
    basis: str

    def __str__(self) -> str:
        return in_words(self.amount, self.unit)


def in_words(amount: Decimal, unit: Unit | str) -> str:
    """A limit as papers write it: 8个工作日, 15日（自然日）, 2个月."""
    return limit_in_words(amount, Unit(unit))


def limit_of(version: GuideVersion, kind: str) -> Limit | None:
    """The "promised" or "statutory" limit of ``version``; None when it has none."""
    row: dict[str, Any] | None = version.snapshot.get("limits", {}).get(kind)
    if not row:
        return None
    return Limit(Decimal(str(row["amount"])), Unit(row["unit"]), row.get("basis", ""))


def approver_of(version: GuideVersion, day: date) -> Department:
    """The approval department that ``version`` names, or who took its duties over by ``day``."""
    return Department.objects.get(pk=version.snapshot["item"]["approval_department"]["id"]).acting_on(day)


def checklist(case: Case) -> list[MaterialRow]:
    """The material rows of ``case`` as the rules read them."""
    rows = case.materials.values_list("name", "necessity", "provided")
    return [MaterialRow(*row) for row in rows]


def numbered_checklist(case: Case) -> dict[int, MaterialRow]:
    """The same by position."""
    rows = case.materials.values_list("position", "name", "necessity", "provided")
    return {position: MaterialRow(name, necessity, provided) for position, name, necessity, provided in rows}


def acceptance_duty(case: Case) -> Duty:
    """The acceptance that is owed now, or was owed last: after a correction it is a new one (行政许可法 32)."""
    return Duty.objects.filter(case=case, kind=DutyKind.ACCEPT).latest("pk")


def checks_of(case: Case) -> dict[str, bool]:
    """The checks made so far: kind → passed."""
    return dict(case.checks.values_list("kind", "passed"))


def why_closed(version: GuideVersion) -> str:
    """Why ``version`` takes no applications, "" when it does (5.5). Reads its item."""
    return rules.why_closed(version.gaps, in_use=version.item.state == ItemState.IN_USE)


def is_deemed_accepted(case: Case, now: datetime) -> bool:
    """Whether the time for acceptance ran out, so that ``case`` counts as accepted (行政许可法 32)."""
    return rules.deemed_accepted(acceptance_duty(case).due_at, now)


def find_guides(words: str) -> list[GuideVersion]:
    """Current guide versions whose item name or code holds every word of ``words``, at most 20."""
    rows = GuideVersion.objects.filter(current=True).select_related("item")
    for word in words.split()[:5]:
        rows = rows.filter(Q(item__name__icontains=word) | Q(item__platform_item_code__icontains=word))
    return list(rows.order_by("item__name", "pk")[:FOUND_LIMIT])


def work_of(departments: Sequence[int]) -> QuerySet[Case]:
    """Cases in which these windows have something to do."""
    rows = Case.objects.filter(window_id__in=departments, closed_at=None, state__in=TO_DO)
    return rows.select_related("item", "applicant").defer("query_code", "applicant__code")
