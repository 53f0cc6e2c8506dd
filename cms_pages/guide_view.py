"""From a frozen snapshot to what the guide page shows: pure, no query, no clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cms_pages.catalogue.codes import ItemType, LimitUnit, RowSource
from cms_pages.catalogue.models import ItemDepartment, Material
from portal.accounts.models import Department


@dataclass(frozen=True)
class Party:
    """A department in the box of who approves, supervises and enforces (3, 4, 6.10)."""

    duty: str
    name: str
    phone: str
    complaint_phone: str


@dataclass(frozen=True)
class GuideView:
    """Everything of a guide that does not come from the editor's prose."""

    item: Mapping[str, Any]
    facts: list[dict[str, Any]]
    basics: list[dict[str, str]]
    bases: list[dict[str, str]]
    materials: list[dict[str, Any]]
    parties: list[Party]
    joint_units: list[dict[str, Any]]
    gaps: list[str]
    label: str

    @property
    def open(self) -> bool:
        """Whether the window takes applications on it."""
        return not self.gaps

    @property
    def missing(self) -> str:
        return "、".join(self.gaps)


def guide_view(
    snapshot: Mapping[str, Any], gaps: list[str], departments: Mapping[int, Department], label: str = ""
) -> GuideView:
    """What the page shows of ``snapshot``; ``label`` names its version; phones come from ``departments`` as they are today."""
    item = snapshot["item"]
    return GuideView(
        item=item,
        facts=[
            _limit_fact("承诺办结时限", snapshot["limits"]["promised"]),
            _limit_fact("法定办结时限", snapshot["limits"]["statutory"]),
            {"label": "事项类型", "value": ItemType(item["item_type"]).label},
        ],
        basics=_basics(item),
        bases=list(snapshot["bases"]),
        materials=[_material(row) for row in snapshot["materials"]],
        parties=_parties(snapshot, departments),
        joint_units=[
            row
            | {
                "phone": departments[row["department_id"]].phone
                if row["department_id"] in departments
                else ""
            }
            for row in snapshot["joint_units"]
        ],
        gaps=list(gaps),
        label=label,
    )


def _limit_fact(label: str, limit: Mapping[str, Any] | None) -> dict[str, Any]:
    """A numeral with its unit and where it comes from; a limit set by the platform or as an example says so."""
    if limit is None:
        return {"label": label, "value": ""}
    notes = [limit["basis"]] if limit["basis"] else []
    if limit["source"] in (RowSource.PLATFORM, RowSource.EXAMPLE):
        notes.append(f"（{RowSource(limit['source']).label}）")
    if limit["extension"] not in ("", "0"):
        notes.append(f"可依法延长{limit['extension']}{LimitUnit(limit['unit']).label}")
    return {
        "label": label,
        "number": limit["amount"],
        "unit": LimitUnit(limit["unit"]).label,
        "note": " ".join(notes),
    }


def _basics(item: Mapping[str, Any]) -> list[dict[str, str]]:
    approver = item["approval_department"]
    rows = [
        ("事项名称", item["name"]),
        ("主项名称", item["main_item"]),
        ("平台事项编码", item["platform_item_code"]),
        ("基本编码", item["basic_code"]),
        ("行政审批部门", approver["name"] if approver else ""),
        ("服务对象", item["service_object"]),
        ("办理结果", item["result_name"]),
        ("联合审批", f"是：{item['joint_reason']}".rstrip("：") if item["joint_approval"] else "否"),
        ("现场踏勘", "需要" if item["site_inspection"] else "不需要"),
    ]
    return [{"label": label, "value": value} for label, value in rows if value or label != "主项名称"]


def _material(row: Mapping[str, Any]) -> dict[str, Any]:
    return dict(row) | {
        "necessity_label": Material.Necessity(row["necessity"]).label,
        "source_label": Material.Source(row["source"]).label,
    }


def _parties(snapshot: Mapping[str, Any], departments: Mapping[int, Department]) -> list[Party]:
    """Who approves, who supervises, who enforces, each with its complaint phone (5.6, 6.9)."""
    approver = snapshot["item"]["approval_department"]
    rows: list[tuple[str, int, str]] = [("审批", approver["id"], approver["name"])] if approver else []
    duties = {ItemDepartment.Kind.COMPETENT: "监管", ItemDepartment.Kind.ENFORCEMENT: "执法"}
    for kind, duty in duties.items():
        rows += [
            (duty, row["department_id"], row["name"])
            for row in snapshot["supervisors"]
            if row["kind"] == kind
        ]
    found = []
    for duty, pk, name in rows:
        department = departments.get(pk)
        phone = department.phone if department else ""
        found.append(Party(duty, name, phone, department.complaint_phone if department else ""))
    return found
