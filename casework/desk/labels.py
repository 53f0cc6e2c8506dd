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
    "intake.correction_requested": ("一次性告知补正", "warn"),
    "intake.resubmitted": ("申请人补正齐全", "good"),
    "intake.returned": ("逾期没有补正，退回申请", "bad"),
    "intake.accepted": ("受理", "good"),
    "intake.deemed_accepted": ("逾期未受理，依法自收件之日起视为受理", "warn"),
    "intake.not_accepted": ("不予受理", "bad"),
    "intake.withdrawn": ("登记申请人撤回，办件终止", "warn"),
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
    "approval.opinion_handed_over": ("移交联合审批意见拟稿", ""),
    "approval.decision_handed_over": ("移交审批决定拟稿", ""),
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
    "duty.extension_asked": ("申请延期", ""),
    "duty.extension_approved": ("批准延期", "good"),
    "duty.extension_refused": ("不予批准延期", "bad"),
    "duty.reassigned": ("改派责任单位", "warn"),
    "duty.recomputed": ("重新计算时限", ""),
    "duty.put_right": ("按事实更正时限", "warn"),
    "duty.lapsed": ("逾期未完成", "bad"),
    "duty.unreachable": ("责任单位没有可以办理的人员", "bad"),
    # letters, files, deliveries
    "letter.sent": ("发出函件并送达", ""),
    "letter.forwarded": ("函件转送现责任单位", ""),
    "letter.opened": ("打开函件", ""),
    "letter.claimed": ("认领", "good"),
    "letter.returned": ("退回", "warn"),
    "letter.objected": ("提出疑义", "warn"),
    "letter.answered": ("书面答复", "good"),
    "notice.made": ("出具文书", ""),
    "file.stored": ("上传文件", ""),
    "file.read": ("下载文件", ""),
    "subject.registered": ("登记申请主体", ""),
    "delivery.sent": ("平台外投递：对方已接收", ""),
    "delivery.dead": ("平台外投递失败", "bad"),
    "delivery.retried": ("重新投递", ""),
    "outbox.endpoint_added": ("登记投递地址", ""),
    "endpoint.disabled": ("对方停用投递地址", "warn"),
    "delivery.owned": ("投递失败交责任单位处理", "warn"),
    "delivery.assigned": ("转交投递失败责任人", ""),
    "delivery.closed": ("了结投递失败", ""),
    "delivery.handed_over": ("纸质送达", "good"),
    "delivery.alarm": ("时限内对方未接收，发出告警", "warn"),
    "endpoint.moved": ("变更投递地址", ""),
    "endpoint.rotated": ("轮换投递密钥", ""),
    "endpoint.rotation_ended": ("结束密钥轮换", ""),
    "endpoint.paused": ("暂停投递", "warn"),
    "endpoint.resumed": ("恢复投递", ""),
    "endpoint.switched_off": ("停用投递地址", "warn"),
    "endpoint.switched_on": ("重新启用投递地址", ""),
    # what editors publish (5.5)
    "cms.published": ("发布页面", ""),
    "cms.scheduled": ("设定定时发布", ""),
    "cms.schedule_cancelled": ("取消定时发布", ""),
    "cms.unpublished": ("撤下页面", "warn"),
    "cms.item_added": ("新增事项", ""),
    "cms.item_changed": ("修改事项", ""),
    # accounts
    "account.substitution_made": ("设立委托代理", ""),
    "account.substitution_revoked": ("撤销委托代理", ""),
    # accounts: administration
    "account.opened": ("开通账号", ""),
    "account.enabled": ("启用账号", ""),
    "account.disabled": ("停用账号", "warn"),
    "account.unlocked": ("解除登录暂停", ""),
    "account.role_given": ("授予角色", ""),
    "account.role_ended": ("终止角色", ""),
    "account.post_given": ("任命职务", ""),
    "account.post_ended": ("免去职务", ""),
    "account.handed_over": ("移交未办结职责", ""),
    "account.department_founded": ("设立单位", ""),
    "account.department_changed": ("修改单位", ""),
    # accounts: signing in, second factor, passwords, sessions
    "account.signed_in": ("登录", ""),
    "account.signed_out": ("退出登录", ""),
    "account.locked": ("连续登录失败，暂停登录", "warn"),
    "account.session_ended": ("结束一处登录", ""),
    "account.sessions_ended": ("结束其他登录", ""),
    "account.second_factor_enrolled": ("启用动态口令", "good"),
    "account.second_factor_removed": ("停用动态口令", "warn"),
    "account.second_factor_reset": ("重置动态口令", "warn"),
    "account.recovery_codes_made": ("重新生成恢复码", ""),
    "account.recovery_code_used": ("使用恢复码", "warn"),
    "account.password_changed": ("修改密码", ""),
    "account.password_given": ("设置初始密码", "warn"),
    "account.contact_changed": ("修改联系方式", ""),
    # the ledger itself
    "ledger.check_asked": ("提出核验存证", ""),
    "ledger.verified": ("核验存证", ""),
    "ledger.anchored": ("存证链首签名并对外留存", "good"),
    "rules.change_proposed": ("提出日历或时限变更", ""),
    "rules.change_approved": ("批准日历或时限变更", "good"),
    "rules.change_rejected": ("驳回日历或时限变更", "bad"),
    "rules.change_withdrawn": ("撤回日历或时限变更", ""),
    "rules.version_added": ("新增时限规则", ""),
    "worktime.notice_loaded": ("载入工作日历通知", ""),
}

# Facts of an entry that a reader wants to see, by their name in the payload.
FACTS: dict[str, str] = {
    "handed": "改派",
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
