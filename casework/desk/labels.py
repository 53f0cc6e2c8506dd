"""The ledger's actions in Chinese, for timeline and ledger page. A test finds an action without a row."""

import json
import re
from typing import Any

from casework.core.clauses import clause_in_words
from casework.core.ledger.models import LedgerEntry
from casework.core.rules_data.models import DutyKind

# action → (label, tone of the timeline's dot: good, warn, bad or none)
ACTIONS: dict[str, tuple[str, str]] = {
    # intake (7.1, 7.4)
    "intake.received": ("窗口收件", ""),
    "intake.materials_added": ("补收申请材料", ""),
    "intake.checked": ("完成四项审查", ""),
    "intake.accepted": ("受理", "good"),
    "intake.deemed_accepted": ("逾期未受理，依法自收件之日起视为受理", "warn"),
    "intake.not_accepted": ("不予受理", "bad"),
    "intake.submitted": ("提交审批部门", ""),
    "intake.closed": ("出具结果并办结", "good"),
    # approval (7.2, 7.3)
    "approval.circulated": ("流转联合审批单位", ""),
    "approval.opinion_drafted": ("拟定联合审批意见", ""),
    "approval.opinion_signed": ("签发联合审批意见", "good"),
    "approval.opinion_sent_back": ("退回修改联合审批意见", "warn"),
    "approval.decision_proposed": ("拟定审批决定", ""),
    "approval.decision_approved": ("作出审批决定", "good"),
    "approval.decision_sent_back": ("退回修改审批决定", "warn"),
    # supervision (9.1)
    "supervision.pushed": ("办理结果推送监管部门", ""),
    "supervision.repushed": ("办理结果改推其他监管部门", ""),
    "supervision.registered": ("纳入监管范围", "good"),
    # clocks
    "duty.started": ("时限起算", ""),
    "duty.met": ("按要求完成", "good"),
    "duty.voided": ("时限终止", ""),
    "duty.paused": ("暂停计时", ""),
    "duty.resumed": ("恢复计时", ""),
    "duty.extended": ("延长时限", "warn"),
    "duty.reassigned": ("转交责任单位", ""),
    "duty.recomputed": ("重新计算时限", ""),
    "duty.lapsed": ("逾期未完成", "bad"),
    "duty.unreachable": ("责任单位没有可以办理的人员", "bad"),
    # letters, files, deliveries
    "letter.sent": ("发出函件并送达", ""),
    "letter.opened": ("打开函件", ""),
    "letter.claimed": ("认领", "good"),
    "letter.returned": ("退回", "warn"),
    "notice.made": ("出具文书", ""),
    "file.stored": ("上传文件", ""),
    "file.read": ("下载文件", ""),
    "subject.registered": ("登记申请主体", ""),
    "delivery.sent": ("平台外投递：对方已接收", ""),
    "delivery.dead": ("平台外投递失败", "bad"),
    "delivery.retried": ("重新投递", ""),
    "outbox.endpoint_added": ("登记投递地址", ""),
    "endpoint.disabled": ("对方停用投递地址", "warn"),
    # the ledger itself
    "ledger.verified": ("核验存证", ""),
    "rules.version_added": ("新增时限规则", ""),
    "worktime.notice_loaded": ("载入工作日历通知", ""),
}

# Facts of an entry that a reader wants to see, by their name in the payload.
FACTS: dict[str, str] = {
    "reason": "理由",
    "remark": "说明",
    "purpose": "用途",
    "letter": "函件",
    "number": "编号",
    "licence": "证件",
    "evidence": "凭据",
    "basis": "依据",
}

_KINDS: dict[str, str] = dict(DutyKind.choices)
# Evidence may name a row of ours ("decision:22"): a pointer for the auditor, no word for a reader.
_POINTER = re.compile(r"[a-z_]+:\d+")


def title_of(row: LedgerEntry) -> str:
    """What the entry says was done, in Chinese; a duty is named by its kind."""
    title = ACTIONS.get(row.action, (row.action, ""))[0]
    kind = _KINDS.get(json.loads(row.payload).get("kind", ""), "") if row.action.startswith("duty.") else ""
    return f"{title}：{kind}" if kind else title


def entry_of(row: LedgerEntry) -> dict[str, Any]:
    """A ledger entry as ``components/timeline.html`` takes it."""
    facts = {name: str(value) for name, value in json.loads(row.payload).items() if name in FACTS and value}
    return {
        "title": title_of(row),
        "at": row.at,
        "who": _who(row),
        "text": "；".join(
            f"{label}：{facts[name]}"
            for name, label in FACTS.items()
            if name in facts and not _POINTER.fullmatch(facts[name])
        ),
        "tone": ACTIONS.get(row.action, ("", ""))[1],
        "clause": clause_in_words(row.clause),
    }


def _who(row: LedgerEntry) -> str:
    """Who acted; of a duty, who owes it – whoever set it off may belong to another department."""
    department = row.department.label if row.department else ""
    if row.action.startswith("duty."):
        return f"责任单位：{department}" if department else row.actor_name
    return "　".join(part for part in (department, row.actor_name) if part)
