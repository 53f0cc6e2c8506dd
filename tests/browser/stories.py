"""What a journey is about: the item, who takes part, what the editor has to add to it."""

from dataclasses import dataclass, field

Row = dict[str, str]  # label of the field → what is typed or chosen

PDF = (
    b"%%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    b"%% %s\ntrailer<</Root 1 0 R>>\n%%%%EOF\n"
)


def pdf(name: str, words: str) -> dict[str, object]:
    """A small PDF as the browser's file chooser hands it over; other words, other bytes."""
    return {"name": name, "mimeType": "application/pdf", "buffer": PDF % words.encode()}


@dataclass(frozen=True)
class Additions:
    """What the editor fills in; rows are added below those that are there."""

    approver: str = ""
    supervisors: tuple[Row, ...] = ()
    limits: tuple[Row, ...] = ()
    bases: tuple[Row, ...] = ()
    materials: tuple[Row, ...] = ()
    units: tuple[Row, ...] = ()
    joint_reason: str = ""
    result_name: str = ""


@dataclass(frozen=True)
class Applicant:
    """Who applies, as the form asks it."""

    kind: str
    name: str
    code_kind: str
    code: str


COMPANY = Applicant("法人及非法人组织", "示例市示例巡游有限公司", "统一社会信用代码", "91110000802100433B")
PERSON = Applicant("自然人", "示例小明", "居民身份证", "440524188001010014")  # the example of GB 11643 itself


@dataclass(frozen=True)
class Story:
    """One journey. Departments are named by the code in their people's user names and by their name."""

    item: str
    words: str  # what the citizen types
    units: tuple[tuple[str, str], tuple[str, str]]
    keeper: tuple[str, str]  # the supervisor that claims and registers
    stranger: tuple[str, str]  # the supervisor that returns
    right_one: tuple[str, str]  # where the result is pushed instead
    applicant: Applicant = COMPANY
    additions: Additions = field(default_factory=Additions)
    publishes_in_bulk: bool = False


def _limit(kind: str, amount: str, basis: str, source: str) -> Row:
    return {"时限类别": kind, "时限": amount, "单位": "工作日", "来源": source, "依据": basis}


LIMITS = (
    _limit("法定办结时限", "20", "《中华人民共和国行政许可法》第四十二条", "上位法"),
    _limit("承诺办结时限", "12", "承诺办结时限为示例", "示例"),
)

# The demo city leaves this one open: its law divides the time into steps, so an editor has to decide.
SCHOOL_BUS = Story(
    item="校车使用许可",
    words="校车",
    units=(("gaj", "市公安局"), ("jtys", "市交通运输局")),
    keeper=("jyj", "市教育局"),
    stranger=("zhzf", "市综合行政执法局"),
    right_one=("scjg", "市市场监督管理局"),
    additions=Additions(
        limits=LIMITS,
        supervisors=({"监管部门": "市综合行政执法局", "职责": "综合执法部门"},),
        bases=({"法律法规名称": "《中华人民共和国行政许可法》", "条款": "第四十二条"},),
        materials=({"材料名称": "校车驾驶人资格证明（示例）", "必要性": "必要", "形式": "复印件"},),
    ),
)

# Complete already: what there is to be done without JavaScript, where Wagtail's editor cannot go.
KARAOKE = Story(
    item="娱乐场所设立审批",
    words="娱乐",
    units=(("lwt", "市旅游和文化广电体育局"), ("gaj", "市公安局")),
    keeper=("lwt", "市旅游和文化广电体育局"),
    stranger=("zhzf", "市综合行政执法局"),
    right_one=("scjg", "市市场监督管理局"),
)


def imported(name: str, words: str) -> Story:
    """An item as a real list brings it: a name and codes, everything else is the editor's to fill in."""
    return Story(
        item=name,
        words=words,
        units=(("xfjy", "市消防救援支队"), ("sthj", "市生态环境局")),
        keeper=("scjg", "市市场监督管理局"),
        stranger=("zhzf", "市综合行政执法局"),
        right_one=("wsjk", "市卫生健康委员会"),
        applicant=PERSON,
        publishes_in_bulk=True,
        additions=Additions(
            approver="市行政审批服务局",
            result_name="食品经营许可证（示例）",
            supervisors=(
                {"监管部门": "市市场监督管理局", "职责": "行政主管部门"},
                {"监管部门": "市综合行政执法局", "职责": "综合执法部门"},
            ),
            limits=LIMITS,
            bases=({"法律法规名称": "《中华人民共和国食品安全法》", "条款": "第三十五条"},),
            materials=(
                {"材料名称": "申请书（示例）", "必要性": "必要", "形式": "原件"},
                {"材料名称": "经营场所平面图（示例）", "必要性": "必要", "形式": "电子件"},
            ),
            units=(
                {
                    "联合审批单位": "市消防救援支队",
                    "意见时限（工作日）": "3",
                    "会办内容": "审查消防安全条件（示例）",
                },
                {
                    "联合审批单位": "市生态环境局",
                    "意见时限（工作日）": "2",
                    "会办内容": "审查油烟排放条件（示例）",
                },
            ),
            joint_reason="专业要求高，需行政主管部门参与审批（示例）",
        ),
    )
