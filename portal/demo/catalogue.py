"""Items and guides of the demo city.

Names, laws, articles and limits are facts of the laws (``data/items.csv``); what a city would decide itself
– promised limits, materials, places – is invented and marked 示例 where it shows.
"""

import csv
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from casework.core.ledger.actions import record
from cms_pages.catalogue import freezing
from cms_pages.catalogue.codes import ItemType, LimitUnit, RowSource
from cms_pages.catalogue.models import (
    ItemDepartment,
    JointUnit,
    LegalBasis,
    LimitVersion,
    Material,
    ServiceItem,
)
from cms_pages.importing.actions import draft_guides
from cms_pages.models import GuideIndexPage, GuidePage
from cms_pages.models.guides import slug_of
from portal.accounts.models import Department
from portal.demo.city import ENFORCEMENT, HOURS, SINCE, City
from portal.demo.materials import MATERIALS

ITEMS_FILE = Path(__file__).parent / "data" / "items.csv"
AREA = "460400"
LICENSING_LAW = "《中华人民共和国行政许可法》"
TRANSFER_BASIS = "划转批次、日期与文件为示例"
BOUNDARY = "《儋州市行政审批与监管、执法协调联动实施办法（试行）》第三条、第四条、第六条第十项"
TRANSFERRED_ON = date(2022, 12, 1)
DEFAULT_LIMIT, DEFAULT_EXTENSION = Decimal(20), Decimal(10)  # 行政许可法 42
OPINION_DAYS = Decimal(3)
EXACT_OPINION_DAYS = {"取水许可": Decimal(5)}  # 取水许可和水资源费征收管理条例 19


@dataclass(frozen=True)
class ItemRow:
    """One row of ``items.csv``. ``limit`` is what the law writes: "" = nothing, "compound" = several steps."""

    name: str
    kind: str
    law: str
    article: str
    limit: str
    unit: str
    extension: str
    limit_article: str
    more_basis: str
    department: str
    enforcement: str
    joint: str
    site_check: str
    materials: str
    result: str
    note: str

    @property
    def is_permit(self) -> bool:
        return self.kind == ItemType.PERMIT

    @property
    def units(self) -> list[tuple[str, str]]:
        """(department code, what for) of each unit that the law names."""
        return [
            (code, reason)
            for code, _, reason in (pair.partition(":") for pair in self.joint.split(";") if pair)
        ]


def read_items() -> list[ItemRow]:
    """The items of the demo city, in the order of the file."""
    with ITEMS_FILE.open(encoding="utf-8", newline="") as stream:
        return [ItemRow(**row) for row in csv.DictReader(stream)]


def make_items(city: City) -> dict[str, ServiceItem]:
    """Save every item with all that belongs to it; by name."""
    return {row.name: _make(city, row, number) for number, row in enumerate(read_items(), start=1)}


def _make(city: City, row: ItemRow, number: int) -> ServiceItem:
    departments = city.departments
    item = ServiceItem(
        platform_item_code=f"{AREA}-SL{number:04d}",
        name=row.name,
        main_item=row.name.partition("（变更）")[0],
        item_type=row.kind,
        area_code=AREA,
        department=departments[row.department],
        approval_department=city.approver,
        boundary_basis=BOUNDARY,
        transferred=row.is_permit,
        joint_approval=bool(row.joint),
        joint_reason="专业要求高、涉及行业管控，需行政主管部门参与审批（第七条）" if row.joint else "",
        site_inspection=bool(row.site_check),
        result_name=row.result,
        warnings=[row.note] if row.note else [],
        service_object="自然人" if row.materials == "person" else "企业法人、个体工商户等",
    )
    if row.is_permit:
        item.transfer_batch, item.transferred_on = "第一批（示例）", TRANSFERRED_ON
        item.transferred_from, item.transfer_basis = departments[row.department], TRANSFER_BASIS
    _attach(item, row, departments)
    item.full_clean()
    item.save()
    return item


def _attach(item: ServiceItem, row: ItemRow, departments: dict[str, Department]) -> None:
    """Everything that belongs to the item; saved with it."""
    item.limits = _limits(row)
    item.bases = _bases(row)
    item.materials = [
        Material(name=name, necessity=necessity, form=form, note=f"{note}（示例）")
        for name, necessity, form, note in MATERIALS[row.materials]
    ]
    item.supervisors = _supervisors(row, departments)
    item.joint_units = [
        JointUnit(
            department=departments[code],
            opinion_days=EXACT_OPINION_DAYS.get(row.name, OPINION_DAYS),
            reason=reason,
            valid_from=SINCE,
        )
        for code, reason in row.units
    ]


def _bases(row: ItemRow) -> list[LegalBasis]:
    bases = [LegalBasis(law=row.law, article=row.article)]
    if row.more_basis:
        law, _, article = row.more_basis.partition(":")
        bases.append(LegalBasis(law=law, article=article))
    return bases


def _supervisors(row: ItemRow, departments: dict[str, Department]) -> list[ItemDepartment]:
    kind = ItemDepartment.Kind
    rows = [ItemDepartment(department=departments[row.department], kind=kind.COMPETENT)]
    if row.enforcement:
        rows.append(ItemDepartment(department=departments[ENFORCEMENT], kind=kind.ENFORCEMENT))
    return rows


def _limits(row: ItemRow) -> list[LimitVersion]:
    """The statutory limit, and a promised one at half of it; none where the law leaves it open."""
    statutory = _statutory(row)
    if statutory is None:
        return []
    amount, unit = _promise(statutory.amount, statutory.unit)
    promised = LimitVersion(
        kind=LimitVersion.Kind.PROMISED,
        amount=amount,
        unit=unit,
        basis="审批部门对社会的承诺",
        source=RowSource.EXAMPLE,
        valid_from=SINCE,
    )
    return [statutory, promised]


def _promise(amount: Decimal, unit: str) -> tuple[Decimal, str]:
    """Half of the statutory limit, at least 1; a limit in months is promised in working days."""
    if unit == LimitUnit.MONTH:
        return Decimal(30), LimitUnit.WORKDAY
    return max(Decimal(1), (amount / 2).quantize(Decimal(1), rounding="ROUND_CEILING")), unit


def _statutory(row: ItemRow) -> LimitVersion | None:
    """The law's own limit; 行政许可法 42 for a permit whose law names none; None where it must be decided first.

    A permit's 「日」 is a working day (行政许可法 82); elsewhere it is a natural day.
    """
    law = LimitVersion(kind=LimitVersion.Kind.STATUTORY, source=RowSource.LAW, valid_from=SINCE)
    if not row.limit and row.is_permit:
        law.amount, law.unit, law.extension = DEFAULT_LIMIT, LimitUnit.WORKDAY, DEFAULT_EXTENSION
        law.basis = f"{LICENSING_LAW}第四十二条"
        return law
    if not row.limit.isdigit():
        return None
    law.amount, law.extension = Decimal(row.limit), Decimal(row.extension or 0)
    law.basis = _limit_basis(row)
    if row.unit == "day":
        law.unit = LimitUnit.WORKDAY if row.is_permit else LimitUnit.NATURAL_DAY
    else:
        law.unit = LimitUnit(row.unit)
    return law


def _limit_basis(row: ItemRow) -> str:
    """The article; one of another law than the item's own is written with that law's name."""
    other_law, found, article = row.limit_article.partition("第")
    law = f"《{other_law}》" if other_law else row.law
    as_written = f"（原文“{row.limit}日”，依{LICENSING_LAW}第八十二条按工作日计算）"
    return f"{law}{found}{article}{as_written if row.unit == 'day' and row.is_permit else ''}"


def publish_guides(
    index: GuideIndexPage, items: dict[str, ServiceItem], names: set[str], *, city: City, now: datetime
) -> None:
    """A guide for every item: those in ``names`` complete and published, some published with gaps, the rest drafts.

    The version is frozen at ``now`` first, so that Wagtail's publish event finds nothing new to freeze.
    """
    editor, today = city.people["editor1"], now.date()
    rows = {row.name: row for row in read_items()}
    drafts = []
    for name, item in items.items():
        if name not in names and not freezing.gaps_of(freezing.snapshot_of(item, today)):
            drafts.append(item)
            continue
        page = GuidePage(
            title=name, slug=slug_of(item.platform_item_code), item=item, live=False, owner=editor
        )
        page.summary = f"{name}的办理条件、材料和时限（示例）"
        if name in names:
            _describe(page, rows[name], today)
        index.refresh_from_db()
        index.add_child(instance=page)
        freezing.freeze(item, by=editor, now=now)
        page.save_revision(user=editor).publish(log_action=False)  # the log would say today
        record("cms.published", by=editor, now=now, clause="5.5", obj=page, title=name)
    draft_guides(drafts, index)


def _describe(page: GuidePage, row: ItemRow, today: date) -> None:
    """The editor's own words: plain examples."""
    page.conditions = "<p>符合设定依据所列条文规定的条件。以下内容为示例，以正式公布的办事指南为准。</p>"
    steps = [("受理", "综合窗口核对材料，当场或五个工作日内受理")]
    if row.joint:
        steps.append(("联合审批", "流转至联合审批单位出具意见"))
    steps += [("决定", "行政审批部门作出审批决定"), ("办结", "综合窗口出具结果并办结")]
    steps.append(("推送", "办理结果于1个工作日内推送至监管部门"))
    page.steps = [("step", {"title": title, "note": note}) for title, note in steps]
    page.places = "市政务服务中心一楼综合窗口（示例）"
    page.hours, page.phones, page.fees, page.visits = HOURS, "0898-0000 0001（示例）", "不收费（示例）", 1
    page.faq = [
        (
            "question",
            {
                "question": "可以委托他人办理吗？",
                "answer": "可以，请提交授权委托书和经办人身份证明。（示例）",
            },
        )
    ]
    page.checked_on = today
