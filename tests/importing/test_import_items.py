"""``import_items``: what comes in, what stays out, and that a second run changes nothing."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from wagtail.models import Page

from cms_pages.catalogue.codes import ItemType
from cms_pages.catalogue.models import ServiceItem
from cms_pages.importing.models import ImportBatch
from cms_pages.models import GuidePage
from portal.accounts.models import Department
from portal.accounts.roles import DepartmentKind
from tests.importing.conftest import HEADER, row

pytestmark = pytest.mark.usefixtures("tree")


def run(path: Path, *options: str) -> str:
    out = StringIO()
    call_command("import_items", str(path), *options, stdout=out)
    return out.getvalue()


def everything() -> tuple[object, ...]:
    """What an import could touch, for comparing before and after."""
    return (
        list(ServiceItem.objects.order_by("pk").values()),
        list(Department.objects.order_by("pk").values()),
        list(ImportBatch.objects.order_by("pk").values()),
        list(Page.objects.order_by("pk").values()),
    )


def test_it_brings_items_departments_and_draft_guides(csv_file):
    said = run(csv_file([row(1), row(2)]), "--by", "示例编辑")
    assert "已新增 2 个事项" in said
    item = ServiceItem.objects.get(platform_item_code="460400-000001-00")
    assert (item.name, item.item_type) == ("示例许可事项1", ItemType.PERMIT)
    assert item.department.name == "示例市市场监督管理局"
    assert item.department.kind == DepartmentKind.OTHER
    assert item.approval_department is None  # never invented
    assert item.guide.live is False
    assert item.guide.slug == "460400-000001-00"
    batch = ImportBatch.objects.get()
    assert (batch.rows, batch.created, batch.imported_by) == (2, 2, "示例编辑")
    assert Page.find_problems() == ([], [], [], [], [])


def test_a_guide_made_in_bulk_is_like_one_made_by_hand(csv_file):
    run(csv_file([row(1)]))
    page = GuidePage.objects.get()
    assert page.url_path == "/home/guides/460400-000001-00/"
    assert page.get_parent().numchild == 1
    page.save_revision().publish()  # an editor can go on with it
    page.refresh_from_db()
    assert page.live


def test_a_known_department_is_used(csv_file):
    known = Department.objects.create(code="market", name="示例市市场监督管理局")
    run(csv_file([row(1)]))
    assert ServiceItem.objects.get().department == known
    assert Department.objects.count() == 1


def test_a_dry_run_writes_nothing(csv_file):
    before = everything()
    said = run(csv_file([row(1)]), "--dry-run")
    assert everything() == before
    assert "将新增 1 个事项" in said
    assert "没有写入任何内容" in said


def test_a_second_run_changes_nothing_and_says_so(csv_file):
    path = csv_file([row(1), row(2, 机构代码="123"), row(3, 平台事项编码="")])
    run(path)
    before = everything()
    said = run(path)
    assert everything() == before
    assert "全部未变（2 个事项，未导入 1 行），没有写入任何内容" in said


def test_the_same_rows_in_another_order_change_nothing(csv_file):
    rows = [row(1), row(2, 事项名称="示例许可事项1"), row(3, 机构代码="123")]
    run(csv_file(rows))
    before = everything()
    run(csv_file(rows[::-1]))
    assert everything() == before


def test_a_changed_row_updates_its_item_and_the_untouched_draft(csv_file):
    run(csv_file([row(1), row(2)]))
    said = run(csv_file([row(1, 事项名称="改名后的示例许可"), row(2)]))
    assert "已更新 1 个，未变 1 个" in said
    item = ServiceItem.objects.get(platform_item_code="460400-000001-00")
    assert item.name == item.guide.title == "改名后的示例许可"


def test_a_changed_name_leaves_a_guide_alone_that_an_editor_has_worked_on(csv_file):
    run(csv_file([row(1)]))
    page = GuidePage.objects.get()
    page.title = "编辑写的标题"
    page.save_revision()
    run(csv_file([row(1, 事项名称="改名后的示例许可")]))
    assert GuidePage.objects.get().get_latest_revision_as_object().title == "编辑写的标题"


def test_it_never_empties_what_an_editor_filled_in(csv_file):
    header = (*HEADER, "行政审批部门", "办理结果名称")
    run(csv_file([(*row(1), "示例市行政审批服务局", "示例许可证")], header))
    run(csv_file([(*row(1), "", "")], header))
    run(csv_file([row(1)]))  # a file without these columns says nothing about them
    item = ServiceItem.objects.get()
    assert item.approval_department.name == "示例市行政审批服务局"
    assert item.result_name == "示例许可证"


def test_a_flawed_row_keeps_its_warning_on_the_item_and_in_the_batch(csv_file):
    said = run(csv_file([row(1, 机构代码="2222222222222"), row(2, 机构代码="11370800MB28559185")]))
    assert "机构代码格式不符 1 个，校验码错误 1 个" in said
    item = ServiceItem.objects.get(platform_item_code="460400-000001-00")
    assert item.org_code == "2222222222222"
    assert item.warnings == ["机构代码：“2222222222222”不是18位统一社会信用代码，按原样保留"]
    assert [finding["cell"] for finding in ImportBatch.objects.get().findings] == ["G2", "G3"]


def test_only_a_row_without_code_or_name_stays_out(csv_file):
    said = run(csv_file([row(1, 平台事项编码=""), row(2, 事项名称=""), row(3)]))
    assert "未导入 2 行" in said
    assert "第2行 E2 平台事项编码：不能为空，本行未导入（未导入）" in said
    assert ServiceItem.objects.count() == 1


def test_a_repeated_code_counts_once_and_the_last_row_holds(csv_file):
    run(csv_file([row(1), row(2, 平台事项编码="460400-000001-00", 事项名称="后来的名称")]))
    item = ServiceItem.objects.get()
    assert item.name == "后来的名称"
    assert "编码在本文件中重复" in item.warnings[0]


def test_repeated_names_are_counted_and_both_come_in(csv_file):
    said = run(csv_file([row(1), row(2, 事项名称="示例许可事项1"), row(3)]))
    assert "重复名称 1 个" in said
    assert ServiceItem.objects.filter(name="示例许可事项1").count() == 2


def test_codes_that_give_the_same_address_get_two_addresses(csv_file):
    run(csv_file([row(1, 平台事项编码="A-1"), row(2, 平台事项编码="a_1")]))
    assert set(GuidePage.objects.values_list("slug", flat=True)) == {"a-1", "a-1-2"}


def test_an_item_without_guide_gets_one(csv_file):
    path = csv_file([row(1)])
    run(path)
    GuidePage.objects.get().delete()
    run(path)
    assert ServiceItem.objects.get().guide.live is False


def test_it_reads_xlsx_with_numbers_as_text(xlsx_file):
    cells = list(row(1))
    cells[2] = 1  # item type code stored as a number
    run(xlsx_file([cells]))
    assert ServiceItem.objects.get().item_type == ItemType.PERMIT


def test_xlsx_and_csv_of_the_same_rows_are_the_same(xlsx_file, csv_file):
    run(xlsx_file([row(1), row(2)]))
    assert "全部未变" in run(csv_file([row(1), row(2)]))


def test_it_reads_what_spreadsheets_in_china_write(csv_file):
    run(csv_file([row(1)], encoding="gb18030"))
    assert ServiceItem.objects.get().name == "示例许可事项1"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"", "没有表头"),
        ("a.csv", "事项名称,单位\n甲,乙\n".encode(), "缺少：平台事项编码"),
        ("a.csv", b"\xff\xfe\xff", "文字编码无法识别"),
        ("a.xlsx", b"not a workbook", "打不开"),
        ("a.docx", b"x", "只能导入"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_chinese(
    tmp_path: Path, name: str, content: bytes, words: str
):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(CommandError, match=words):
        run(path)
    assert not ServiceItem.objects.exists()


def test_a_missing_file_is_refused(tmp_path: Path):
    with pytest.raises(CommandError, match="找不到文件"):
        run(tmp_path / "none.csv")


def test_the_number_of_statements_grows_by_one_guide_row_each(csv_file, django_assert_max_num_queries):
    rows = [row(number) for number in range(1, 151)]
    path = csv_file(rows)
    with django_assert_max_num_queries(len(rows) + 60):
        run(path)


@pytest.mark.realdata
def test_a_real_list_comes_in_whole_and_a_second_run_changes_nothing(real_list: Path):
    said = run(real_list, "--compare")
    assert ServiceItem.objects.count() == GuidePage.objects.count() == 1135
    assert Department.objects.count() == 34
    assert "机构代码格式不符 147 个，校验码错误 7 个，重复名称 2 个" in said
    assert "导入为其" in said
    assert Page.find_problems() == ([], [], [], [], [])
    before = everything()
    assert "全部未变（1135 个事项" in run(real_list)
    assert everything() == before
