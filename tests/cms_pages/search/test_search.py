"""/search/ finds Chinese words inside titles and text on both engines."""

import pytest
from django.core.management import call_command
from django.test import Client

from cms_pages.models import GuidePage, PolicyPage, ServiceItem
from cms_pages.search import service
from cms_pages.site import guide_index
from portal.accounts.models import Department

pytestmark = pytest.mark.django_db

NAMES = (
    "食品经营许可（新办）",
    "公共场所卫生许可",
    "房屋建筑工程现场踏勘服务",
    "机动车驾驶证换发",
    "A级旅游景区质量等级评定",
    "烟花爆竹经营（零售）许可",
)


@pytest.fixture(scope="module")
def filled(site: None) -> None:
    """Six items with published guides, one more whose guide is a draft, and the measure."""
    index = guide_index()
    office = Department.objects.create(code="office", name="示例市商务局")
    for number, name in enumerate((*NAMES, "尚未公开的食品事项")):
        item = ServiceItem.objects.create(platform_item_code=f"SL-{number}", name=name, department=office)
        page = GuidePage(title=name, slug=f"sl-{number}", item=item, live=number < len(NAMES))
        index.add_child(instance=page)
    call_command("update_index", verbosity=0)


@pytest.fixture
def shelf(filled: None, db: None) -> list[ServiceItem]:
    """The items of the filled site."""
    return list(ServiceItem.objects.order_by("pk"))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("许可", {NAMES[0], NAMES[1], NAMES[5]}),
        ("踏勘", {NAMES[2]}),
        ("食品经营", {NAMES[0]}),
        ("证", {NAMES[3]}),
        ("A级", {NAMES[4]}),
        ("ａ级", {NAMES[4]}),
        ("经营零售", {NAMES[5]}),
        ("卫生 许可", {NAMES[1]}),
        ("商务", set(NAMES)),
    ],
)
def test_it_finds_words_inside_titles_and_related_text(
    shelf: list[ServiceItem], query: str, expected: set[str]
) -> None:
    found = service.search(query, "guide")
    assert expected <= {hit.title for hit in found.hits}
    assert service.count(query, "guide") == len(expected)


def test_it_finds_words_in_the_text_of_a_policy(shelf: list[ServiceItem]) -> None:
    hits = service.search("联合踏勘联系单", "policy").hits
    assert [type(hit) for hit in hits] == [PolicyPage]


def test_it_puts_a_title_before_a_text(shelf: list[ServiceItem]) -> None:
    GuidePage.objects.filter(title=NAMES[1]).update(summary="另见食品经营")
    call_command("update_index", verbosity=0)
    assert [hit.title for hit in service.search("食品经营", "guide").hits] == [NAMES[0], NAMES[1]]


def test_it_falls_back_to_half_of_the_words(shelf: list[ServiceItem]) -> None:
    found = service.search("食品经营登记", "guide")
    assert found.loose
    assert found.hits[0].title == NAMES[0]


def test_it_never_shows_a_draft(shelf: list[ServiceItem]) -> None:
    assert all(hit.live for hit in service.search("食品", "guide").hits)


def test_it_follows_a_change_without_a_rebuild(shelf: list[ServiceItem]) -> None:
    item = shelf[0]
    item.name = "小作坊登记"
    item.save()
    assert [hit.pk for hit in service.search("小作坊", "item").hits] == [item.pk]
    assert item.pk not in [hit.pk for hit in service.search("食品经营许可", "item").hits]
    pk = item.pk
    item.guide.delete()
    item.delete()
    assert pk not in [hit.pk for hit in service.search("小作坊", "item").hits]


@pytest.mark.parametrize("query", ["", "  ", '"', "'", "%", "*", "()", "AND", "食" * 500, "<b>"])
def test_it_answers_odd_queries_with_a_page(client: Client, shelf: list[ServiceItem], query: str) -> None:
    response = client.get("/search/", {"q": query})
    assert response.status_code == 200


def test_its_page_shows_counts_of_every_kind(client: Client, shelf: list[ServiceItem]) -> None:
    text = client.get("/search/", {"q": "踏勘"}).content.decode()
    assert "办事指南" in text
    assert NAMES[2] in text


@pytest.mark.parametrize("kind", list(service.KINDS))
def test_its_queries_do_not_grow_with_the_hits(
    client: Client, shelf: list[ServiceItem], django_assert_max_num_queries, kind: str
) -> None:
    client.get("/search/", {"q": "许可", "kind": kind})
    with django_assert_max_num_queries(20):
        client.get("/search/", {"q": "许可", "kind": kind})
