"""Who may do what: the one reviewed table from role to permission, and from duty to permission.

Everything is denied unless a row here allows it. ``access.py`` reads it; import the names from there.
"""

from django.db import models

from casework.core.rules_data.models import DutyKind
from portal.accounts.roles import Role


class Can(models.TextChoices):
    """Permissions: one per act, named by what is done."""

    USE_DESK = "use_desk", "使用工作台"
    READ_CASES = "read_cases", "查看本单位参与的办件"
    READ_ALL_CASES = "read_all_cases", "查看全部办件"
    READ_LEDGER = "read_ledger", "查阅存证"
    ARRANGE_SUBSTITUTIONS = "arrange_substitutions", "为他人设立委托代理"
    READ_DELIVERIES = "read_deliveries", "查看投递情况"
    READ_UNREACHED = "read_unreached", "查看提醒未达"
    RETRY_DELIVERY = "retry_delivery", "重新投递"
    PROPOSE_RULE_CHANGE = "propose_rule_change", "提出日历与时限变更"
    APPROVE_RULE_CHANGE = "approve_rule_change", "审定日历与时限变更"
    MANAGE_ENDPOINTS = "manage_endpoints", "管理投递地址"
    SETTLE_DELIVERY = "settle_delivery", "处理本单位投递失败、登记纸质送达"
    RECEIVE_CASE = "receive_case", "收件"
    ACCEPT_CASE = "accept_case", "审查与受理"
    SUBMIT_CASE = "submit_case", "提交审批部门"
    CIRCULATE = "circulate", "流转联合审批单位"
    DRAFT_OPINION = "draft_opinion", "拟定联合审批意见"
    SIGN_OPINION = "sign_opinion", "签发联合审批意见"
    PROPOSE_DECISION = "propose_decision", "拟定审批决定"
    APPROVE_DECISION = "approve_decision", "审定审批决定"
    PAUSE_CLOCK = "pause_clock", "暂停、恢复计时"
    ASK_EXTENSION = "ask_extension", "申请延期"
    APPROVE_EXTENSION = "approve_extension", "批准延期"
    REASSIGN_DUTY = "reassign_duty", "改派任务"
    WITHDRAW_CASE = "withdraw_case", "登记撤回申请"
    ISSUE_CASE = "issue_case", "出具结果并办结"
    REPUSH_RESULT = "repush_result", "重新推送结果"
    CLAIM_RESULT = "claim_result", "认领或退回结果"
    REGISTER_HOLDER = "register_holder", "纳入监管范围"
    OBJECT_TO_RESULT = "object_to_result", "对结果提出疑义"
    ANSWER_OBJECTION = "answer_objection", "答复疑义"


_OFFICIAL = frozenset({Can.USE_DESK, Can.READ_CASES})

ROLE_PERMISSIONS: dict[str, frozenset[Can]] = {
    Role.EDITOR: frozenset(),  # works in /cms/ only
    Role.WINDOW_CLERK: _OFFICIAL
    | {
        Can.RECEIVE_CASE,
        Can.ACCEPT_CASE,
        Can.SUBMIT_CASE,
        Can.ISSUE_CASE,
        Can.WITHDRAW_CASE,
        Can.SETTLE_DELIVERY,
    },
    Role.APPROVAL_HANDLER: _OFFICIAL
    | {
        Can.CIRCULATE,
        Can.PROPOSE_DECISION,
        Can.REPUSH_RESULT,
        Can.ANSWER_OBJECTION,
        Can.PAUSE_CLOCK,
        Can.ASK_EXTENSION,
        Can.SETTLE_DELIVERY,
    },
    Role.APPROVAL_LEADER: _OFFICIAL | {Can.APPROVE_DECISION, Can.APPROVE_EXTENSION},
    Role.REVIEWER: _OFFICIAL | {Can.DRAFT_OPINION, Can.PAUSE_CLOCK},
    Role.UNIT_LEADER: _OFFICIAL | {Can.SIGN_OPINION, Can.REASSIGN_DUTY},
    Role.LIAISON: _OFFICIAL | {Can.SETTLE_DELIVERY},
    Role.INSPECTOR: _OFFICIAL,
    Role.SUPERVISOR: _OFFICIAL | {Can.CLAIM_RESULT, Can.REGISTER_HOLDER, Can.OBJECT_TO_RESULT},
    Role.EVALUATOR: frozenset({Can.USE_DESK, Can.READ_ALL_CASES}),
    # 三员分立: none does business, none holds two of the three.
    Role.AUDITOR: frozenset({Can.USE_DESK, Can.READ_LEDGER}),
    # The calendar and the limits (14): the one proposes, the other approves; nobody can hold both roles.
    Role.SYSADMIN: frozenset(
        {
            Can.USE_DESK,
            Can.READ_DELIVERIES,
            Can.RETRY_DELIVERY,
            Can.MANAGE_ENDPOINTS,
            Can.PROPOSE_RULE_CHANGE,
            Can.READ_UNREACHED,
        }
    ),
    Role.SECURITY_ADMIN: frozenset({Can.USE_DESK, Can.ARRANGE_SUBSTITUTIONS, Can.APPROVE_RULE_CHANGE}),
}

# Who in the holding department can meet a duty: this is what the inbox shows to whom.
DUTY_PERMISSIONS: dict[str, frozenset[Can]] = {
    DutyKind.ACCEPT: frozenset({Can.ACCEPT_CASE}),
    DutyKind.CORRECT: frozenset({Can.ACCEPT_CASE}),
    DutyKind.SUBMIT: frozenset({Can.SUBMIT_CASE}),
    DutyKind.CIRCULATE: frozenset({Can.CIRCULATE}),
    DutyKind.OPINION: frozenset({Can.DRAFT_OPINION, Can.SIGN_OPINION}),
    DutyKind.DECIDE: frozenset({Can.PROPOSE_DECISION, Can.APPROVE_DECISION}),
    DutyKind.ISSUE: frozenset({Can.ISSUE_CASE}),
    DutyKind.PUSH: frozenset({Can.ISSUE_CASE}),
    DutyKind.REPUSH: frozenset({Can.REPUSH_RESULT}),
    DutyKind.CLAIM: frozenset({Can.CLAIM_RESULT}),
    DutyKind.REGISTER: frozenset({Can.REGISTER_HOLDER}),
    DutyKind.ANSWER_OBJECTION: frozenset({Can.ANSWER_OBJECTION}),
}

# What a substitute always gets with the rest, to see what there is to do.
BASE = frozenset({Can.USE_DESK, Can.READ_CASES})
