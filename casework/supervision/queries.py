"""Find pushes, register entries and the people and departments they concern (9.1)."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db.models import QuerySet
from django.utils import timezone

from casework.core.access import ROLE_PERMISSIONS, Access, Can
from casework.core.cases.models import Case
from casework.core.clocks.models import Duty
from casework.core.counting import up_to
from casework.core.files.models import StoredFile
from casework.core.letters.models import Objection
from casework.supervision.models import PushState, RegisterEntry, ResultPush
from casework.supervision.rules import SUPERVISING, supervisor_ids
from portal.accounts.models import Department, Membership, User, acting_ids

# What a supervisor's list shows, tab by tab; a push that was sent on stays under "returned".
TABS: dict[str, tuple[str, ...]] = {
    "delivered": (PushState.DELIVERED,),
    "claimed": (PushState.CLAIMED,),
    "registered": (PushState.REGISTERED,),
    "returned": (PushState.RETURNED, PushState.REPUSHED),
}
_SEEN_BY = (Can.CLAIM_RESULT, Can.REGISTER_HOLDER)
_CLOCKS = ("claim", "register", "repush", "answer_objection")


def pushes_for(access: Access) -> "QuerySet[ResultPush]":
    """The pushes that stand in the inboxes of the person's supervising departments."""
    return ResultPush.objects.filter(department_id__in=access.departments(*_SEEN_BY))


def with_details(pushes: "QuerySet[ResultPush]") -> "QuerySet[ResultPush]":
    """``pushes`` with everything that a row or a page of them shows, in one query."""
    related = ("case__item", "case__applicant", "department", "recipient__letter")
    return pushes.select_related(*related).defer("case__query_code", "case__applicant__code")


def returned_for(access: Access) -> "QuerySet[ResultPush]":
    """Returned pushes that the person may push again: those of cases its department approved."""
    departments = access.departments(Can.REPUSH_RESULT)
    return ResultPush.objects.filter(case__approver_id__in=departments, state=PushState.RETURNED)


def objected_for(access: Access) -> "QuerySet[ResultPush]":
    """Pushes with an objection that the person may answer: those of cases its department approved."""
    departments = access.departments(Can.ANSWER_OBJECTION)
    rows = ResultPush.objects.filter(case__approver_id__in=departments, recipient__objection__isnull=False)
    return rows.select_related("case__approver", "recipient__objection__asked")


def objection_of(push: ResultPush) -> Objection | None:
    """The objection to a result with letters, people and answer (one query), None when there is none."""
    people = ("objected_by", "objected_for")
    answered = ("letter", "department", "answered_by", "answered_for")
    related = [*(f"recipient__{name}" for name in people), *(f"asked__{name}" for name in answered)]
    found = Objection.objects.filter(recipient_id=push.recipient_id)
    return found.select_related(*related, "answer_letter").first()


def tab_counts(access: Access) -> dict[str, int]:
    """How many pushes stand under each tab, each counted up to the cap."""
    mine = pushes_for(access)
    return up_to({tab: mine.filter(state__in=states) for tab, states in TABS.items()})


def duties_of(pushes: Iterable[ResultPush]) -> dict[int, dict[str, Duty]]:
    """Push id → kind ("claim", "register", "repush", "answer_objection") → duty, in one query."""
    ids = [push.pk for push in pushes]
    keys = [f"{kind}:push:{pk}" for pk in ids for kind in _CLOCKS]
    found: dict[int, dict[str, Duty]] = {pk: {} for pk in ids}
    for duty in Duty.objects.filter(key__in=keys).select_related("rule", "holder").prefetch_related("events"):
        kind, _, pk = duty.key.split(":")
        found[int(pk)][kind] = duty
    return found


def supervisors_of(case: Case, day: date) -> list[Department]:
    """Departments that get the result: those of the case's guide version, competent and enforcing.

    One that has ended by ``day`` is replaced by its successor. Each department appears once.
    """
    ids = supervisor_ids(case.guide_version.rows("supervisors"))
    found = Department.objects.select_related("successor").in_bulk(ids)
    present = [found[pk].acting_on(day) for pk in ids if pk in found]
    return list({department.pk: department for department in present}.values())


def files_of_materials(case: Case) -> list[StoredFile]:
    """Every file that the applicant handed in with a material: what supervisors may see (9.1)."""
    return list(StoredFile.objects.filter(case=case, materials__case=case).distinct())


def standing_pushes(case: Case) -> "QuerySet[ResultPush]":
    """Pushes of ``case`` that were not returned: their departments have the result."""
    return ResultPush.objects.filter(case=case).exclude(state__in=(PushState.RETURNED, PushState.REPUSHED))


def push_targets(case: Case, day: date) -> "QuerySet[Department]":
    """Departments that a returned result of ``case`` can be pushed to: all that supervise and do not have it.

    The one that returned it is among them, so that the approver can insist.
    """
    rows = Department.objects.valid_on(day).filter(kind__in=SUPERVISING)
    return rows.exclude(pk__in=have_result(case, day)).order_by("code")


def have_result(case: Case, day: date) -> set[int]:
    """Ids of the departments that have the result of ``case``, those included that have it from one that ended."""
    return acting_ids(standing_pushes(case).values_list("department_id", flat=True), day)


def officers_of(department_id: int, now: datetime) -> "QuerySet[User]":
    """People who may be named as the officer in charge: the department's supervisors of that day."""
    roles = [role for role, held in ROLE_PERMISSIONS.items() if Can.REGISTER_HOLDER in held]
    day = timezone.localdate(now)
    department = Department.objects.get(pk=department_id).acting_on(day)
    members = Membership.objects.valid_on(day).filter(department=department, role__in=roles)
    return User.objects.filter(pk__in=members.values("user_id"), is_active=True).order_by("username")


def register_for(access: Access) -> "QuerySet[RegisterEntry]":
    """The supervision register (监管台账) of the person's departments, with what a row shows."""
    rows = RegisterEntry.objects.filter(department_id__in=access.departments(*_SEEN_BY))
    related = ("subject", "licence", "officer", "push__case", "department")
    return rows.select_related(*related).defer("subject__code", "push__case__query_code", "officer__phone")
