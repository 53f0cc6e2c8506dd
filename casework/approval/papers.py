"""The paper that tells an applicant of more time (行政许可法 42). Called inside the action's transaction."""

from datetime import datetime

from casework.core.cases.models import Case
from casework.core.clocks.models import Duty, Extension
from casework.core.letters import actions as letters
from casework.core.letters.models import Notice
from casework.core.worktime.calendar import to_local
from casework.core.worktime.explain import AMOUNT_WORDS, date_in_words
from casework.core.worktime.units import Unit
from portal.accounts.models import User


def extension(case: Case, duty: Duty, asked: Extension, *, by: User, now: datetime) -> Notice:
    """延长审批期限告知书: how much more, why, and until when."""
    until = (
        f"延长后的办结日期：{date_in_words(to_local(duty.due_at).date())}。"
        if duty.due_at
        else "目前依法暂停计时，恢复计时后另行计算办结日期。"
    )
    paragraphs = [
        f"{case.applicant_name}：",
        f"您（贵单位）申请的“{case.item.name}”（办件编号：{case.number}）不能在原定期限内作出决定，"
        f"依据{asked.basis}，经本机关负责人批准，审批期限延长{asked.amount.normalize():f}{AMOUNT_WORDS[Unit(duty.unit)]}。",
        f"延长期限的理由：{asked.reason}",
        until,
    ]
    return letters.make_notice(
        kind=Notice.Kind.EXTENSION, case=case, issuer=case.approver, paragraphs=paragraphs, by=by, now=now
    )
