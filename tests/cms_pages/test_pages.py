"""The public pages: what they say, what they never say, and what they cost."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db.models import ProtectedError
from django.test import Client
from django.utils import timezone
from wagtail.models import Page, Site

from cms_pages.catalogue.codes import ItemState
from cms_pages.catalogue.models import ServiceItem
from cms_pages.models import GuidePage, HomePage, PolicyIndexPage, PolicyPage
from cms_pages.models.guides import slug_of
from cms_pages.site import ensure_site, guide_index
from tests import cast as people

SECTIONS = ("/", "/guides/", "/items/", "/joint-items/", "/policies/")
MOST_QUERIES = 10  # of a section
MOST_QUERIES_BELOW = 11  # of a page below a section: one more step down the tree


def text_of(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def bulk_items(cast, number: int) -> list[ServiceItem]:
    rows = [
        ServiceItem(
            platform_item_code=f"bulk-{index}",
            name=f"批量示例事项{index}",
            department=cast.elsewhere,
            item_type="07" if index % 2 else "01",
        )
        for index in range(number)
    ]
    return ServiceItem.objects.bulk_create(rows)


# -- the tree -----------------------------------------------------------------


def test_the_tree_is_made_once(home):
    before = list(Page.objects.order_by("pk").values())
    assert ensure_site("http://testserver") == home
    assert list(Page.objects.order_by("pk").values()) == before
    assert HomePage.objects.count() == 1
    assert Page.find_problems() == ([], [], [], [], [])


def test_the_site_follows_its_address(home):
    ensure_site("https://linkage.example.test")
    site = Site.objects.get(is_default_site=True)
    assert (site.hostname, site.port, site.root_page_id) == ("linkage.example.test", 443, home.pk)


def test_what_an_editor_wrote_stays(home):
    PolicyPage.objects.update(summary="编辑写的摘要")
    ensure_site("http://testserver")
    assert PolicyPage.objects.get().summary == "编辑写的摘要"


@pytest.mark.parametrize("path", SECTIONS)
def test_sections_open_for_anyone_under_the_strict_policy(home, client: Client, path: str):
    response = client.get(path)
    assert response.status_code == 200
    assert "script-src 'self'; style-src 'self'" in response["Content-Security-Policy"]


@pytest.mark.parametrize("path", SECTIONS)
def test_sections_cost_a_bounded_number_of_queries(
    home, cast, make_guide, client: Client, path: str, django_assert_max_num_queries
):
    for number in range(6):
        make_guide(people.item(cast, code=f"460400-{number}"))
    bulk_items(cast, 40)
    client.get(path)  # the site's own caches
    with django_assert_max_num_queries(MOST_QUERIES):
        client.get(path)


# -- guides -------------------------------------------------------------------


def test_a_complete_guide_says_everything_and_how_to_apply(cast, make_guide, client: Client):
    cast.approver.complaint_phone = "0898-11111111"
    cast.approver.save()
    cast.competent.complaint_phone = "0898-22222222"
    cast.competent.save()
    page = make_guide(people.item(cast), conditions="<p>有固定的经营场所</p>")
    text = text_of(client, page.url)
    assert page.url == "/guides/460400-000100/"
    for words in (
        '<span class="fact-strip__numeral">8</span> 工作日',
        '<span class="fact-strip__numeral">20</span> 工作日',
        "（示例）",
        "场所平面图",
        "非必要",
        "《中华人民共和国食品安全法》第三十五条",
        cast.unit_a.name,
        "2个工作日",
        cast.competent.name,
        cast.enforcement.name,
        "0898-11111111",
        "0898-22222222",
        "有固定的经营场所",
        "到综合窗口提交申请",
        "第1版",
    ):
        assert words in text
    assert "暂不接受" not in text


def test_a_bare_guide_says_what_is_missing_and_invents_nothing(cast, make_guide, client: Client):
    bare = ServiceItem.objects.create(
        platform_item_code="b-1", name="示例空白事项", department=cast.elsewhere
    )
    text = text_of(client, make_guide(bare).url)
    missing = "办理时限、设定依据、申请材料、监管部门、审批部门"
    assert f"本事项暂不接受网上/窗口申请登记：缺少{missing}" in text
    assert "到综合窗口提交申请" not in text
    assert "工作日</dd>" not in text
    assert text.count("待补充") >= 12
    assert "特殊环节" not in text


def test_readers_see_the_frozen_version_until_the_guide_is_published_again(cast, make_guide, client: Client):
    item = people.item(cast)
    page = make_guide(item)
    item.materials.all().delete()
    ServiceItem.objects.filter(pk=item.pk).update(name="改名后的示例许可")
    text = text_of(client, page.url)
    assert "场所平面图" in text
    assert "改名后的示例许可" not in text
    page.save_revision().publish()
    text = text_of(client, page.url)
    assert "场所平面图" not in text
    assert "改名后的示例许可" in text
    assert "缺少申请材料" in text


def test_publishing_freezes_with_the_name_of_the_publisher(cast, make_guide):
    page = make_guide(people.item(cast), live=False)
    assert page.item.guide_versions.count() == 0
    page.save_revision(user=cast.editor).publish()
    assert page.item.guide_versions.get().published_by == "示例编辑"


def test_a_draft_is_not_found(cast, make_guide, client: Client):
    page = make_guide(people.item(cast), live=False)
    assert client.get(page.url).status_code == 404
    assert page.title not in text_of(client, "/guides/")


@pytest.mark.parametrize("withdraw", ["unpublish", "delete"])
def test_a_withdrawn_guide_takes_no_applications_until_it_is_published_again(cast, make_guide, withdraw: str):
    page = make_guide(people.item(cast))
    made, frozen = page.item, page.item.guide_versions.get()
    assert frozen.current
    getattr(page, withdraw)()
    frozen.refresh_from_db()
    assert not frozen.current
    again = make_guide(made) if withdraw == "delete" else page
    again.save_revision().publish()
    assert made.guide_versions.get(current=True).sha256 == frozen.sha256


def test_a_suspended_item_says_so_at_once(cast, make_guide, client: Client):
    item = people.item(cast)
    page = make_guide(item)
    ServiceItem.objects.filter(pk=item.pk).update(state=ItemState.SUSPENDED)
    text = text_of(client, page.url)
    assert "本事项目前暂停或已取消办理" in text
    assert "到综合窗口提交申请" not in text


def test_a_guide_past_its_review_day_says_so(cast, make_guide, client: Client):
    page = make_guide(people.item(cast), review_by=timezone.localdate() - timedelta(days=1))
    assert "本指南已过核对日期" in text_of(client, page.url)


def test_a_transferred_item_shows_batch_day_and_former_department(cast, make_guide, client: Client):
    item = people.item(cast)
    ServiceItem.objects.filter(pk=item.pk).update(
        transferred=True,
        transfer_batch="第一批",
        transferred_on=date(2021, 3, 1),
        transferred_from=cast.competent,
    )
    text = text_of(client, make_guide(ServiceItem.objects.get(pk=item.pk)).url)
    for words in ("第一批", "2021-03-01", f"原实施部门：{cast.competent.name}"):
        assert words in text


def test_an_item_that_is_not_joint_shows_no_special_step(cast, make_guide, client: Client):
    page = make_guide(people.item(cast, joint=False))
    assert "特殊环节" not in text_of(client, page.url)


def test_a_guide_costs_a_bounded_number_of_queries(
    cast, make_guide, client: Client, django_assert_max_num_queries
):
    page = make_guide(people.item(cast))
    client.get(page.url)
    with django_assert_max_num_queries(MOST_QUERIES_BELOW):
        client.get(page.url)


@pytest.mark.parametrize(
    ("code", "slug"),
    [
        ("460400-510117001000-00", "460400-510117001000-00"),
        ("511Z07001006-N-1-00", "511z07001006-n-1-00"),
        ("琼A 1", "u743c-a-1"),
        ("///", "item"),
    ],
)
def test_a_guide_is_addressed_by_its_platform_code_in_ascii(code: str, slug: str):
    assert slug_of(code) == slug


def test_the_guide_list_is_filtered_by_address(cast, make_guide, client: Client):
    make_guide(people.item(cast, name="示例食品经营许可", code="f-1"))
    make_guide(people.item(cast, name="示例办学许可", code="f-2"))
    text = text_of(client, "/guides/?q=食品")
    assert "示例食品经营许可" in text
    assert "示例办学许可" not in text
    assert "共 1 份指南" in text
    assert "没有符合条件" in text_of(client, "/guides/?q=食品&department=elsewhere")
    assert "共 2 份指南" in text_of(client, "/guides/?department=approval&type=01")


# -- lists --------------------------------------------------------------------


def test_the_item_list_is_paged_and_filtered(home, cast, client: Client):
    bulk_items(cast, 45)
    first = text_of(client, "/items/")
    assert "共 45 个事项" in first
    assert "第 1 / 3 页" in first
    assert text_of(client, "/items/?page=3").count('<th scope="row"') == 5
    assert "共 22 个事项" in text_of(client, "/items/?type=07")
    assert "共 1 个事项" in text_of(client, "/items/?q=bulk-7")  # a whole code
    assert "共 6 个事项" in text_of(client, "/items/?q=事项4")  # 4, 40 … 44
    assert "没有符合条件的事项" in text_of(client, "/items/?department=window")


@pytest.mark.parametrize("page", ["0", "-1", "999999999999", "x", "", "٣"])
def test_any_page_number_is_answered(home, cast, client: Client, page: str):
    bulk_items(cast, 3)
    assert "共 3 个事项" in text_of(client, f"/items/?page={page}")


def test_paging_keeps_the_filters(home, cast, client: Client):
    bulk_items(cast, 45)
    assert "?type=07&amp;page=2" in text_of(client, "/items/?type=07")


def test_the_list_can_show_transferred_items_alone(home, cast, client: Client):
    bulk_items(cast, 2)
    ServiceItem.objects.filter(name="批量示例事项1").update(transferred=True, transfer_batch="第一批")
    text = text_of(client, "/items/?transferred=1")
    assert "共 1 个事项" in text
    assert "已划转 第一批" in text


def test_abolished_items_are_not_listed(home, cast, client: Client):
    bulk_items(cast, 2)
    ServiceItem.objects.filter(name="批量示例事项1").update(state=ItemState.ABOLISHED)
    assert "批量示例事项1" not in text_of(client, "/items/")


def test_an_item_links_to_its_guide_only_when_that_is_published(cast, make_guide, client: Client):
    page = make_guide(people.item(cast), live=False)
    assert f'href="{page.url}"' not in text_of(client, "/items/")
    page.save_revision().publish()
    assert f'href="{page.url}"' in text_of(client, "/items/")


def test_the_joint_list_names_units_limits_and_reason(home, cast, client: Client):
    people.item(cast)
    people.item(cast, name="示例单独审批事项", code="solo", joint=False)
    text = text_of(client, "/joint-items/")
    assert f"{cast.unit_a.name}：3个工作日（审查消防安全条件）" in text
    assert "涉及消防与环保专业审查" in text
    assert "示例单独审批事项" not in text


def test_a_unit_that_has_left_is_not_listed(home, cast, client: Client):
    item = people.item(cast)
    item.joint_units.filter(department=cast.unit_a).update(valid_to=date(2023, 1, 1))
    assert cast.unit_a.name not in text_of(client, "/joint-items/")


# -- policies -----------------------------------------------------------------


@pytest.fixture
def measure(home) -> PolicyPage:
    return PolicyPage.objects.get()


def test_the_measure_is_a_policy_page_with_its_metadata_in_order(measure, client: Client):
    text = text_of(client, "/policies/danfuban-2022-44/")
    labels = ("标题", "索引号", "分类", "发文机关", "成文日期", "文号", "发布日期", "时效性")
    places = [text.index(f"<dt>{label}</dt>") for label in labels]
    assert places == sorted(places)
    assert "儋府办〔2022〕44号" in text
    assert "2022-09-25" in text


def test_every_article_and_point_of_the_measure_can_be_cited(measure, client: Client):
    text = text_of(client, "/policies/danfuban-2022-44/")
    for number in range(1, 16):
        assert f'id="article-{number}"' in text
    point = text.index('id="article-8-2"')
    assert "应在1个工作日内通过OA邮箱将踏勘人员名单报行政审批部门" in text[point : point + 400]
    assert text.count('id="article-6-') == 10
    assert 'href="#article-9"' in text


def test_anchors_are_unique(measure, client: Client):
    text = text_of(client, "/policies/danfuban-2022-44/")
    ids = [part.split('"', 1)[0] for part in text.split(' id="')[1:]]
    assert len(ids) == len(set(ids))


def policy(title: str, **fields: object) -> PolicyPage:
    page = PolicyPage(
        title=title,
        slug=f"p-{PolicyPage.objects.count()}",
        issuer="示例机关",
        written_on=date(2026, 1, 1),
        issued_on=date(2026, 1, 2),
        **fields,
    )
    index = PolicyIndexPage.objects.get()
    index.add_child(instance=page)
    page.save_revision().publish()
    return page


def test_a_policy_and_its_interpretation_link_to_each_other(measure, client: Client):
    other = policy("示例政策解读", interprets=measure)
    assert f'href="{other.url}"' in text_of(client, measure.url)
    assert f'href="{measure.url}"' in text_of(client, other.url)


def test_a_repealed_policy_shows_a_banner_and_its_successor(measure, client: Client):
    newer = policy("示例新办法")
    measure.validity, measure.successor = "repealed", newer
    measure.save_revision().publish()
    text = text_of(client, measure.url)
    assert "本文件已废止，仅供查阅" in text
    assert f'href="{newer.url}"' in text


@pytest.mark.parametrize(
    "typed", ["儋府办〔2022〕44号", "儋府办[2022]44号", "儋府办（2022）44号", "儋府办 2022 44号"]
)
def test_a_document_number_is_found_whatever_its_brackets(measure, client: Client, typed: str):
    policy("示例另一文件", document_number="示府办〔2022〕1号")
    response = client.get("/policies/", {"q": typed})
    assert "共 1 份文件" in response.content.decode()
    assert measure.title in response.content.decode()


def test_home_lists_the_newest_policies_first(measure, client: Client):
    newer = policy("示例新办法")
    text = text_of(client, "/")
    assert text.index(newer.title) < text.index(measure.title)


def test_a_policy_costs_a_bounded_number_of_queries(measure, client: Client, django_assert_max_num_queries):
    client.get(measure.url)
    with django_assert_max_num_queries(MOST_QUERIES_BELOW):
        client.get(measure.url)


def test_an_item_has_one_guide_and_keeps_it(cast, make_guide):
    item = people.item(cast)
    make_guide(item)
    with pytest.raises(ValidationError, match="事项"):
        guide_index().add_child(instance=GuidePage(title="又一份", slug="again", item=item))
    with pytest.raises(ProtectedError):
        item.delete()


@pytest.mark.parametrize("live", [True, False])
def test_pages_with_chinese_titles_get_an_address_of_their_own(home, live: bool):
    index = PolicyIndexPage.objects.get()
    fields = {"issuer": "示例机关", "written_on": date(2026, 1, 5), "issued_on": date(2026, 1, 6)}
    pages = [PolicyPage(title="关于示例的通知", live=live, **fields) for _ in range(2)]
    for page in pages:
        index.add_child(instance=page)
    assert all(page.slug.startswith("policy-") for page in pages)
    assert pages[0].slug != pages[1].slug
