"""Pure rules of pushing, claiming, returning and registering (9.1)."""

from collections.abc import Iterable, Mapping
from datetime import date
from enum import Enum
from typing import Any

from casework.core.cases.models import CaseResult
from casework.core.letters.rules import why_not_said
from casework.core.transitions import Moves
from casework.supervision.models import PushState
from portal.accounts.roles import DepartmentKind

CLAUSE = "9.1"

# Claim and register are separate acts; a return goes back to the approver, who pushes again.
MOVES: Moves = {
    PushState.DELIVERED: frozenset({PushState.CLAIMED, PushState.RETURNED}),
    PushState.CLAIMED: frozenset({PushState.REGISTERED}),
    PushState.RETURNED: frozenset({PushState.REPUSHED}),
}

# Who supervises (3): only such a department can be pushed a result.
SUPERVISING = frozenset({DepartmentKind.COMPETENT, DepartmentKind.ENFORCEMENT})

MAX_REASON = 500
MAX_ACTIVITY = 500


class Claimed(Enum):
    """What became of one ticked row of a bulk claim: label and tone of its line in the list of results."""

    DONE = "已认领", "good"
    BEATEN = "已有他人认领", "calm"
    RETURNED = "已被退回", "warn"
    NOT_PERMITTED = "无权认领", "bad"
    FAILED = "未能认领", "bad"


def claim_outcome(*, mine: bool, claimed: bool, returned: bool, permitted: bool) -> Claimed:
    """What the facts say of one row after a bulk claim; ``mine``: it was claimed by that very act."""
    if mine:
        return Claimed.DONE
    if not permitted:
        return Claimed.NOT_PERMITTED
    if claimed:
        return Claimed.BEATEN
    return Claimed.RETURNED if returned else Claimed.FAILED


def supervisor_ids(rows: Iterable[Mapping[str, Any]]) -> list[int]:
    """Ids of the departments that a guide version names as supervisors, in its order, each once.

    A department that is competent and enforcing at the same time gets one push, not two.
    """
    return list(dict.fromkeys(int(row["department_id"]) for row in rows))


def can_be_registered(result: str) -> bool:
    """A refused result is pushed and claimed too, but there is no holder to take into supervision."""
    return result == CaseResult.GRANTED


def why_not_register(*, result: str, state: str, officer_belongs: bool, activity: str) -> str:
    """Why the holder cannot be taken into supervision: a Chinese sentence, empty when it can."""
    if not can_be_registered(result):
        return "该办件为不予许可，没有可纳入监管范围的许可。"
    if state == PushState.DELIVERED:
        return "请先认领该办理结果，再纳入监管范围。"
    if not activity.strip():
        return "请填写监管事项。"
    if not officer_belongs:
        return "监管责任人须为本部门在任的监管人员。"
    return ""


def why_not_return(reason: str) -> str:
    """Why a result cannot be returned with ``reason``: a Chinese sentence, empty when it can."""
    if not reason.strip():
        return "请填写退回理由，说明为何不属于本部门监管。"
    if len(reason) > MAX_REASON:
        return f"退回理由不得超过{MAX_REASON}字。"
    return why_not_said(reason)  # the reason is kept in the ledger for good


def why_not_repush(*, kind: str, valid: bool, already_pushed: bool) -> str:
    """Why a returned result cannot go to a department: a Chinese sentence, empty when it can."""
    if not valid:
        return "该单位已撤销，请选择其职责承接单位。"
    if kind not in SUPERVISING:
        return "该单位不是行政主管部门或综合执法部门，不能接收办理结果。"
    if already_pushed:
        return "该办理结果已推送给该单位，请选择其他单位。"
    return ""


def validity(valid_from: date, valid_to: date | None) -> str:
    """The validity of a licence in words."""
    start = f"{valid_from.year}年{valid_from.month}月{valid_from.day}日"
    if valid_to is None:
        return f"自{start}起长期有效"
    return f"{start}至{valid_to.year}年{valid_to.month}月{valid_to.day}日"


def result_title(item_name: str, holder: str, result_label: str) -> str:
    """Title of the letter that carries a result; 300 characters at most."""
    tail = f"（{holder}，{result_label}）"
    return f"审批结果推送：{item_name}"[: 300 - len(tail)] + tail
