"""What the papers for the applicant say (行政许可法 32, 38, 44). Pure: facts in, paragraphs out.

No phone, no identity number: the papers name the applicant as written on the application.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

REMEDIES = (
    "如不服本决定，可以自收到本决定书之日起六十日内依法申请行政复议，"
    "或者自收到本决定书之日起六个月内依法向人民法院提起行政诉讼。"
)


def day(moment: datetime | None) -> str:
    """A date as documents write it: 2026年11月22日."""
    return _written(timezone.localdate(moment)) if moment else "待定"


def validity(first: date, last: date | None) -> str:
    """A period of validity in words; ``last`` None = without end."""
    return f"{_written(first)}至{_written(last)}" if last else f"{_written(first)}起长期有效"


def _written(on: date) -> str:
    return f"{on.year}年{on.month}月{on.day}日"


@dataclass(frozen=True, kw_only=True)
class AcceptanceFacts:
    """What the acceptance notice states."""

    applicant: str
    item: str
    number: str
    received_at: datetime
    complete_at: datetime  # receipt, or when everything was corrected
    accepted_at: datetime
    promised: str  # 「8个工作日」
    due_at: datetime | None
    provisional: bool
    deemed: bool
    materials: list[str]


def acceptance(facts: AcceptanceFacts) -> list[str]:
    """受理通知书: what was received and accepted when, and by when it is decided (7.1; 行政许可法 32, 42)."""
    lines = [
        f"{facts.applicant}：",
        f"您（贵单位）于{day(facts.received_at)}提出的“{facts.item}”申请已收悉，办件编号：{facts.number}。",
        _why_accepted(facts),
    ]
    provisional = "（届时节假日安排尚未公布，以公布后重新计算的日期为准）" if facts.provisional else ""
    return [
        *lines,
        f"已收材料：{'、'.join(facts.materials) or '无'}。",
        f"收件日期：{day(facts.received_at)}；{_completed(facts)}"
        f"受理日期：{day(facts.complete_at if facts.deemed else facts.accepted_at)}；"
        f"承诺办结时限：{facts.promised}；承诺办结日期：{day(facts.due_at)}{provisional}。",
        "依法需要听证、招标、拍卖、检验、检测、检疫、鉴定和专家评审的，所需时间不计算在上述期限内，并将另行书面告知。",
    ]


def _why_accepted(facts: AcceptanceFacts) -> str:
    """Accepted by a decision, or by the law itself: then nothing is said of materials that may be wanting."""
    if facts.deemed:
        what, since = ("全部补正材料", "补正材料收齐之日") if _corrected(facts) else ("申请材料", "收件之日")
        return (
            f"因本通知书未在收到{what}之日起五个工作日内作出，依据《中华人民共和国行政许可法》第三十二条，"
            f"该申请自{since}（{day(facts.complete_at)}）起即为受理，办理期限自该日起算。"
        )
    return (
        "经审查，申请材料齐全、符合法定形式，依据《中华人民共和国行政许可法》第三十二条，"
        f"现决定自{day(facts.accepted_at)}起予以受理。"
    )


def _corrected(facts: AcceptanceFacts) -> bool:
    return facts.complete_at != facts.received_at


def _completed(facts: AcceptanceFacts) -> str:
    return f"补正材料收齐日期：{day(facts.complete_at)}；" if _corrected(facts) else ""


def correction(
    *,
    applicant: str,
    item: str,
    number: str,
    received_at: datetime,
    wants: list[str],
    due_at: datetime | None,
) -> list[str]:
    """补正告知书: everything at once, by when, and what follows if not (7.1; 行政许可法 32)."""
    return [
        f"{applicant}：",
        f"您（贵单位）于{day(received_at)}提出的“{item}”申请已收悉，办件编号：{number}。",
        "经审查，申请材料不齐全或者不符合法定形式，依据《中华人民共和国行政许可法》第三十二条第一款第四项，"
        "现一次性告知需要补正的全部内容：",
        *(f"{place}. {want}" for place, want in enumerate(wants, 1)),
        f"请于{day(due_at)}前（含当日）向综合窗口提交全部补正材料。材料补正齐全之日起五个工作日内决定是否受理；"
        "逾期没有补正齐全的，退回申请，您（贵单位）可以重新提出申请。",
    ]


def returned(
    *, applicant: str, item: str, number: str, received_at: datetime, due_at: datetime | None
) -> list[str]:
    """退回申请告知书: the time for the correction is over; it may be applied for again (7.1)."""
    return [
        f"{applicant}：",
        f"您（贵单位）于{day(received_at)}提出的“{item}”申请（办件编号：{number}），"
        f"补正期限已于{day(due_at)}届满，至今没有补正齐全，现将申请退回。",
        "已提交的材料可以凭本告知书到综合窗口取回。退回不影响您（贵单位）备齐材料后重新提出申请；"
        "对退回有异议的，可以依法申请行政复议或者提起行政诉讼。",
    ]


def refused_acceptance(
    *, applicant: str, item: str, number: str, received_at: datetime, reasons: str
) -> list[str]:
    """不予受理决定书: reasons and remedies (7.1; 行政许可法 32, 38)."""
    return [
        f"{applicant}：",
        f"您（贵单位）于{day(received_at)}提出的“{item}”申请已收悉，办件编号：{number}。",
        f"经审查，决定不予受理，理由如下：{reasons}",
        "依据：《中华人民共和国行政许可法》第三十二条。",
        REMEDIES,
    ]


@dataclass(frozen=True, kw_only=True)
class DecisionFacts:
    """What the decision paper states."""

    applicant: str
    item: str
    number: str
    accepted_at: datetime | None
    decided_at: datetime | None
    reasons: str
    basis: str


def grant(facts: DecisionFacts, *, licence: str, licence_number: str, scope: str, validity: str) -> list[str]:
    """准予行政许可决定书 with the data of the licence (7.4; 行政许可法 38, 39)."""
    return [
        *_opening(facts),
        f"经审查，您（贵单位）的申请符合法定条件，依据{facts.basis}，决定准予许可。",
        f"审查意见：{facts.reasons}",
        f"证件名称：{licence}；证件编号：{licence_number}；许可范围：{scope}；有效期：{validity}。",
    ]


def refusal(facts: DecisionFacts) -> list[str]:
    """不予行政许可决定书 with reasons and remedies (7.4; 行政许可法 38)."""
    return [
        *_opening(facts),
        f"经审查，依据{facts.basis}，决定不予许可，理由如下：{facts.reasons}",
        REMEDIES,
    ]


def _opening(facts: DecisionFacts) -> list[str]:
    return [
        f"{facts.applicant}：",
        f"您（贵单位）提出的“{facts.item}”申请（办件编号：{facts.number}）已于{day(facts.accepted_at)}受理，"
        f"审批部门于{day(facts.decided_at)}作出决定。",
    ]


def withdrawal(
    *, applicant: str, item: str, number: str, received_at: datetime, withdrawn_at: datetime, reason: str
) -> list[str]:
    """终止办理告知书: what was withdrawn when, and that it may be applied for again."""
    return [
        f"{applicant}：",
        f"您（贵单位）于{day(received_at)}提出的“{item}”申请（办件编号：{number}），"
        f"于{day(withdrawn_at)}申请撤回。",
        f"撤回事由：{reason}",
        "本机关自即日起终止办理。撤回不影响您（贵单位）今后依法再次提出申请。",
    ]
