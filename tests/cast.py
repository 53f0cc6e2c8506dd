"""The named cast of the tests: a small city, its people, one item open for applications.

Plain factory functions. ``make_cast()`` gives the departments and one person per role, ``guide(cast)`` an
item whose current guide version is complete. Steps of a case stand in ``tests/steps.py``.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.contrib.auth.hashers import make_password
from wagtail.signal_handlers import disable_reference_index_auto_update

from cms_pages.catalogue import freezing
from cms_pages.catalogue.codes import ItemType, LimitUnit, RowSource
from cms_pages.catalogue.models import (
    GuideVersion,
    ItemDepartment,
    JointUnit,
    LegalBasis,
    LimitVersion,
    Material,
    ServiceItem,
)
from portal.accounts.models import Department, Membership, User
from portal.accounts.roles import DepartmentKind, Role

CHINA = ZoneInfo("Asia/Shanghai")
# A Monday morning inside office hours, with ordinary working weeks before and after it.
NOW = datetime(2026, 9, 7, 9, 30, tzinfo=CHINA)
PASSWORD = "test-password-9"


def at(month: int, day: int, hour: int = 9, minute: int = 30, *, year: int = 2026) -> datetime:
    """A moment in Shanghai time."""
    return datetime(year, month, day, hour, minute, tzinfo=CHINA)


def department(code: str, name: str, kind: DepartmentKind = DepartmentKind.OTHER) -> Department:
    """A department that has existed for long."""
    return Department.objects.create(code=code, name=name, kind=kind)


def person(username: str, name: str, *roles: tuple[Department, Role]) -> User:
    """A person with an account, a mail address and the roles given as (department, role)."""
    user = User(username=username, name=name, email=f"{username}@example.test")
    user.set_password(PASSWORD)
    user.save()
    for where, role in roles:
        Membership.objects.create(user=user, department=where, role=role)
    return user


@dataclass(frozen=True)
class Cast:
    """Who is who. ``unit_a`` and ``unit_b`` are joint-approval units, ``competent`` and ``enforcement``
    supervise; ``stranger`` holds every role of the business, but in another department."""

    window: Department
    approver: Department
    unit_a: Department
    unit_b: Department
    competent: Department
    enforcement: Department
    elsewhere: Department
    clerk: User
    handler: User
    chief: User
    reviewer_a: User
    leader_a: User
    reviewer_b: User
    leader_b: User
    supervisor: User
    enforcer: User
    evaluator: User
    auditor: User
    sysadmin: User
    editor: User
    stranger: User


BUSINESS_ROLES = (
    Role.WINDOW_CLERK,
    Role.APPROVAL_HANDLER,
    Role.APPROVAL_LEADER,
    Role.REVIEWER,
    Role.UNIT_LEADER,
    Role.SUPERVISOR,
)


# Field of ``Cast`` → code, name, short name, kind; and → name, department, roles.
DEPARTMENTS = {
    "window": ("window", "示例市政务服务中心综合窗口", "综合窗口", DepartmentKind.WINDOW),
    "approver": ("approval", "示例市行政审批服务局", "审批局", DepartmentKind.APPROVAL),
    "unit_a": ("unit-a", "示例市消防救援大队", "消防大队", DepartmentKind.COMPETENT),
    "unit_b": ("unit-b", "示例市生态环境局", "生态环境局", DepartmentKind.COMPETENT),
    "competent": ("competent", "示例市市场监督管理局", "市场监管局", DepartmentKind.COMPETENT),
    "enforcement": ("enforcement", "示例市综合行政执法局", "综合执法局", DepartmentKind.ENFORCEMENT),
    "elsewhere": ("elsewhere", "示例市文化旅游局", "文旅局", DepartmentKind.OTHER),
}
PEOPLE = {
    "clerk": ("示例窗口员", "window", (Role.WINDOW_CLERK,)),
    "handler": ("示例承办人", "approver", (Role.APPROVAL_HANDLER,)),
    "chief": ("示例审批负责人", "approver", (Role.APPROVAL_LEADER,)),
    "reviewer_a": ("示例审查员甲", "unit_a", (Role.REVIEWER,)),
    "leader_a": ("示例分管领导甲", "unit_a", (Role.UNIT_LEADER,)),
    "reviewer_b": ("示例审查员乙", "unit_b", (Role.REVIEWER,)),
    "leader_b": ("示例分管领导乙", "unit_b", (Role.UNIT_LEADER,)),
    "supervisor": ("示例监管员", "competent", (Role.SUPERVISOR,)),
    "enforcer": ("示例执法员", "enforcement", (Role.SUPERVISOR,)),
    "evaluator": ("示例考核员", "elsewhere", (Role.EVALUATOR,)),
    "auditor": ("示例审计员", "elsewhere", (Role.AUDITOR,)),
    "sysadmin": ("示例系统管理员", "elsewhere", (Role.SYSADMIN,)),
    "editor": ("示例编辑", "elsewhere", (Role.EDITOR,)),
    "stranger": ("示例外单位人员", "elsewhere", BUSINESS_ROLES),
}


def make_cast() -> Cast:
    """Create departments and people, in three statements: most tests begin with this."""
    where = dict(zip(DEPARTMENTS, Department.objects.bulk_create(_departments()), strict=True))
    who = dict(zip(PEOPLE, User.objects.bulk_create(_users()), strict=True))
    Membership.objects.bulk_create(
        Membership(user=who[key], department=where[place], role=role)
        for key, (_name, place, roles) in PEOPLE.items()
        for role in roles
    )
    return Cast(**where, **who)


def _departments() -> list[Department]:
    return [
        Department(code=code, name=name, short_name=short, kind=kind)
        for code, name, short, kind in DEPARTMENTS.values()
    ]


def _users() -> list[User]:
    hashed = make_password(PASSWORD)
    logins = [(key.replace("_", "-"), name) for key, (name, _place, _roles) in PEOPLE.items()]
    return [
        User(username=login, name=name, email=f"{login}@example.test", password=hashed)
        for login, name in logins
    ]


@disable_reference_index_auto_update()
def item(
    cast: Cast, *, name: str = "示例食品经营许可（新办）", code: str = "460400-000100", joint: bool = True
) -> ServiceItem:
    """An item with limits, basis, three materials, supervisors and, when ``joint``, two units."""
    made = ServiceItem.objects.create(
        platform_item_code=code,
        name=name,
        item_type=ItemType.PERMIT,
        department=cast.approver,
        approval_department=cast.approver,
        joint_approval=joint,
        joint_reason="涉及消防与环保专业审查" if joint else "",
        result_name="示例食品经营许可证",
    )
    limit = LimitVersion.Kind
    for kind, amount in ((limit.STATUTORY, 20), (limit.PROMISED, 8)):
        LimitVersion.objects.create(
            item=made,
            kind=kind,
            amount=Decimal(amount),
            unit=LimitUnit.WORKDAY,
            extension=Decimal(10 if kind == limit.STATUTORY else 0),
            basis="《行政许可法》第四十二条",
            source=RowSource.LAW if kind == limit.STATUTORY else RowSource.EXAMPLE,
        )
    LegalBasis.objects.create(item=made, law="《中华人民共和国食品安全法》", article="第三十五条")
    need = Material.Necessity
    for title, necessity in (
        ("申请书", need.REQUIRED),
        ("场所平面图", need.REQUIRED),
        ("补充说明", need.OPTIONAL),
    ):
        Material.objects.create(item=made, name=title, necessity=necessity)
    ItemDepartment.objects.create(item=made, department=cast.competent, kind=ItemDepartment.Kind.COMPETENT)
    ItemDepartment.objects.create(
        item=made, department=cast.enforcement, kind=ItemDepartment.Kind.ENFORCEMENT
    )
    if joint:
        JointUnit.objects.create(
            item=made, department=cast.unit_a, opinion_days=Decimal(3), reason="审查消防安全条件"
        )
        JointUnit.objects.create(
            item=made, department=cast.unit_b, opinion_days=Decimal(2), reason="审查油烟排放条件"
        )
    return made


def guide(
    cast: Cast,
    *,
    name: str = "示例食品经营许可（新办）",
    code: str = "460400-000100",
    joint: bool = True,
    now: datetime = NOW,
) -> GuideVersion:
    """The current, complete guide version of a new item."""
    made = item(cast, name=name, code=code, joint=joint)
    with disable_reference_index_auto_update():
        return freezing.freeze(made, by=cast.editor, now=now)
