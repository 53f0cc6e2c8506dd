"""Papers of somebody who goes: drafts that wait for a signature pass to a colleague (7.3)."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from casework.approval.models import CirculationState, Decision, Opinion
from casework.approval.opinions import note
from casework.core.access import ROLE_PERMISSIONS, Can
from casework.core.cases.models import Case, CaseState
from portal.accounts.errors import AccountRefused
from portal.accounts.leaving import Hold, Leaving
from portal.accounts.models import Membership, User


class DraftKeeper:
    """Opinions and proposals that the person drafted, or took over, and that nobody has signed yet."""

    def holds(self, leaving: Leaving) -> list[Hold]:
        """Counted while the person loses the right to change them."""
        return [Hold(f"办件{draft.case.number}的{draft.words}", draft.role) for draft in _drafts(leaving)]

    def hand_over(self, leaving: Leaving, *, to: User, by: User, now: datetime) -> None:
        """The colleague answers for the drafts from now on, and so can sign none of them.

        Raises ``AccountRefused`` when nobody else could sign, or when a draft was signed meanwhile.
        """
        for draft in _drafts(leaving):
            _refuse_lonely_signer(leaving, to, draft.signing)
            if not draft.unsigned.update(handed_to=to):
                raise AccountRefused("其中一份拟稿刚刚已签发或退回，请刷新页面后重试。")
            note(
                draft.action,
                draft.case,
                department=leaving.department,
                by=by,
                now=now,
                obj=draft.paper,
                to=to.pk,
                before=leaving.person.pk,
            )


@dataclass(frozen=True)
class _Draft:
    """A paper that waits for a signature, and what is said about it."""

    paper: Opinion | Decision
    case: Case
    role: str  # the ending role that made it the person's
    words: str
    action: str
    signing: Can
    unsigned: QuerySet


def _drafts(leaving: Leaving) -> list[_Draft]:
    """What the person answers for and could no longer change."""
    found = []
    if role := _giving(leaving, Can.DRAFT_OPINION):
        words, action = "联合审批意见由其拟稿，尚未签发", "approval.opinion_handed_over"
        for opinion in _opinions(leaving):
            rows = Opinion.objects.filter(pk=opinion.pk, signed_by=None, sent_back_reason="")
            case = opinion.circulation.case
            found.append(_Draft(opinion, case, role, words, action, Can.SIGN_OPINION, rows))
    if role := _giving(leaving, Can.PROPOSE_DECISION):
        words, action = "审批决定由其拟定，尚未审定", "approval.decision_handed_over"
        for decision in _decisions(leaving):
            unsigned = Decision.objects.filter(pk=decision.pk, approved_by=None, sent_back_reason="")
            found.append(_Draft(decision, decision.case, role, words, action, Can.APPROVE_DECISION, unsigned))
    return found


def _giving(leaving: Leaving, permission: Can) -> str:
    """The ending role that gives ``permission``; "" when none does or another role of the person keeps it."""
    giving = sorted(role for role in leaving.roles if permission in ROLE_PERMISSIONS[role])
    kept = leaving.person.memberships.valid_on(leaving.day).filter(department=leaving.department)
    others = set(kept.values_list("role", flat=True)) - leaving.roles
    still = any(permission in ROLE_PERMISSIONS[role] for role in others)
    return giving[0] if giving and not still else ""


def _opinions(leaving: Leaving) -> list[Opinion]:
    rows = Opinion.objects.filter(
        circulation__unit__in=leaving.department.answers_for(leaving.day),
        circulation__state=CirculationState.DRAFTED,
        circulation__case__state=CaseState.CIRCULATING,
        signed_by=None,
        sent_back_reason="",
    )
    return list(_of(rows, leaving, "drafted_by").select_related("circulation__case").order_by("pk"))


def _decisions(leaving: Leaving) -> list[Decision]:
    rows = Decision.objects.filter(
        case__approver__in=leaving.department.answers_for(leaving.day),
        case__state=CaseState.PROPOSED,
        approved_by=None,
        sent_back_reason="",
    )
    return list(_of(rows, leaving, "proposed_by").select_related("case").order_by("pk"))


def _of(rows: QuerySet, leaving: Leaving, author: str) -> QuerySet:
    """Those that are the person's: drafted and not handed on, or taken over."""
    drafted = rows.filter(**{author: leaving.person}, handed_to=None)
    return drafted | rows.filter(handed_to=leaving.person)


def _refuse_lonely_signer(leaving: Leaving, to: User, permission: Can) -> None:
    """Whoever takes a draft over cannot sign it: somebody else must be able to."""
    roles = [role for role, held in ROLE_PERMISSIONS.items() if permission in held]
    rows = Membership.objects.valid_on(leaving.day).filter(
        department=leaving.department, role__in=roles, user__is_active=True
    )
    if not rows.exclude(user__in=(to, leaving.person)).exists():
        raise AccountRefused(
            f"{to}接手拟稿后，该单位没有其他人可以{permission.label}（拟稿和签发须由两人办理）。",
            field="successor",
        )
