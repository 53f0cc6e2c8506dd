"""The ledger's actions in Chinese, for timeline and ledger page. A test finds an action without a row."""

import json
from typing import Any

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
    "letter": "函件",
    "number": "编号",
    "licence": "证件",
    "evidence": "凭据",
    "basis": "依据",
}

_KINDS: dict[str, str] = dict(DutyKind.choices)


def title_of(action: str) -> str:
    """The action in Chinese; the code itself when nobody gave it a name."""
    return ACTIONS.get(action, (action, ""))[0]


def entry_of(row: LedgerEntry) -> dict[str, Any]:
    """A ledger entry as ``components/timeline.html`` takes it."""
    title, tone = ACTIONS.get(row.action, (row.action, ""))
    payload = json.loads(row.payload)
    kind = _KINDS.get(payload.get("kind", ""), "") if row.action.startswith("duty.") else ""
    who = "　".join(part for part in (row.department.label if row.department else "", row.actor_name) if part)
    return {
        "title": f"{title}：{kind}" if kind else title,
        "at": row.at,
        "who": who,
        "text": "；".join(f"{label}：{payload[name]}" for name, label in FACTS.items() if payload.get(name)),
        "tone": tone,
        "clause": row.clause,
    }
