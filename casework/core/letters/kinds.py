"""What each kind of letter and notice is: its clause, its number series, what its receiver may do. Pure."""

from dataclasses import dataclass

from casework.core.letters.models import LetterKind, Notice


@dataclass(frozen=True)
class KindSpec:
    """One kind of letter. ``series`` leads its numbers; ``ask`` tells the receiver what is expected."""

    clause: str
    clause_words: str
    series: str
    ask: str
    may_claim: bool = False
    may_return: bool = False


@dataclass(frozen=True)
class NoticeSpec:
    """One kind of notice to the applicant. ``decides``: it carries the decision, so supervisors may read it."""

    clause: str
    series: str
    heading: str
    decides: bool = False


LETTER_KINDS: dict[str, KindSpec] = {
    LetterKind.CIRCULATION: KindSpec(
        clause="7.2",
        clause_words="第七条第二项（业务流转）",
        series="儋审联",
        ask="请在规定期限内对申请事项及申报材料进行审查，并出具明确的审批意见。",
    ),
    LetterKind.RESULT: KindSpec(
        clause="9.1",
        clause_words="第九条第一项（信息推送）",
        series="儋审推",
        ask="请于1个工作日内完成认领，并及时将行政相对人及相关活动纳入监管范围；"
        "不属于本单位监管职责的，请退回并说明理由。",
        may_claim=True,
        may_return=True,
    ),
}

NOTICE_KINDS: dict[str, NoticeSpec] = {
    Notice.Kind.ACCEPTANCE: NoticeSpec("7.1", "儋审受", "行政许可申请受理通知书"),
    Notice.Kind.REFUSED_ACCEPTANCE: NoticeSpec("7.1", "儋审不受", "行政许可申请不予受理决定书"),
    Notice.Kind.GRANT: NoticeSpec("7.4", "儋审准", "准予行政许可决定书", decides=True),
    Notice.Kind.REFUSAL: NoticeSpec("7.4", "儋审不准", "不予行政许可决定书", decides=True),
}


def spec_of(kind: str) -> KindSpec:
    """The row of a letter kind. Raises ``KeyError`` for a kind that nobody described."""
    return LETTER_KINDS[kind]


def document_number(series: str, year: int, running: int) -> str:
    """A number as offices write it: 儋审联〔2026〕12号."""
    return f"{series}〔{year}〕{running}号"
