"""Where a case stands, in plain words for the applicant (7.1–7.4). Pure: facts in, stages out.

No person is named: departments act, people do not appear.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from casework.core.cases.models import CaseState

DONE, CURRENT, TODO = "done", "current", "todo"

# Which stage (1–6) is being worked on in each state; 7 = none, all are done.
_CURRENT: Mapping[str, int] = {
    CaseState.RECEIVED: 2,
    CaseState.CORRECTING: 2,
    CaseState.ACCEPTED: 3,
    CaseState.SUBMITTED: 3,
    CaseState.CIRCULATING: 4,
    CaseState.PROPOSED: 5,
    CaseState.DECIDED: 6,
    CaseState.CLOSED: 7,
}


@dataclass(frozen=True)
class Stage:
    """One stage: what it is called, when it was done, what there is to say about it."""

    title: str
    state: str
    at: datetime | None = None
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class ProgressFacts:
    """What the stages are told from. ``units`` were asked, ``answered`` of them have spoken."""

    state: str
    received_at: datetime
    accepted_at: datetime | None
    refused_at: datetime | None
    circulated_at: datetime | None
    decided_at: datetime | None
    closed_at: datetime | None
    units: int
    answered: int
    result: str
    withdrawn_at: datetime | None = None
    returned_at: datetime | None = None
    correct_by: str = ""  # the last day of the correction, in words; "" when none is asked for


def stages(facts: ProgressFacts) -> list[Stage]:
    """收件、受理、审批部门受理流转、联合审批、决定、办结 – with what is done and what is going on."""
    received = Stage("收件", DONE, facts.received_at, "综合窗口已收到申请材料")
    if facts.state == CaseState.NOT_ACCEPTED:
        return [received, Stage("不予受理", DONE, facts.refused_at, "不予受理决定书载明了理由和救济途径")]
    if facts.state == CaseState.WITHDRAWN:
        return [
            received,
            Stage("申请人撤回", DONE, facts.withdrawn_at, "已按您的申请终止办理，可以再次提出申请"),
        ]
    if facts.state == CaseState.RETURNED:
        return [
            received,
            Stage("退回", DONE, facts.returned_at, "补正期限已届满，申请已退回，可以重新提出申请"),
        ]
    current = _CURRENT[facts.state]
    if current == 4 and facts.answered == facts.units:
        current = 5  # nobody is waited for: the approval department decides
    opinions_at = None
    rows = [
        ("受理", facts.accepted_at, "", _before_acceptance(facts)),
        ("审批部门受理流转", facts.circulated_at, "", "审批部门正在接收办件"),
        ("联合审批", opinions_at, _units_done(facts), _units_waiting(facts)),
        ("决定", facts.decided_at, "", "审批部门正在作出决定"),
        ("办结", facts.closed_at, f"办理结果：{facts.result}" if facts.result else "", "窗口正在出具结果"),
    ]
    found = [received]
    for place, (title, at, when_done, when_current) in enumerate(rows, 2):
        if place < current:
            found.append(Stage(title, DONE, at, when_done))
        elif place == current:
            found.append(Stage(title, CURRENT, None, when_current))
        else:
            found.append(Stage(title, TODO))
    return found


def _before_acceptance(facts: ProgressFacts) -> str:
    if facts.correct_by:
        return f"请于{facts.correct_by}前（含当日）向综合窗口提交补正告知书列明的全部材料，逾期退回"
    return "窗口正在审查申请材料"


def _units_done(facts: ProgressFacts) -> str:
    if not facts.units:
        return "本次申请不需要联合审批"
    return f"{facts.units}个联合审批单位中{facts.answered}个已出具意见"


def _units_waiting(facts: ProgressFacts) -> str:
    return f"{facts.units}个联合审批单位正在审查，{facts.answered}个已出具意见"
