"""What a row of an item list means and what is wrong with it: pure, no query, no clock.

A flawed row comes in with a warning; only a row without platform code or name is refused. Codes are
judged as they are written; local variants of the basic code are kept and never parsed (domain §1).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from cms_pages.catalogue.codes import ItemType
from cms_pages.importing.tables import TableRow, column_letter
from portal.accounts.codes import uscc_ok, uscc_well_formed

WARNING, REFUSED = "warning", "refused"
LEVELS = {WARNING: "提示", REFUSED: "未导入"}
NATIONAL_PREFIX = "00"  # the national list's own area part; local lists put their area code there
NATIONAL_LENGTH = 12
EXACT_DIGITS = 15  # a spreadsheet keeps no more digits of a number

# field: the headings it may stand under; the first is the one we name in messages.
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "platform_item_code": ("平台事项编码", "platform_item_code", "事项编码", "实施编码", "业务办理项编码"),
    "name": ("事项名称", "item_name", "name", "业务办理项名称"),
    "main_item": ("主项名称", "main_item", "主项"),
    "item_type_code": ("事项类型编码", "item_type_code", "类型编码"),
    "item_type": ("事项类型", "item_type", "类型"),
    "basic_code": ("基本编码", "basic_code"),
    "area_code": ("行政区划代码", "area_code12", "area_code", "区划代码"),
    "org_code": ("机构代码", "org_uscc_in_code", "org_code", "实施主体编码", "统一社会信用代码"),
    "department": ("单位", "department", "部门", "实施主体", "实施部门", "主管部门"),
    "approval_department": ("行政审批部门", "approval_department", "审批部门"),
    "result_name": ("办理结果名称", "result_name", "办理结果", "结果名称"),
    "service_object": ("服务对象", "service_object"),
}
REQUIRED = ("platform_item_code", "name", "department")
LIMITS = {
    "platform_item_code": 120,
    "name": 500,
    "main_item": 500,
    "basic_code": 40,
    "area_code": 12,
    "org_code": 40,
    "department": 120,
    "approval_department": 120,
    "result_name": 200,
    "service_object": 100,
}
NO_DEPARTMENT = "未注明单位"


class HeaderUnusable(Exception):
    """The header lacks columns without which no row can come in; the text names them in Chinese."""


@dataclass(frozen=True)
class Finding:
    """Something to tell about a cell: where it stands, how grave it is, what is wrong."""

    row: int
    cell: str
    column: str
    level: str
    kind: str
    message: str

    def __str__(self) -> str:
        return f"第{self.row}行 {self.cell} {self.column}：{self.message}（{LEVELS[self.level]}）"


@dataclass(frozen=True)
class ParsedRow:
    """Values of a row, ready for an item, and what there is to tell about it. Refused rows have no values."""

    number: int
    values: dict[str, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    @property
    def refused(self) -> bool:
        return any(finding.level == REFUSED for finding in self.findings)


def columns_of(header: Sequence[str]) -> dict[str, int]:
    """Which column holds which field. Raises ``HeaderUnusable`` for missing or doubled columns."""
    spelled = [re.sub(r"[\s*（()）]", "", title).lower() for title in header]
    columns: dict[str, int] = {}
    for name, titles in HEADINGS.items():
        for title in titles:
            found = [position for position, text in enumerate(spelled) if text == title.lower()]
            if len(found) > 1:
                cells = "、".join(f"{column_letter(position)}1" for position in found)
                raise HeaderUnusable(f"表头重复：{cells}都是“{title}”，请只保留一列。")
            if found and found[0] not in columns.values():
                columns[name] = found[0]
                break
    missing = [HEADINGS[name][0] for name in REQUIRED if name not in columns]
    if missing:
        seen = "、".join(title for title in header if title) or "（空）"
        raise HeaderUnusable(f"表头缺少：{'、'.join(missing)}。文件第1行现有：{seen}")
    return columns


class Tell(Protocol):
    """The function that notes a finding about a field of the row at hand."""

    def __call__(self, name: str, level: str, kind: str, message: str) -> None: ...


def parse_row(row: TableRow, columns: Mapping[str, int]) -> ParsedRow:
    """The values of ``row`` for the columns that the file has, and its findings."""
    raw = {name: row.cells[at] if at < len(row.cells) else "" for name, at in columns.items()}
    told: list[Finding] = []

    def tell(name: str, level: str, kind: str, message: str) -> None:
        cell = f"{column_letter(columns[name])}{row.number}"
        told.append(Finding(row.number, cell, HEADINGS[name][0], level, kind, message))

    _check_key(raw, tell)
    if told:
        return ParsedRow(row.number, {}, tuple(told))
    values = {name: text for name, text in raw.items() if name not in ("item_type", "item_type_code")}
    _check_lengths(values, tell)
    if not values["department"]:
        values["department"] = NO_DEPARTMENT
        tell("department", WARNING, "no_department", f"没有单位，暂记为“{NO_DEPARTMENT}”")
    _check_type(raw, values, tell)
    _check_codes(values, tell)
    return ParsedRow(row.number, values, tuple(told))


def _check_key(raw: Mapping[str, str], tell: Tell) -> None:
    """Without platform code or name a row cannot come in, nor with a code too long to be kept whole."""
    for name in ("platform_item_code", "name"):
        if not raw[name]:
            tell(name, REFUSED, "empty", "不能为空，本行未导入")
    size = LIMITS["platform_item_code"]
    if len(raw["platform_item_code"]) > size:
        tell("platform_item_code", REFUSED, "too_long", f"超过{size}个字符，本行未导入")


def _check_lengths(values: dict[str, str], tell: Tell) -> None:
    for name, size in LIMITS.items():
        if len(values.get(name, "")) > size:
            values[name] = values[name][:size]
            tell(name, WARNING, "too_long", f"超过{size}个字符，只保留前{size}个")


def _check_type(raw: Mapping[str, str], values: dict[str, str], tell: Tell) -> None:
    """The item type by code, else by name; unknown ones become 其他行政权力 with a warning."""
    if "item_type" not in raw and "item_type_code" not in raw:
        return
    labels = {label: value for value, label in ItemType.choices}
    code, label = raw.get("item_type_code", ""), raw.get("item_type", "")
    by_code = code.zfill(2) if code.zfill(2) in ItemType.values else ""
    by_label = labels.get(label) or (label.zfill(2) if label.zfill(2) in ItemType.values else "")
    values["item_type"] = by_code or by_label or ItemType.OTHER.value
    column = "item_type_code" if "item_type_code" in raw else "item_type"
    if not by_code and not by_label:
        tell(column, WARNING, "type", f"事项类型“{code or label}”无法识别，暂记为“{ItemType.OTHER.label}”")
    elif by_code and by_label and by_code != by_label:
        tell(column, WARNING, "type", f"编码{code}与名称“{label}”不一致，按编码导入")


def _check_codes(values: Mapping[str, str], tell: Tell) -> None:
    """Organisation code by form and check character; the basic code only when it is a national one."""
    if "org_code" in values:
        code = values["org_code"]
        if not uscc_well_formed(code):
            shown = f"“{code}”不是" if code else "为空，应为"
            tell("org_code", WARNING, "org_malformed", f"{shown}18位统一社会信用代码，按原样保留")
        elif not uscc_ok(code):
            tell("org_code", WARNING, "org_check", f"“{code}”的校验码不正确，按原样保留")
    code = values["platform_item_code"]
    if len(code) > EXACT_DIGITS and code.isdecimal() and code.endswith("0"):
        tell(
            "platform_item_code",
            WARNING,
            "as_number",
            "长数字可能按数值存储而失去末几位，请核对并将该列设为文本",
        )
    basic = values.get("basic_code", "")
    if basic.isdecimal() and basic.startswith(NATIONAL_PREFIX) and len(basic) != NATIONAL_LENGTH:
        tell(
            "basic_code",
            WARNING,
            "basic_code",
            f"全国统一的基本编码应为{NATIONAL_LENGTH}位，现为{len(basic)}位",
        )
