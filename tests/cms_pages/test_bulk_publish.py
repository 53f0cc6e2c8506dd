"""``/cms/guides/publish/``: preview, confirm, permission, a version for each."""

import pytest
from django.contrib.messages import get_messages
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from cms_pages.catalogue.models import GuideVersion, ServiceItem
from cms_pages.importing.actions import draft_guides
from cms_pages.models import GuidePage
from cms_pages.publishing import MOST_AT_ONCE, publish_guides, waiting_guides
from cms_pages.site import guide_index
from portal.accounts.groups import sync_groups
from portal.accounts.models import User
from tests import cast as people

ADDRESS = "/cms/guides/publish/"


@pytest.fixture
def drafts(home, cast) -> list[GuidePage]:
    """A complete item and two bare ones, each with a draft guide."""
    items = [
        people.item(cast),
        *(
            ServiceItem.objects.create(
                platform_item_code=f"bare-{number}", name=f"示例空白事项{number}", department=cast.elsewhere
            )
            for number in (1, 2)
        ),
    ]
    return draft_guides(items, guide_index())


@pytest.fixture
def editor(home, cast, sign_in):
    sync_groups(today=people.NOW.date())
    return sign_in(User.objects.get(pk=cast.editor.pk))


def text_of(client, **filters: str) -> str:
    response = client.get(ADDRESS, filters)
    assert response.status_code == 200
    return response.content.decode()


def test_the_address_is_as_promised():
    assert reverse("publish_guides") == ADDRESS


def test_the_preview_counts_and_names_what_each_lacks(drafts, editor):
    text = text_of(editor)
    assert "共 3 份待发布" in text
    assert "其中 2 份有缺少的内容" in text
    assert "办理时限、设定依据、申请材料、监管部门、审批部门" in text
    assert GuideVersion.objects.count() == 0


def test_the_preview_is_filtered(drafts, editor):
    assert "共 2 份待发布" in text_of(editor, department="elsewhere")
    assert "共 1 份待发布" in text_of(editor, q="食品")


def test_ticked_guides_are_published_and_frozen_the_others_stay(drafts, editor, client):
    response = editor.post(ADDRESS, {"guide": [drafts[0].pk, drafts[1].pk]})
    assert response.status_code == 302
    assert set(GuidePage.objects.live().values_list("pk", flat=True)) == {drafts[0].pk, drafts[1].pk}
    versions = {version.item_id: version for version in GuideVersion.objects.all()}
    assert versions[drafts[0].item_id].takes_applications
    assert not versions[drafts[1].item_id].takes_applications
    assert {version.published_by for version in versions.values()} == {"示例编辑"}
    assert "暂不接受" in client.get(GuidePage.objects.get(pk=drafts[1].pk).url).content.decode()


def test_the_newest_draft_is_what_gets_published(drafts, editor):
    page = GuidePage.objects.get(pk=drafts[0].pk)
    page.places = "草稿里的窗口"
    page.save_revision()
    editor.post(ADDRESS, {"guide": [page.pk]})
    page.refresh_from_db()
    assert (page.live, page.places) == (True, "草稿里的窗口")


def test_a_guide_published_twice_is_said_to_be_passed_over(drafts, editor):
    editor.post(ADDRESS, {"guide": [drafts[0].pk]})
    response = editor.post(ADDRESS, {"guide": [drafts[0].pk, drafts[1].pk]})
    told = [str(message) for message in get_messages(response.wsgi_request)]
    assert any("已发布 1 份" in text for text in told)
    assert any("另有 1 份" in text for text in told)


def test_a_published_guide_waits_again_when_its_item_changes(drafts, editor, cast):
    editor.post(ADDRESS, {"guide": [page.pk for page in drafts]})
    assert not waiting_guides().exists()
    drafts[0].item.materials.all().delete()
    assert [page.pk for page in waiting_guides()] == [drafts[0].pk]
    assert "内容有修改，未发布" in text_of(editor)
    editor.post(ADDRESS, {"guide": [drafts[0].pk]})
    assert GuideVersion.objects.filter(item=drafts[0].item_id).count() == 2


def test_nothing_ticked_publishes_nothing_and_says_so(drafts, editor):
    response = editor.post(ADDRESS, {})
    assert "没有选择任何指南" in str(next(iter(get_messages(response.wsgi_request))))
    assert not GuidePage.objects.live().exists()


def test_too_many_at_once_are_refused(drafts, editor):
    response = editor.post(ADDRESS, {"guide": list(range(1, MOST_AT_ONCE + 2))})
    assert "分批发布" in str(next(iter(get_messages(response.wsgi_request))))


def test_numbers_that_are_no_guides_are_passed_over(drafts, editor, home):
    response = editor.post(ADDRESS, {"guide": [str(home.pk), "x", "99999"]})
    assert response.status_code == 302
    assert not GuidePage.objects.live().exists()


@pytest.mark.parametrize("who", ["sysadmin", "clerk", "supervisor"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_only_those_who_may_publish_come_in(drafts, editor, cast, sign_in, who: str, method: str):
    own = sign_in(User.objects.get(pk=getattr(cast, who).pk))
    response = getattr(own, method)(ADDRESS, {"guide": [drafts[0].pk]})
    assert response.status_code in (302, 403)
    assert not GuidePage.objects.live().exists()


def test_the_action_itself_refuses_somebody_without_permission(drafts, editor, cast):
    with pytest.raises(PermissionDenied):
        publish_guides([drafts[0].pk], by=User.objects.get(pk=cast.clerk.pk))
    assert not GuidePage.objects.live().exists()


def test_the_preview_costs_a_fixed_number_of_queries(drafts, editor, cast, django_assert_max_num_queries):
    rows = [
        ServiceItem(platform_item_code=f"many-{number}", name=f"示例{number}", department=cast.elsewhere)
        for number in range(40)
    ]
    draft_guides(ServiceItem.objects.bulk_create(rows), guide_index())
    editor.get(ADDRESS)
    with django_assert_max_num_queries(30):
        editor.get(ADDRESS)
