"""What a row means and what is wrong with it, by table."""

import pytest

from cms_pages.catalogue.codes import ItemType
from cms_pages.importing.rules import NO_DEPARTMENT, HeaderUnusable, ParsedRow, columns_of, parse_row
from cms_pages.importing.tables import TableRow, column_letter
from tests.importing.conftest import HEADER, row

COLUMNS = columns_of(HEADER)


def parsed(**changes: str) -> ParsedRow:
    return parse_row(TableRow(5, row(1, **changes)), COLUMNS)


def kinds(found: ParsedRow) -> list[str]:
    return [finding.kind for finding in found.findings]


def test_it_takes_a_sound_row_without_findings():
    found = parsed()
    assert found.findings == ()
    assert found.values["name"] == "示例许可事项1"
    assert found.values["item_type"] == ItemType.PERMIT


@pytest.mark.parametrize(
    ("changes", "kind", "cell"),
    [
        ({"机构代码": "1151130108778239R"}, "org_malformed", "G5"),  # 17 characters
        ({"机构代码": "2222222222222"}, "org_malformed", "G5"),
        ({"机构代码": "11370800mb28559184"}, "org_malformed", "G5"),  # lower case, as written
        ({"机构代码": ""}, "org_malformed", "G5"),
        ({"机构代码": "11370800MB28559185"}, "org_check", "G5"),
        ({"基本编码": "00013100100"}, "basic_code", "F5"),  # national prefix, 11 digits
        ({"事项类型编码": "99", "事项类型": "别的"}, "type", "C5"),
        ({"事项类型编码": "07"}, "type", "C5"),  # code and name differ
        ({"单位": ""}, "no_department", "A5"),
        ({"事项名称": "长" * 501}, "too_long", "B5"),
        ({"平台事项编码": "1" * 19 + "0"}, "as_number", "E5"),
    ],
)
def test_a_flawed_row_comes_in_with_a_warning_at_its_cell(changes: dict[str, str], kind: str, cell: str):
    found = parsed(**changes)
    assert kinds(found) == [kind]
    assert found.findings[0].cell == cell
    assert not found.refused
    assert found.values["platform_item_code"]


@pytest.mark.parametrize("changes", [{"平台事项编码": ""}, {"事项名称": ""}, {"平台事项编码": "x" * 121}])
def test_it_refuses_a_row_without_usable_code_or_name(changes: dict[str, str]):
    found = parsed(**changes)
    assert found.refused
    assert found.values == {}


@pytest.mark.parametrize("code", ["511A0138000000", "G-000007-001", "51200000000001", "", "000131001000"])
def test_local_variants_of_the_basic_code_are_kept_as_they_are(code: str):
    found = parsed(基本编码=code)
    assert kinds(found) == []
    assert found.values["basic_code"] == code


@pytest.mark.parametrize(
    ("code", "label", "expected"),
    [
        ("1", "", ItemType.PERMIT),  # a spreadsheet ate the leading nought
        ("", "行政确认", ItemType.CONFIRMATION),
        ("20", "公共服务", ItemType.PUBLIC_SERVICE),
        ("07", "行政许可", ItemType.CONFIRMATION),
        ("", "别的", ItemType.OTHER),
    ],
)
def test_types_are_read_by_code_then_by_name(code: str, label: str, expected: str):
    assert parsed(事项类型编码=code, 事项类型=label).values["item_type"] == expected


def test_a_finding_reads_as_a_sentence_with_row_and_cell():
    text = str(parsed(机构代码="123").findings[0])
    assert text == "第5行 G5 机构代码：“123”不是18位统一社会信用代码，按原样保留（提示）"


def test_no_department_has_a_name_that_says_so():
    assert parsed(单位="").values["department"] == NO_DEPARTMENT


def test_header_maps_english_and_chinese_titles():
    english = ("department", "item_name", "item_type_code", "platform_item_code", "org_uscc_in_code")
    assert columns_of(english)["name"] == 1
    assert columns_of(("事项名称 *", "平台事项编码", "部门"))["department"] == 2


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (("事项名称", "单位"), "缺少：平台事项编码"),
        (("a", "b"), "缺少：平台事项编码、事项名称、单位"),
        (("事项名称", "事项名称", "平台事项编码", "单位"), "A1、B1都是“事项名称”"),
    ],
)
def test_it_refuses_a_header_it_cannot_use(header: tuple[str, ...], words: str):
    with pytest.raises(HeaderUnusable, match=words):
        columns_of(header)


@pytest.mark.parametrize(("position", "letter"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")])
def test_columns_are_lettered_as_in_a_spreadsheet(position: int, letter: str):
    assert column_letter(position) == letter
