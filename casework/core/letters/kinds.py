"""What each kind of letter and notice is, and what follows from it: one table, read by the kernel. Pure.

A process that sends a new kind of letter adds a row: the kernel then numbers it, starts and meets the duties
and asks for the permissions that stand here.
"""

from dataclasses import dataclass

from casework.core.letters.models import LetterKind, Notice
from casework.core.permissions import Can
from casework.core.rules_data.models import DutyKind, PeriodKind


@dataclass(frozen=True, kw_only=True)
class KindSpec:
    """One kind of letter. ``series`` leads its numbers; ``ask`` tells the receiver what is expected.

    Duties: sending may meet those in ``meets``; every receiver owes ``expects`` from delivery on, met by its
    claim or answer, void by its return. ``claim_starts`` is what the receiver owes from then on,
    ``return_starts`` what the case's approver owes. Acts: the permission that each needs in the receiving
    department; None = there is no such act. An objection and its answer are letters of their own kinds.
    """

    clause: str
    clause_words: str
    series: str
    ask: str
    meets: frozenset[DutyKind] = frozenset()
    expects: DutyKind | None = None
    claim_starts: DutyKind | None = None
    return_starts: DutyKind | None = None
    may_claim: Can | None = None
    may_return: Can | None = None
    may_object: Can | None = None
    may_answer: Can | None = None
    objection: LetterKind | None = None
    objection_period: PeriodKind | None = None
    answer: LetterKind | None = None


@dataclass(frozen=True)
class NoticeSpec:
    """One kind of notice to the applicant. ``decides``: it carries the decision, so supervisors may read it."""

    clause: str
    series: str
    heading: str
    decides: bool = False


_PUSHING = "第九条第一项（信息推送）"

LETTER_KINDS: dict[str, KindSpec] = {
    # Circulating meets its own duty: an item without units sends no letter at all.
    LetterKind.CIRCULATION: KindSpec(
        clause="7.2",
        clause_words="第七条第二项（业务流转）",
        series="儋审联",
        ask="请在规定期限内对申请事项及申报材料进行审查，并出具明确的审批意见。",
        expects=DutyKind.OPINION,
        may_answer=Can.SIGN_OPINION,
    ),
    LetterKind.RESULT: KindSpec(
        clause="9.1",
        clause_words=_PUSHING,
        series="儋审推",
        ask="请于1个工作日内完成认领，并及时将行政相对人及相关活动纳入监管范围；"
        "不属于本单位监管职责的，请退回并说明理由；有疑义的，请于2个工作日内以书面形式反馈。",
        meets=frozenset({DutyKind.PUSH, DutyKind.REPUSH}),
        expects=DutyKind.CLAIM,
        claim_starts=DutyKind.REGISTER,
        return_starts=DutyKind.REPUSH,
        may_claim=Can.CLAIM_RESULT,
        may_return=Can.CLAIM_RESULT,
        may_object=Can.OBJECT_TO_RESULT,
        objection=LetterKind.OBJECTION,
        objection_period=PeriodKind.OBJECTION,
    ),
    LetterKind.OBJECTION: KindSpec(
        clause="9.1",
        clause_words=_PUSHING,
        series="儋审异",
        ask="请对所提疑义进行核实，并在规定期限内书面答复。",
        expects=DutyKind.ANSWER_OBJECTION,
        may_answer=Can.ANSWER_OBJECTION,
        answer=LetterKind.OBJECTION_ANSWER,
    ),
    LetterKind.OBJECTION_ANSWER: KindSpec(
        clause="9.1",
        clause_words=_PUSHING,
        series="儋审复",
        ask="以上为对所提疑义的答复，请知悉。",
        meets=frozenset({DutyKind.ANSWER_OBJECTION}),
    ),
}

NOTICE_KINDS: dict[str, NoticeSpec] = {
    Notice.Kind.ACCEPTANCE: NoticeSpec("7.1", "儋审受", "行政许可申请受理通知书"),
    Notice.Kind.REFUSED_ACCEPTANCE: NoticeSpec("7.1", "儋审不受", "行政许可申请不予受理决定书"),
    Notice.Kind.GRANT: NoticeSpec("7.4", "儋审准", "准予行政许可决定书", decides=True),
    Notice.Kind.REFUSAL: NoticeSpec("7.4", "儋审不准", "不予行政许可决定书", decides=True),
    Notice.Kind.EXTENSION: NoticeSpec("7.3", "儋审延", "延长行政许可审批期限告知书"),
    Notice.Kind.WITHDRAWAL: NoticeSpec("7.1", "儋审终", "行政许可申请终止办理告知书"),
    Notice.Kind.CORRECTION: NoticeSpec("7.1", "儋审补", "行政许可申请材料补正告知书"),
    Notice.Kind.RETURN: NoticeSpec("7.1", "儋审退", "行政许可申请退回告知书"),
}


def spec_of(kind: str) -> KindSpec:
    """The row of a letter kind. Raises ``KeyError`` for a kind that nobody described."""
    return LETTER_KINDS[kind]


def document_number(series: str, year: int, running: int) -> str:
    """A number as offices write it: 儋审联〔2026〕12号."""
    return f"{series}〔{year}〕{running}号"
