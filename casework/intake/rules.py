"""The window's rules (7.1, 7.4; 行政许可法 32, 38, 44). Pure: objects and times in, verdicts out."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from casework.core.cases.models import CaseState
from casework.core.transitions import Moves
from casework.intake.models import CheckKind

# What the window may do with a case, by the state it is in.
MOVES: Moves = {
    CaseState.RECEIVED: frozenset({CaseState.ACCEPTED, CaseState.NOT_ACCEPTED, CaseState.CORRECTING}),  # 7.1
    CaseState.CORRECTING: frozenset({CaseState.RECEIVED, CaseState.RETURNED}),  # 行政许可法 32
    CaseState.ACCEPTED: frozenset({CaseState.SUBMITTED}),  # 7.1
    CaseState.DECIDED: frozenset({CaseState.CLOSED}),  # 7.4
}

# Until the decision is made the applicant may take the application back.
UNDECIDED = frozenset(
    {
        CaseState.RECEIVED,
        CaseState.CORRECTING,
        CaseState.ACCEPTED,
        CaseState.SUBMITTED,
        CaseState.CIRCULATING,
        CaseState.PROPOSED,
    }
)
WITHDRAWALS: Moves = {state: frozenset({CaseState.WITHDRAWN}) for state in UNDECIDED}

MAX_ITEM = 300  # characters of one thing to be corrected
REQUIRED = "1"  # 必要. 非必要 may be absent; 容缺后补 may follow after acceptance.


@dataclass(frozen=True)
class MaterialRow:
    """A row of the checklist as the applicant met it."""

    name: str
    necessity: str
    provided: bool


def why_closed(gaps: Sequence[str], *, in_use: bool = True) -> str:
    """Why a guide takes no applications, "" when it does (5.5). ``in_use``: the item is so today."""
    if not in_use:
        return "该事项已暂停或取消，不再收件。"
    return f"该事项的办事指南尚缺：{'、'.join(gaps)}，补充完整并发布后方可收件。" if gaps else ""


def missing_materials(rows: Sequence[MaterialRow]) -> list[str]:
    """Names of the required materials that were not handed in (7.1 完整性)."""
    return [row.name for row in rows if row.necessity == REQUIRED and not row.provided]


def refuses_acceptance(
    checks: Mapping[str, bool], rows: Sequence[MaterialRow], *, deemed: bool = False
) -> list[str]:
    """Reasons why a case cannot be accepted, in the order of clause 7.1; empty = it can.

    All four checks (完整性、真实性、规范性、合法性) must be done and passed, and every required
    material must be there. A ``deemed`` case was accepted by the law itself: what it lacks is a matter
    for the decision, and nothing can hold it at the window any more (行政许可法 32).
    """
    if deemed:
        return []
    reasons = []
    for kind in CheckKind:
        if kind not in checks:
            reasons.append(f"{kind.label}尚未审查")
        elif not checks[kind]:
            reasons.append(f"{kind.label}审查未通过")
    missing = missing_materials(rows)
    if missing:
        reasons.append(f"缺少必要材料：{'、'.join(missing)}")
    return reasons


def refuses_check(kind: CheckKind, *, passed: bool, remark: str, rows: Sequence[MaterialRow]) -> str:
    """Why one check cannot be recorded as given, "" when it can.

    A failed check says why. Completeness cannot pass while a required material is missing: the record
    would be untrue (12 不如实记录).
    """
    if not passed and not remark.strip():
        return f"{kind.label}未通过的，请说明原因。"
    missing = missing_materials(rows)
    if kind == CheckKind.COMPLETENESS and passed and missing:
        return f"尚缺必要材料（{'、'.join(missing)}），完整性不能认定为通过。"
    return ""


def refuses_correction(
    asked: Collection[int],
    others: Sequence[str],
    rows: Mapping[int, MaterialRow],
    *,
    asked_before: bool,
    deemed: bool,
) -> tuple[str, str]:
    """(field, why) the applicant cannot be told to correct this, ("", "") when that can be (行政许可法 32).

    Once, within five days, everything: ``asked`` are positions of ``rows``, ``others`` what no row stands for.
    """
    if deemed:
        return "", "收件已超过五个工作日，依据《行政许可法》第三十二条自收件之日起即为受理，不能再要求补正。"
    if asked_before:
        return "", (
            "本办件已经一次性告知过补正内容，依据《行政许可法》第三十二条不能再次要求补正；请作出受理或者不予受理的决定。"
        )
    if unknown := set(asked) - set(rows):
        return "", f"第{min(unknown)}项不是本办件的申请材料，请刷新页面后重试。"
    if not asked and not others:
        return "other", "请写明需要补正的内容，至少一项。"
    for position, row in rows.items():
        if row.necessity == REQUIRED and not row.provided and position not in asked:
            return f"what_{position}", f"一次性告知须写明全部补正内容：{row.name}是必要材料，尚未提交。"
    if long := next((text for text in others if len(text) > MAX_ITEM), ""):
        return "other", f"每项补正内容不超过{MAX_ITEM}字：{long[:20]}……"
    return "", ""


def refuses_resubmission(left: Sequence[str], *, due_at: datetime | None, now: datetime) -> str:
    """Why an application does not count as corrected, "" when it does. ``left``: what is still wanting."""
    if due_at is not None and due_at < now:
        return "补正期限已经届满，申请将退回申请人；申请人可以重新提出申请。"
    return f"还没有补正齐全：{'；'.join(left)}。" if left else ""


def deemed_accepted(accept_due_at: datetime | None, now: datetime) -> bool:
    """Whether the five days passed without word: the case then counts as accepted from receipt (行政许可法 32)."""
    return accept_due_at is not None and accept_due_at < now


def decision_clock_starts(received_at: datetime, accept_due_at: datetime | None, now: datetime) -> datetime:
    """From when the decision clock runs: acceptance, or receipt when acceptance was late (行政许可法 32).

    ``received_at``: of the application, after a correction of everything that it asked for.
    """
    return received_at if deemed_accepted(accept_due_at, now) else now


def licence_series(approver: str) -> str:
    """The number series of an approver's licences: 审批局许证〔2026〕12号. A series holds 20 characters."""
    return f"{approver[:16]}许证"


def validity_end(first_day: date, years: int | None) -> date | None:
    """Last day of a licence that is valid for ``years`` from ``first_day``; None = without end (7.4).

    The period ends on the day before the same date ``years`` later; a licence of 29 February ends on
    28 February.
    """
    if years is None:
        return None
    try:
        same_date = first_day.replace(year=first_day.year + years)
    except ValueError:  # 29 February in a common year
        return date(first_day.year + years, 2, 28)
    return same_date - timedelta(days=1)
