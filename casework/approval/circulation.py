"""Receive a submitted case and circulate it (7.2). Exported by ``actions``."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from casework.approval import queries, rules
from casework.approval.models import Circulation
from casework.approval.opinions import note
from casework.core.access import Can, check
from casework.core.cases.actions import take_part
from casework.core.cases.events import AboutCase
from casework.core.cases.models import Case, CaseState, Participation
from casework.core.clocks import actions as clocks
from casework.core.errors import Refusal
from casework.core.letters import actions as letters
from casework.core.letters.models import LetterKind, Recipient
from casework.core.rules_data.models import DutyKind, LimitSource
from casework.core.transitions import move
from portal.accounts.models import Department, User


class BadCirculation(Refusal):
    """The case cannot be circulated to these units."""


@dataclass(frozen=True, kw_only=True)
class UnitRequest:
    """A unit to ask, the working days it has, and what for."""

    department: Department
    opinion_days: Decimal
    reason: str = ""


def receive_case(event: AboutCase) -> None:
    """A case came from the window (7.2): circulating it becomes due."""
    case = event.case
    clocks.start(
        key=f"circulate:case:{case.pk}",
        kind=DutyKind.CIRCULATE,
        holder=case.approver,
        case=case,
        now=event.now,
        by=event.by,
    )


def default_units(case: Case, now: datetime) -> list[UnitRequest]:
    """The units that the joint-approval list fixes for the item, with their limits (7.2).

    One that has ended since the guide was published is replaced by its successor; each is asked once.
    """
    rows, day = queries.fixed_units(case), timezone.localdate(now)
    found = Department.objects.select_related("successor").in_bulk([row["department_id"] for row in rows])
    units: dict[int, UnitRequest] = {}
    for row in rows:
        department = found[row["department_id"]].acting_on(day)
        days, reason = queries.days_of(row), row.get("reason", "")
        units.setdefault(department.pk, UnitRequest(department=department, opinion_days=days, reason=reason))
    return list(units.values())


@transaction.atomic
def circulate(
    case: Case, *, units: Sequence[UnitRequest] | None = None, by: User, now: datetime
) -> list[Circulation]:
    """Send the case to its joint-approval units (流转, 7.2); None = those that the item fixes.

    Each unit gets a letter with the applicant's files and a clock of its own days. An item without units
    goes straight on to the decision. Raises ``BadCirculation``, ``StaleState``, ``NotPermitted``.
    """
    check(by, Can.CIRCULATE, case.approver_id, now)
    listed = default_units(case, now)
    asked = listed if units is None else list(units)
    active = set(queries.active_departments(now).values_list("pk", flat=True))
    fixed = {unit.department.pk: unit.department.label for unit in listed}
    why = rules.refuses_circulation(
        [
            rules.Unit(
                department_id=unit.department.pk,
                name=unit.department.label,
                days=unit.opinion_days,
                reason=unit.reason,
                is_active=unit.department.pk in active,
            )
            for unit in asked
        ],
        fixed=fixed,
        approver_id=queries.approver_today(case, now).pk,
    )
    if why:
        raise BadCirculation(why)
    move(case, new=CaseState.CIRCULATING, moves=rules.MOVES, by=by, now=now)
    made = [_ask(case, unit, added=unit.department.pk not in fixed, by=by, now=now) for unit in asked]
    clocks.meet(f"circulate:case:{case.pk}", by=by, now=now)
    codes = [unit.department.code for unit in asked]
    note("approval.circulated", case, clause="7.2", department=case.approver, by=by, now=now, units=codes)
    return made


def _ask(case: Case, unit: UnitRequest, *, added: bool, by: User, now: datetime) -> Circulation:
    """One unit's letter, circulation and clock; it takes part in the case from now on."""
    facts = {
        "办件编号": case.number,
        "事项名称": case.item.name,
        "申请人": case.applicant.public_name,
        "会办内容": unit.reason,
        "意见时限": f"{unit.opinion_days.normalize():f}个工作日",
    }
    made: list[Circulation] = []

    def entry(recipient: Recipient) -> str:
        row = Circulation.objects.create(
            case=case,
            unit=unit.department,
            recipient=recipient,
            reason=unit.reason.strip(),
            opinion_days=unit.opinion_days,
            sent_at=now,
        )
        made.append(row)
        return f"circulation:{row.pk}"

    letters.send(
        kind=LetterKind.CIRCULATION,
        case=case,
        sender=case.approver,
        to=[unit.department],
        title=f"关于“{case.item.name}”申请征求联合审批意见的函",
        facts={label: value for label, value in facts.items() if value},
        files=queries.material_files(case),
        by=by,
        now=now,
        limit=letters.Limit(unit.opinion_days, LimitSource.MEASURE if added else LimitSource.ITEM),
        entry=entry,
    )
    take_part(case, unit.department, Participation.Capacity.UNIT, now=now)
    return made[0]
