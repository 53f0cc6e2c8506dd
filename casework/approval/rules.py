"""The rules of joint approval (7.2, 7.3). Pure: facts in, verdicts out.

Two principles run through them: silence is never consent, and nobody approves their own paper.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from casework.approval.models import CirculationState, OpinionOutcome
from casework.core.cases.models import CaseResult, CaseState
from casework.core.transitions import Moves

# What the approval department may do with a case.
MOVES: Moves = {
    CaseState.SUBMITTED: frozenset({CaseState.CIRCULATING}),  # 7.2
    CaseState.CIRCULATING: frozenset({CaseState.PROPOSED}),  # 7.3
    CaseState.PROPOSED: frozenset({CaseState.CIRCULATING, CaseState.DECIDED}),  # 7.3: sent back, approved
}

# What a unit may do with its circulation. A signed opinion may be replaced by a new one while the case is
# undecided; until the new one is signed the case has no current opinion of that unit.
CIRCULATION_MOVES: Moves = {
    CirculationState.WAITING: frozenset({CirculationState.DRAFTED}),
    CirculationState.DRAFTED: frozenset({CirculationState.ANSWERED, CirculationState.WAITING}),
    CirculationState.ANSWERED: frozenset({CirculationState.DRAFTED}),
}

CONSENT = frozenset({OpinionOutcome.AGREE, OpinionOutcome.CONDITIONAL})
MIN_DAYS, MAX_DAYS = Decimal("0.5"), Decimal(60)  # working days a unit may be given
MAX_YEARS = 99


@dataclass(frozen=True, kw_only=True)
class Unit:
    """A unit to circulate to, as the approver asks for it."""

    department_id: int
    name: str
    days: Decimal
    reason: str
    is_active: bool = True


@dataclass(frozen=True, kw_only=True)
class UnitOpinion:
    """What a unit has said so far: the outcome of its signed current opinion, "" while there is none."""

    unit: str
    outcome: str


def refuses_circulation(units: Sequence[Unit], *, fixed: Mapping[int, str], approver_id: int) -> str:
    """Why a case cannot be circulated to ``units``, "" when it can (7.2).

    ``fixed`` are the units (id → name) that the joint-approval list gives the item: none may be left out.
    Another unit may be added with a reason, unless it is the approver itself or no longer exists.
    """
    asked = [unit.department_id for unit in units]
    left_out = [name for pk, name in fixed.items() if pk not in asked]
    if left_out:
        return f"该事项确定的联合审批单位不能减少：{'、'.join(left_out)}。"
    if len(set(asked)) != len(asked):
        return "同一单位不能重复流转。"
    for unit in units:
        if why := _refuses_unit(unit, added=unit.department_id not in fixed, approver_id=approver_id):
            return why
    return ""


def _refuses_unit(unit: Unit, *, added: bool, approver_id: int) -> str:
    if not MIN_DAYS <= unit.days <= MAX_DAYS or (unit.days * 2) % 1:
        return f"{unit.name}的意见时限应为{MIN_DAYS}至{MAX_DAYS}个工作日，且为半日的整数倍。"
    if not unit.is_active:
        return f"{unit.name}已撤销，请选择其职责承接单位。"
    if added and unit.department_id == approver_id:
        return "不能流转给审批部门自己。"
    if added and not unit.reason.strip():
        return f"增加{unit.name}为联合审批单位的，请说明会办内容。"
    return ""


@dataclass(frozen=True, kw_only=True)
class NewUnit:
    """A department that an opinion is to be handed to."""

    department_id: int
    name: str
    is_active: bool
    gives_opinions: bool


def refuses_reassignment(
    unit: NewUnit, *, circulation_state: str, holder_id: int, approver_id: int, asked: Collection[int]
) -> tuple[str, str]:
    """(field, why) an opinion cannot be handed to ``unit``, ("", "") when it can (7.2, 7.3).

    ``asked`` are the units that got a circulation of this case, those that handed theirs on included: nobody
    speaks twice, and nothing goes to and fro.
    """
    if circulation_state == CirculationState.DRAFTED:
        return "", "意见已经拟定、等待签发。请先签发，或者退回修改后再改派。"
    if unit.department_id == holder_id:
        return "to", f"该任务现由{unit.name}负责，请选择其他单位。"
    if not unit.is_active:
        return "to", f"{unit.name}已撤销，请选择其职责承接单位。"
    if unit.department_id == approver_id:
        return "to", "不能改派给审批部门自己。"
    if not unit.gives_opinions:
        return "to", f"{unit.name}不承担联合审批，不能接收该任务。"
    if unit.department_id in asked:
        return "to", f"{unit.name}已收到过本办件的流转单，不能再改派给该单位；有争议的，请商审批部门。"
    return "", ""


def takes_opinion(case_state: str, *, has_signed: bool) -> bool:
    """Whether a unit may work on its opinion now (7.3).

    While the case circulates, always. A proposed decision freezes the opinions it rests on; a unit that
    has not spoken yet may still do so, for its clock runs on.
    """
    return case_state == CaseState.CIRCULATING or (case_state == CaseState.PROPOSED and not has_signed)


def refuses_opinion(outcome: str, *, reasons: str, basis: str) -> tuple[str, str]:
    """(field, why) an opinion cannot be drafted, ("", "") when it can (7.3: 明确的审批意见).

    A clear opinion has an outcome, reasons and a legal basis; a condition must be written in the reasons.
    """
    if outcome not in OpinionOutcome.values:
        return "outcome", "请选择意见：同意、附条件同意或不同意。"
    if not reasons.strip():
        if outcome == OpinionOutcome.CONDITIONAL:
            return "reasons", "附条件同意的，请写明所附条件和理由。"
        return "reasons", "请写明理由。"
    if not basis.strip():
        return "basis", "请写明法律依据。"
    return "", ""


def refuses_grant(opinions: Collection[UnitOpinion]) -> str:
    """Why a case cannot be granted on these opinions, "" when it can (7.3: 根据联合审批单位的意见).

    Every unit must have a signed current opinion – silence is never consent – and none may be 不同意.
    """
    silent = [row.unit for row in opinions if not row.outcome]
    if silent:
        return f"{'、'.join(silent)}尚未出具经签发的意见，未反馈不视为同意，不能准予许可。"
    against = [row.unit for row in opinions if row.outcome not in CONSENT]
    if against:
        return f"{'、'.join(against)}的意见为不同意，不能准予许可。"
    return ""


def refuses_proposal(
    outcome: str,
    *,
    reasons: str,
    basis: str,
    licence_name: str,
    scope: str,
    valid_years: int | None,
    opinions: Collection[UnitOpinion],
) -> tuple[str, str]:
    """(field, why) a decision cannot be proposed, ("", "") when it can (7.3; 行政许可法 38).

    Reasons and basis are always needed: they answer the conditions of the units and tell the applicant
    why. A refusal may be proposed while a unit is silent; a grant may not.
    """
    if outcome not in CaseResult.values:
        return "outcome", "请选择决定：准予许可或不予许可。"
    if outcome == CaseResult.GRANTED and (why := refuses_grant(opinions)):
        return "outcome", why
    if not reasons.strip():
        conditions = [row.unit for row in opinions if row.outcome == OpinionOutcome.CONDITIONAL]
        if conditions and outcome == CaseResult.GRANTED:
            return "reasons", f"{'、'.join(conditions)}附有条件，请在理由中说明条件如何落实。"
        return "reasons", "请写明理由。"
    if not basis.strip():
        return "basis", "请写明法律依据。"
    if outcome == CaseResult.GRANTED:
        if not licence_name.strip():
            return "licence_name", "准予许可的，请填写证件名称。"
        if not scope.strip():
            return "scope", "准予许可的，请填写许可范围。"
        if valid_years is not None and not 1 <= valid_years <= MAX_YEARS:
            return "valid_years", f"有效期应为1至{MAX_YEARS}年；长期有效的请留空。"
    return "", ""


def refuses_signer(author: Collection[int], signer: Collection[int]) -> str:
    """Why these people cannot sign an opinion, "" when they can: two facts, two persons (7.3).

    Both are the people behind an act (``core.access.people_behind``): who drafted or signed, in whose name,
    who took the draft over. Nobody may be on both sides, as oneself or as a substitute.
    """
    if set(author) & set(signer):
        return "拟稿人不能签发本人拟定的意见，本人代理他人或由他人代理的也不行。请由本单位其他分管领导签发。"
    return ""


def refuses_approver(author: Collection[int], approver: Collection[int]) -> str:
    """Why these people cannot approve a decision, "" when they can: handler and approver are two people
    (7.3), in the same sense as ``refuses_signer``."""
    if set(author) & set(approver):
        return (
            "拟定决定的人不能审定本人拟定的决定，本人代理他人或由他人代理的也不行。请由其他审批负责人审定。"
        )
    return ""
