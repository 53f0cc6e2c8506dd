"""Departments and people of the demo city. Every person is invented, every contact plainly an example."""

from dataclasses import dataclass
from datetime import date

from portal.accounts import actions as accounts
from portal.accounts.models import Department, User
from portal.accounts.roles import DepartmentKind, PostKind, Role

PASSWORD = "liandong-demo-1"  # noqa: S105  printed by `up` and shown on the sign-in page of the demo
SINCE = date(2022, 9, 25)  # the day the measure came into force
PHONE = "0898-0000 00{number:02d}（示例）"
ADDRESS = "示例路{number}号（示例）"
HOURS = "工作日 8:00—12:00，14:30—17:30"
MAIL_DOMAIN = "oa.demo.invalid"  # .invalid never leads anywhere (RFC 2606)
SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
    "余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)


@dataclass(frozen=True)
class DepartmentRow:
    """A department as the table below writes it."""

    code: str
    name: str
    short: str
    kind: DepartmentKind


_K = DepartmentKind
DEPARTMENTS: tuple[DepartmentRow, ...] = (
    DepartmentRow("spj", "市行政审批服务局", "审批局", _K.APPROVAL),
    DepartmentRow("zhck", "市政务服务中心综合窗口", "综合窗口", _K.WINDOW),
    DepartmentRow("scjg", "市市场监督管理局", "市场监管局", _K.COMPETENT),
    DepartmentRow("wsjk", "市卫生健康委员会", "卫健委", _K.COMPETENT),
    DepartmentRow("jyj", "市教育局", "教育局", _K.COMPETENT),
    DepartmentRow("zjj", "市住房和城乡建设局", "住建局", _K.COMPETENT),
    DepartmentRow("sthj", "市生态环境局", "生态环境局", _K.COMPETENT),
    DepartmentRow("jtys", "市交通运输局", "交通运输局", _K.COMPETENT),
    DepartmentRow("swj", "市水务局", "水务局", _K.COMPETENT),
    DepartmentRow("nync", "市农业农村局", "农业农村局", _K.COMPETENT),
    DepartmentRow("zrgh", "市自然资源和规划局（市林业局）", "资规局", _K.COMPETENT),
    DepartmentRow("lwt", "市旅游和文化广电体育局", "旅文局", _K.COMPETENT),
    DepartmentRow("yjgl", "市应急管理局", "应急局", _K.COMPETENT),
    DepartmentRow("xfjy", "市消防救援支队", "消防支队", _K.COMPETENT),
    DepartmentRow("rsj", "市人力资源和社会保障局", "人社局", _K.COMPETENT),
    DepartmentRow("gaj", "市公安局", "公安局", _K.COMPETENT),
    DepartmentRow("zhzf", "市综合行政执法局", "综合执法局", _K.ENFORCEMENT),
    DepartmentRow("yshj", "市营商环境建设局", "营商环境局", _K.EVALUATION),
)
APPROVER, WINDOW, ENFORCEMENT = "spj", "zhck", "zhzf"
SUPERVISING = tuple(row.code for row in DEPARTMENTS if row.kind in (_K.COMPETENT, _K.ENFORCEMENT))

# user name, department, roles. The rest follows per department (``_unit_people``).
CORE_PEOPLE: tuple[tuple[str, str, tuple[Role, ...]], ...] = (
    ("window1", WINDOW, (Role.WINDOW_CLERK,)),
    ("window2", WINDOW, (Role.WINDOW_CLERK,)),
    ("handler1", APPROVER, (Role.APPROVAL_HANDLER,)),
    ("handler2", APPROVER, (Role.APPROVAL_HANDLER,)),
    ("leader1", APPROVER, (Role.APPROVAL_LEADER,)),
    ("editor1", APPROVER, (Role.EDITOR,)),
    ("evaluator1", "yshj", (Role.EVALUATOR,)),
    ("auditor1", "yshj", (Role.AUDITOR,)),
    ("sysadmin1", APPROVER, (Role.SYSADMIN,)),
    ("secadmin1", APPROVER, (Role.SECURITY_ADMIN,)),
)


@dataclass(frozen=True)
class City:
    """Departments by code, people by user name."""

    departments: dict[str, Department]
    people: dict[str, User]

    @property
    def window(self) -> Department:
        return self.departments[WINDOW]

    @property
    def approver(self) -> Department:
        return self.departments[APPROVER]


def people_rows() -> list[tuple[str, str, tuple[Role, ...]]]:
    """Everybody: user name, department code, roles."""
    rows = list(CORE_PEOPLE)
    for row in DEPARTMENTS:
        rows += _unit_people(row)
    return rows


def _unit_people(row: DepartmentRow) -> list[tuple[str, str, tuple[Role, ...]]]:
    """A competent department reviews, signs and supervises; the enforcing one supervises and is led."""
    leader = (f"unitleader_{row.code}", row.code, (Role.UNIT_LEADER,))
    if row.kind == _K.COMPETENT:
        return [
            (f"reviewer_{row.code}", row.code, (Role.REVIEWER, Role.LIAISON)),
            leader,
            (f"supervisor_{row.code}", row.code, (Role.SUPERVISOR, Role.INSPECTOR)),
        ]
    if row.kind == _K.ENFORCEMENT:
        return [leader, (f"supervisor_{row.code}", row.code, (Role.SUPERVISOR, Role.LIAISON))]
    return []


def found_city() -> City:
    """Make departments, accounts, appointments and the posts of annex 2."""
    departments = {}
    for number, row in enumerate(DEPARTMENTS, start=1):
        departments[row.code] = accounts.create_department(
            code=row.code,
            name=row.name,
            short_name=row.short,
            kind=row.kind,
            phone=PHONE.format(number=number),
            complaint_phone=PHONE.format(number=number + 50),
            address=ADDRESS.format(number=number),
            opening_hours=HOURS,
            valid_from=SINCE,
        )
    hashed = accounts.password_hash(PASSWORD)
    people = {}
    for surname, (username, code, roles) in zip(SURNAMES, people_rows(), strict=False):
        user = accounts.create_user(username=username, name=f"{surname}示例", hashed_password=hashed)
        for role in roles:
            accounts.appoint(user=user, department=departments[code], role=role, valid_from=SINCE)
        people[username] = user
    city = City(departments, people)
    _give_posts(city)
    return city


def _give_posts(city: City) -> None:
    """Leader, liaison and linkage officer of each department that reviews or supervises (6.8, 8.1)."""
    accounts.give_post(
        user=city.people["leader1"], department=city.approver, kind=PostKind.LEADER, valid_from=SINCE
    )
    for code in SUPERVISING:
        department = city.departments[code]
        leader, officer = city.people[f"unitleader_{code}"], city.people[f"supervisor_{code}"]
        liaison = city.people.get(f"reviewer_{code}", officer)
        for kind, user in (
            (PostKind.LEADER, leader),
            (PostKind.LIAISON, liaison),
            (PostKind.LINKAGE_OFFICER, officer),
        ):
            accounts.give_post(user=user, department=department, kind=kind, valid_from=SINCE)
