"""The roles of the measure. What each may do stands in ``casework/core/access.py`` and, for the
editors' desk, in ``portal/accounts/groups.py``."""

from django.db import models


class Role(models.TextChoices):
    """A person's function in a department."""

    EDITOR = "editor", "网站编辑"
    WINDOW_CLERK = "window_clerk", "综合窗口工作人员"
    APPROVAL_HANDLER = "approval_handler", "审批承办人"
    APPROVAL_LEADER = "approval_leader", "审批负责人"
    REVIEWER = "reviewer", "联合审批审查人员"
    UNIT_LEADER = "unit_leader", "联合审批单位分管领导"
    LIAISON = "liaison", "联络员"
    INSPECTOR = "inspector", "踏勘人员"
    SUPERVISOR = "supervisor", "监管人员"
    EVALUATOR = "evaluator", "考核评估人员"
    AUDITOR = "auditor", "安全审计员"
    SYSADMIN = "sysadmin", "系统管理员"
    SECURITY_ADMIN = "security_admin", "安全管理员"


class DepartmentKind(models.TextChoices):
    """What a department is under clauses 3 and 7.1."""

    APPROVAL = "approval", "行政审批部门"
    COMPETENT = "competent", "行政主管部门"
    ENFORCEMENT = "enforcement", "综合执法部门"
    WINDOW = "window", "综合窗口"
    EVALUATION = "evaluation", "考核评估部门"
    OTHER = "other", "其他单位"


class PostKind(models.TextChoices):
    """Named persons that the measure asks each department for (8.1, 6.8, annex 2)."""

    LEADER = "leader", "分管领导"
    LIAISON = "liaison", "联络员"
    LINKAGE_OFFICER = "linkage_officer", "审管信息联动专人"
