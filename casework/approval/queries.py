"""What the approval reads: units of an item, circulations, the opinions that count, the latest proposal."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from casework.approval.models import Circulation, CirculationState, Decision, Opinion
from casework.approval.rules import UnitOpinion
from casework.core.cases.models import Case
from casework.core.clocks.models import Duty, Extension, ExtensionState
from casework.core.files.models import StoredFile
from casework.core.letters.models import LetterKind, Recipient
from casework.core.worktime.units import Unit
from portal.accounts.models import Department, acting_ids
from portal.accounts.roles import DepartmentKind


def fixed_units(case: Case) -> list[dict[str, Any]]:
    """The joint-approval units that the case's guide version fixes (7, 7.2)."""
    return case.guide_version.rows("joint_units")


def days_of(row: dict[str, Any]) -> Decimal:
    """A fixed unit's limit in working days."""
    return Decimal(str(row["opinion_days"]))


def active_departments(now: Any) -> QuerySet[Department]:
    """Departments that exist on the Shanghai day of ``now``."""
    return Department.objects.valid_on(timezone.localdate(now))


def units_to_add(now: Any) -> QuerySet[Department]:
    """Departments that the approver may add to a circulation (7: 行政主管部门), not the window or the evaluator."""
    asked = (DepartmentKind.COMPETENT, DepartmentKind.ENFORCEMENT, DepartmentKind.OTHER)
    return active_departments(now).filter(kind__in=asked)


def units_to_take(circulation: Circulation, now: Any) -> QuerySet[Department]:
    """Departments that may take the opinion over: asked like others, and not asked in this case before."""
    case = circulation.case
    return units_to_add(now).exclude(pk__in=[approver_today(case, now).pk, *units_asked(case, now)])


def approver_today(case: Case, now: Any) -> Department:
    """The approving department, or the one that has its duties today."""
    return case.approver.acting_on(timezone.localdate(now))


def units_asked(case: Case, now: Any) -> set[int]:
    """Ids of every department that got a circulation of the case: those included that handed it on, and that
    answer today for one that got it."""
    rows = Recipient.objects.filter(letter__case=case, letter__kind=LetterKind.CIRCULATION)
    return acting_ids(rows.values_list("department_id", flat=True), timezone.localdate(now))


def circulation_of(duty: Duty) -> Circulation | None:
    """The circulation whose opinion the duty asks for."""
    rows = Circulation.objects.filter(recipient__duty=duty)
    return rows.select_related("case", "unit", "recipient__letter__case", "recipient__duty").first()


def circulations_of(case: Case) -> list[Circulation]:
    """Every circulation of the case with unit and opinions; two queries."""
    rows = case.circulations.select_related("unit", "recipient__letter")
    signers = Opinion.objects.select_related("drafted_by", "drafted_for", "signed_by", "signed_for")
    return list(rows.prefetch_related(Prefetch("opinions", signers.order_by("version"))))


def latest(circulation: Circulation) -> Opinion | None:
    """The newest version of a unit's opinion, signed or not."""
    return max(circulation.opinions.all(), key=lambda row: row.version, default=None)


def has_signed(circulation: Circulation) -> bool:
    """Whether the unit has spoken at least once."""
    return any(row.signed_at is not None for row in circulation.opinions.all())


def current_opinion(circulation: Circulation) -> Opinion | None:
    """The opinion that counts: signed, newest, and not being replaced at the moment."""
    if circulation.state != CirculationState.ANSWERED:
        return None
    signed = [row for row in circulation.opinions.all() if row.signed_at is not None]
    return max(signed, key=lambda row: row.version, default=None)


def opinions_for_rules(circulations: Iterable[Circulation]) -> list[UnitOpinion]:
    """What each unit has said so far, as the rules read it."""
    found = [(row, current_opinion(row)) for row in circulations]
    return [
        UnitOpinion(unit=row.unit.label, outcome=opinion.outcome if opinion else "") for row, opinion in found
    ]


def latest_decision(case: Case) -> Decision | None:
    """The newest proposal, approved or not."""
    rows = case.decisions.select_related("proposed_by", "approved_by", "proposed_for", "approved_for")
    return rows.order_by("-version").first()


def material_files(case: Case) -> list[StoredFile]:
    """The applicant's files, each once: what travels with a circulation."""
    return list(StoredFile.objects.filter(materials__case=case).distinct())


ALLOWED_BY_LAW = Decimal(10)  # working days, where the item's law says nothing else (行政许可法 42)


def extension_allowed(duty: Duty) -> Decimal:
    """How much the decision duty may be extended, in its own unit; nought where the law does not say so.

    The item's statutory limit says how much. Days of one kind are never turned into days of another.
    """
    if duty.case is None:
        return Decimal(0)
    row: dict[str, Any] | None = duty.case.guide_version.snapshot.get("limits", {}).get("statutory")
    if not row:
        return ALLOWED_BY_LAW if duty.unit == Unit.WORKDAY else Decimal(0)
    return Decimal(str(row.get("extension") or 0)) if row["unit"] == duty.unit else Decimal(0)


def waiting_extension(duty: Duty) -> Extension | None:
    """The request for more time that waits for the leader."""
    rows = duty.extensions.filter(state=ExtensionState.ASKED)
    return rows.select_related("asked_by", "asked_for", "duty__holder").first()
