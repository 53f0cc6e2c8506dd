"""What an import would do: rows compared with the catalogue, nothing written."""

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from cms_pages.catalogue.codes import ItemType
from cms_pages.catalogue.models import ServiceItem
from cms_pages.importing.rules import HEADINGS, WARNING, Finding, ParsedRow, columns_of, parse_row
from cms_pages.importing.tables import Table, column_letter
from portal.accounts.models import Department

DEPARTMENT_FIELDS = ("department", "approval_department")
# An empty cell of these says「not known」 and never empties what an editor has filled in.
KEPT_WHEN_EMPTY = ("approval_department", "result_name", "service_object")


@dataclass
class Plan:
    """The outcome of reading a table against the catalogue."""

    table: Table
    create: list[ServiceItem] = field(default_factory=list)
    change: list[ServiceItem] = field(default_factory=list)
    unchanged: list[ServiceItem] = field(default_factory=list)
    departments: list[Department] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    refused: int = 0
    renamed: dict[int, str] = field(default_factory=dict)
    fields: tuple[str, ...] = ()

    @property
    def writes(self) -> bool:
        """Whether anything differs from the catalogue."""
        return bool(self.create or self.change)

    def count(self, kind: str) -> int:
        """How many findings are of ``kind``."""
        return sum(finding.kind == kind for finding in self.findings)

    @property
    def repeated_names(self) -> int:
        """How many names stand in more than one row."""
        return len({finding.message for finding in self.findings if finding.kind == "repeated_name"})


def department_code(name: str) -> str:
    """The generated code of a department that the city's list does not have yet."""
    return f"dept-{hashlib.sha256(name.encode()).hexdigest()[:12]}"


def make_plan(table: Table) -> Plan:
    """Compare ``table`` with the catalogue. Raises ``HeaderUnusable``; writes nothing."""
    columns = columns_of(table.header)
    plan = Plan(table)
    parsed = [parse_row(row, columns) for row in table.rows]
    plan.findings = [finding for row in parsed for finding in row.findings]
    if "item_type" not in columns and "item_type_code" not in columns:
        message = f"没有事项类型列，新增的事项暂记为“{ItemType.OTHER.label}”"
        plan.findings.append(Finding(1, "1", HEADINGS["item_type"][0], WARNING, "no_type_column", message))
    plan.refused = sum(row.refused for row in parsed)
    rows = _last_by_code([row for row in parsed if not row.refused], columns, plan)
    rows = _with_repeated_names(rows, columns, plan)
    plan.findings.sort(key=lambda finding: (finding.row, finding.cell))
    departments = _departments(rows, plan)
    plan.fields = _item_fields(rows)
    stored = _stored([row.values["platform_item_code"] for row in rows])
    for row in rows:
        _place(row, departments, stored, plan)
    return plan


def _last_by_code(rows: list[ParsedRow], columns: dict[str, int], plan: Plan) -> list[ParsedRow]:
    """One row per code; a later row replaces an earlier one and says so."""
    kept: dict[str, ParsedRow] = {}
    for row in rows:
        code = row.values["platform_item_code"]
        repeated = kept.pop(code, None) is not None
        message = "编码在本文件中重复，以最后一行为准"
        kept[code] = (
            _tell(row, columns, plan, "platform_item_code", "repeated_code", message) if repeated else row
        )
    return list(kept.values())


def _with_repeated_names(rows: list[ParsedRow], columns: dict[str, int], plan: Plan) -> list[ParsedRow]:
    """The rows, those whose name stands more than once with a finding."""
    times = Counter(row.values["name"] for row in rows)

    def told(row: ParsedRow, name: str) -> ParsedRow:
        return _tell(row, columns, plan, "name", "repeated_name", f"“{name}”在本文件中出现{times[name]}次")

    return [told(row, row.values["name"]) if times[row.values["name"]] > 1 else row for row in rows]


def _tell(
    row: ParsedRow, columns: dict[str, int], plan: Plan, name: str, kind: str, message: str
) -> ParsedRow:
    cell = f"{column_letter(columns[name])}{row.number}"
    finding = Finding(row.number, cell, HEADINGS[name][0], WARNING, kind, message)
    plan.findings.append(finding)
    return replace(row, findings=(*row.findings, finding))


def _departments(rows: Iterable[ParsedRow], plan: Plan) -> dict[str, Department]:
    """Departments by name; unknown ones are made (not saved) with a generated code."""
    names = Counter(row.values[name] for row in rows for name in DEPARTMENT_FIELDS if row.values.get(name))
    known = {department.name: department for department in Department.objects.filter(name__in=list(names))}
    for name in names:
        if name not in known:
            known[name] = Department(code=department_code(name), name=name)
            plan.departments.append(known[name])
    return known


def _item_fields(rows: list[ParsedRow]) -> tuple[str, ...]:
    """The item's columns that this file speaks of."""
    if not rows:
        return ("warnings",)
    names = [name for name in rows[0].values if name != "platform_item_code"]
    return (*names, "warnings")


def _stored(codes: list[str]) -> dict[str, ServiceItem]:
    found: dict[str, ServiceItem] = {}
    for start in range(0, len(codes), 500):
        part = codes[start : start + 500]
        rows = ServiceItem.objects.filter(platform_item_code__in=part).select_related(*DEPARTMENT_FIELDS)
        found |= {item.platform_item_code: item for item in rows}
    return found


def _place(
    row: ParsedRow, departments: dict[str, Department], stored: dict[str, ServiceItem], plan: Plan
) -> None:
    code = row.values["platform_item_code"]
    item = stored.get(code)
    wanted = _wanted(row, departments)
    if item is None:
        wanted.setdefault("item_type", ItemType.OTHER.value)
        plan.create.append(ServiceItem(platform_item_code=code, **wanted))
        return
    different = {name: value for name, value in wanted.items() if getattr(item, name) != value}
    if not different:
        plan.unchanged.append(item)
        return
    if "name" in different:
        plan.renamed[item.pk] = item.name
    for name, value in different.items():
        setattr(item, name, value)
    plan.change.append(item)


def _wanted(row: ParsedRow, departments: dict[str, Department]) -> dict[str, object]:
    """The values the item should have after this row; unknown ones are left as they are."""
    told = [f"{finding.column}：{finding.message}" for finding in row.findings]
    wanted: dict[str, object] = {"warnings": sorted(told)}
    for name, text in row.values.items():
        if name == "platform_item_code" or (name in KEPT_WHEN_EMPTY and not text):
            continue
        wanted[name] = departments[text] if name in DEPARTMENT_FIELDS else text
    return wanted
