"""An editor, nobody's superuser, completes an imported item at the desk and publishes its guide."""

from decimal import Decimal
from io import StringIO

import pytest
from django.contrib.messages import get_messages
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from cms_pages.catalogue.models import GuideVersion, ServiceItem
from cms_pages.models import GuidePage
from portal.accounts.groups import sync_groups
from portal.accounts.models import User
from tests import cast as people
from tests.cms_pages.editing import complete_rows, item_form, limit_row, save_guide, save_item, unit_row

ITEM_ADD = "wagtailsnippets_cms_pages_serviceitem:add"
ITEM_EDIT = "wagtailsnippets_cms_pages_serviceitem:edit"


@pytest.fixture
def imported(home, cast, tmp_path) -> ServiceItem:
    """An item as an import leaves it: bare, with a draft guide."""
    path = tmp_path / "list.csv"
    path.write_text(
        "单位,事项名称,事项类型编码,平台事项编码\n示例市文化旅游局,示例演出许可,01,460400-77\n", "utf-8"
    )
    call_command("import_items", str(path), stdout=StringIO())
    return ServiceItem.objects.get()


@pytest.fixture
def editor(home, cast, sign_in) -> Client:
    sync_groups(today=people.NOW.date())
    user = User.objects.get(pk=cast.editor.pk)
    assert not user.is_superuser
    return sign_in(user)


def errors_of(response) -> str:
    """The text of a form that came back."""
    assert response.status_code == 200
    return response.content.decode()


def test_from_an_imported_item_to_a_guide_that_takes_applications(imported, cast, editor, client):
    guide = imported.guide
    assert client.get(guide.url).status_code == 404
    assert editor.get(reverse(ITEM_EDIT, args=[imported.pk])).status_code == 200

    saved = save_item(editor, imported, item_form(imported, **complete_rows(cast)))
    assert saved.status_code == 302
    told = "".join(str(message) for message in get_messages(saved.wsgi_request))
    assert reverse("wagtailadmin_pages:edit", args=[guide.pk]) in told
    item = ServiceItem.objects.get()
    assert item.approval_department == cast.approver
    assert [row.department for row in item.joint_units.order_by("pk")] == [cast.unit_a, cast.unit_b]
    assert item.limits.get(kind="promised").amount == Decimal(8)
    assert client.get(guide.url).status_code == 404  # nothing is public before the guide is published

    assert editor.get(reverse("wagtailadmin_pages:edit", args=[guide.pk])).status_code == 200
    assert save_guide(editor, guide, publish=True).status_code == 302
    version = GuideVersion.objects.get(item=item)
    assert version.takes_applications
    assert version.published_by == "示例编辑"
    text = client.get(guide.url).content.decode()
    assert "到综合窗口提交申请" in text
    assert "有固定的经营场所" in text
    assert "不收费" in text


def test_a_draft_of_a_guide_changes_nothing_for_readers(imported, cast, editor, client):
    save_guide(editor, imported.guide, publish=True)
    page = GuidePage.objects.get()
    save_guide(editor, page, publish=False, places="另一处窗口")
    assert "另一处窗口" not in client.get(page.url).content.decode()
    assert GuideVersion.objects.count() == 1


def test_a_guide_can_be_previewed_before_it_is_published(imported, cast, editor):
    page = imported.guide
    save_item(editor, imported, item_form(imported, **complete_rows(cast)))
    save_guide(editor, page, publish=False)
    shown = editor.get(reverse("wagtailadmin_pages:view_draft", args=[page.pk]))
    assert "有固定的经营场所" in shown.content.decode()
    assert "到综合窗口提交申请" in shown.content.decode()


def test_a_new_item_gets_a_draft_guide(home, cast, editor):
    blank = ServiceItem(name="示例新事项", platform_item_code="NEW-1", department=cast.elsewhere)
    assert editor.post(reverse(ITEM_ADD), item_form_of_new(blank)).status_code == 302
    page = GuidePage.objects.get()
    assert (page.title, page.slug, page.live) == ("示例新事项", "new-1", False)


def item_form_of_new(item: ServiceItem) -> dict[str, str]:
    item.save()
    data = item_form(item)
    ServiceItem.objects.filter(pk=item.pk).delete()
    return data


def test_joint_units_need_the_joint_mark(imported, cast, editor):
    data = item_form(imported, joint_units=[unit_row(cast.unit_a.pk, "3")])
    assert "已填联合审批单位，请勾选" in errors_of(save_item(editor, imported, data))
    assert not imported.joint_units.exists()


def test_a_transfer_date_needs_the_transfer_mark(imported, editor):
    data = item_form(imported, transferred_on="2021-03-01")
    assert "已填划转批次或日期" in errors_of(save_item(editor, imported, data))


@pytest.mark.parametrize("formset", ["supervisors", "joint_units", "limits"])
def test_doubled_rows_are_refused_with_words_not_an_error_page(imported, cast, editor, formset):
    rows = complete_rows(cast)
    rows[formset] = [rows[formset][0], rows[formset][0]]
    assert "只填一行" in errors_of(save_item(editor, imported, item_form(imported, **rows)))


def test_an_amount_below_half_a_day_is_refused(imported, editor):
    data = item_form(imported, limits=[limit_row("promised", "0")])
    errors_of(save_item(editor, imported, data))
    assert not imported.limits.exists()


def stored_rows(item: ServiceItem, cast) -> dict:
    """The rows of a saved item as its form shows them: each with its id."""
    rows = complete_rows(cast)
    for name in ("supervisors", "limits", "bases", "materials", "joint_units"):
        stored = {"limits": item.limits.order_by("kind", "-valid_from")}.get(
            name, getattr(item, name).order_by("pk")
        )
        by_key = list(stored)
        if name == "limits":
            by_key = [next(row for row in by_key if row.kind == wanted["kind"]) for wanted in rows[name]]
        rows[name] = [row | {"id": str(found.pk)} for row, found in zip(rows[name], by_key, strict=True)]
    return rows


def test_a_published_limit_is_not_rewritten_a_new_row_follows_it(imported, cast, editor):
    save_item(editor, imported, item_form(imported, **complete_rows(cast)))
    save_guide(editor, imported.guide, publish=True)
    item = ServiceItem.objects.get()
    rows = stored_rows(item, cast)
    rows["limits"][1]["amount"] = "3"
    assert "已随办事指南发布，不能修改或删除" in errors_of(save_item(editor, item, item_form(item, **rows)))
    assert item.limits.get(kind="promised").amount == Decimal(8)

    rows["limits"][1]["amount"] = "8"
    rows["limits"].append(limit_row("promised", "5", "2026-01-01"))
    assert save_item(editor, item, item_form(item, **rows)).status_code == 302
    amounts = set(item.limits.filter(kind="promised").values_list("amount", flat=True))
    assert amounts == {Decimal(8), Decimal(5)}


def test_a_limit_not_published_yet_may_be_put_right(imported, cast, editor):
    save_item(editor, imported, item_form(imported, **complete_rows(cast)))
    item = ServiceItem.objects.get()
    rows = stored_rows(item, cast)
    rows["limits"][1]["amount"] = "6"
    assert save_item(editor, item, item_form(item, **rows)).status_code == 302
    assert item.limits.get(kind="promised").amount == Decimal(6)


def test_the_item_form_shows_what_the_import_found(imported, editor):
    ServiceItem.objects.update(warnings=["机构代码：“1”不是18位统一社会信用代码，按原样保留"])
    text = editor.get(reverse(ITEM_EDIT, args=[imported.pk])).content.decode()
    assert "导入时发现以下问题" in text
    assert "按原样保留" in text


def test_lists_and_reports_open(imported, editor):
    batch = imported.batch
    for name, args in (
        ("wagtailadmin_home", []),
        ("wagtailsnippets_cms_pages_serviceitem:list", []),
        ("wagtailsnippets_cms_pages_importbatch:list", []),
        ("wagtailsnippets_cms_pages_importbatch:inspect", [batch.pk]),
        ("wagtailsnippets_accounts_department:list", []),
    ):
        assert editor.get(reverse(name, args=args)).status_code == 200
    assert (
        "示例演出许可" in editor.get(reverse("wagtailsnippets_cms_pages_serviceitem:list")).content.decode()
    )


def test_an_item_is_found_in_the_admin_by_a_word_inside_its_name(imported, editor):
    address = reverse("wagtailsnippets_cms_pages_serviceitem:list")
    assert "示例演出许可" in editor.get(address, {"q": "演出"}).content.decode()
    assert "示例演出许可" not in editor.get(address, {"q": "办学"}).content.decode()


# -- refused ------------------------------------------------------------------


@pytest.mark.parametrize("who", ["clerk", "handler", "chief", "supervisor", "auditor", "stranger"])
def test_others_do_not_enter_the_editors_desk(imported, cast, editor, sign_in, who: str):
    own = sign_in(User.objects.get(pk=getattr(cast, who).pk))
    before = ServiceItem.objects.values().get()
    for response in (
        own.get(reverse("wagtailadmin_home")),
        save_item(own, imported, item_form(imported, name="被改的名称")),
        save_guide(own, imported.guide, publish=True),
    ):
        assert response.status_code in (302, 403)
    assert ServiceItem.objects.values().get() == before
    assert GuidePage.objects.get().live is False


def test_an_editor_neither_deletes_an_item_nor_rewrites_a_batch(imported, editor):
    editor.post(reverse("wagtailsnippets_cms_pages_serviceitem:delete", args=[imported.pk]))
    assert ServiceItem.objects.filter(pk=imported.pk).exists()
    refused = editor.get(reverse("wagtailsnippets_cms_pages_importbatch:edit", args=[imported.batch_id]))
    assert refused.status_code == 302
    assert refused.url == reverse("wagtailadmin_home")


def test_a_stranger_is_asked_to_sign_in(imported, client):
    response = client.get(reverse(ITEM_EDIT, args=[imported.pk]))
    assert response.status_code == 302
    assert "/login/" in response.url
