"""The classes of Wagtail's recent holes, replayed with two editors on our models (R-51): run on every update.

One test per class. Our editors hold the whole site (``portal/accounts/groups.py``: rights on its root); here
two groups hold a part each, because it is Wagtail's check of the object that is looked at, not our table.
"""

from dataclasses import dataclass
from datetime import date

import pytest
from django.apps import apps
from django.conf import settings as django_settings
from django.contrib.auth.models import Group, Permission
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import NoReverseMatch, reverse
from wagtail.contrib.settings.registry import registry as settings_registry
from wagtail.documents.models import Document
from wagtail.models import Collection, GroupCollectionPermission, GroupPagePermission, Page, Revision
from wagtail.snippets.models import get_snippet_models

from cms_pages.models import GuideIndexPage, PolicyIndexPage, PolicyPage
from cms_pages.site import ensure_site
from portal.accounts.models import User
from tests.cast import Cast, person
from tests.wagtail_walk import addresses

SECRET = "尚未公开的文件标题"
RIGHTS = ("add_page", "change_page", "publish_page")
FIELDS = {"issuer": "示例市人民政府", "written_on": date(2026, 9, 1), "issued_on": date(2026, 9, 1)}
FILES = ("wagtaildocs.add_document", "wagtaildocs.change_document", "wagtaildocs.choose_document")


@dataclass(frozen=True)
class Parts:
    """``mine`` is an editor of the guides; page, revision and document belong to the editor of the policies."""

    mine: Client
    theirs: Client
    page: PolicyPage
    revision: Revision
    document: Document


def editor(username: str, part: Page, name: str) -> tuple[User, Collection]:
    """Somebody with rights on ``part`` of the tree and on a collection of their own."""
    group = Group.objects.create(name=name)
    group.permissions.add(Permission.objects.get(codename="access_admin"))
    collection = Collection.get_first_root_node().add_child(name=name)
    for codename in RIGHTS:
        permission = Permission.objects.get(content_type__app_label="wagtailcore", codename=codename)
        GroupPagePermission.objects.create(group=group, page=part, permission=permission)
    for full in FILES:
        app, codename = full.split(".")
        permission = Permission.objects.get(content_type__app_label=app, codename=codename)
        GroupCollectionPermission.objects.create(group=group, collection=collection, permission=permission)
    user = person(username, name)
    user.groups.add(group)
    return user, collection


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def parts(cast: Cast) -> Parts:
    ensure_site("http://testserver")
    index = PolicyIndexPage.objects.get()
    mine, _ = editor("mine", GuideIndexPage.objects.get(), "示例指南编辑组")
    theirs, collection = editor("theirs", index, "示例政策编辑组")
    page = index.add_child(instance=PolicyPage(title="公开的标题", slug="theirs", owner=theirs, **FIELDS))
    page.save_revision(user=theirs).publish(user=theirs)
    page.title = SECRET
    revision = page.save_revision(user=theirs)
    document = Document(title=SECRET, collection=collection, uploaded_by_user=theirs)
    document.file.save("x.pdf", ContentFile(b"%PDF-1.4 theirs"))
    document.save()
    return Parts(client_of(mine), client_of(theirs), Page.objects.get(pk=page.pk), revision, document)


def told(client: Client, url: str, method: str = "get", data: dict | None = None) -> bool:
    """Whether the answer names the secret, in whatever form."""
    answer = getattr(client, method)(url, data or {})
    assert answer.status_code < 500, url
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    text = body.decode("utf-8", "replace")
    return SECRET in text or SECRET.encode("unicode_escape").decode() in text


def pages(name: str, *args: object) -> str:
    return reverse(f"wagtailadmin_pages:{name}", args=args)


def silent(parts: Parts, url: str) -> None:
    """The owner is told, the other editor is not: a test that could not see the secret would prove nothing."""
    assert told(parts.theirs, url), f"the owner does not see it either: {url}"
    assert not told(parts.mine, url), url


def test_comparing_versions(parts: Parts) -> None:
    silent(parts, pages("revisions_compare", parts.page.pk, "live", "latest"))


def test_history(parts: Parts) -> None:
    silent(parts, pages("history", parts.page.pk))
    silent(parts, pages("workflow_history", parts.page.pk))


def test_copying_a_page(parts: Parts) -> None:
    before = Page.objects.count()
    silent(parts, pages("copy", parts.page.pk))
    typed = {"new_title": "x", "new_slug": "x", "new_parent_page": GuideIndexPage.objects.get().pk}
    assert not told(parts.mine, pages("copy", parts.page.pk), "post", typed)
    assert Page.objects.count() == before


def test_previewing(parts: Parts) -> None:
    silent(parts, pages("view_draft", parts.page.pk))
    silent(parts, pages("revisions_view", parts.page.pk, parts.revision.pk))
    assert not told(parts.mine, pages("preview_on_edit", parts.page.pk) + "?mode=")


def test_deleting_form_submissions() -> None:
    assert not apps.is_installed("wagtail.contrib.forms")  # then this class comes back: add its test


def test_chosen_files(parts: Parts) -> None:
    url = reverse("wagtaildocs_chooser:chosen", args=[parts.document.pk])
    silent(parts, url)
    silent(parts, reverse("wagtaildocs_chooser:chosen_multiple") + f"?id={parts.document.pk}")


def test_the_editors_own_api(parts: Parts) -> None:
    for url in (
        f"/cms/api/main/pages/{parts.page.pk}/",
        f"/cms/api/main/pages/?descendant_of={parts.page.get_parent().pk}&fields=*",
        f"/cms/api/main/documents/{parts.document.pk}/",
        "/cms/api/main/documents/?fields=*",
    ):
        assert not told(parts.mine, url), url


def test_probing_a_file_by_its_digest(parts: Parts) -> None:
    same = SimpleUploadedFile("same.pdf", b"%PDF-1.4 theirs", content_type="application/pdf")
    assert not told(parts.mine, reverse("wagtaildocs:add_multiple"), "post", {"files[]": same})
    assert not told(parts.mine, "/cms/api/main/documents/?file_hash=" + parts.document.file_hash)


def test_copying_a_snippet() -> None:
    for model in get_snippet_models():
        with pytest.raises(NoReverseMatch):
            reverse(model.snippet_viewset.get_url_name("copy"), args=[1])


def test_copying_for_translation() -> None:
    assert not apps.is_installed("wagtail.contrib.simple_translation")
    assert not getattr(django_settings, "WAGTAIL_I18N_ENABLED", False)


def test_settings_with_rights_by_field() -> None:
    assert list(settings_registry) == []  # a setting of ours brings this class back: add its test


def test_no_other_address_shows_or_changes_it(parts: Parts) -> None:
    """Every address that takes an object, with the other editor's page, version and document in it."""
    objects: dict[str, object] = dict.fromkeys(
        ("page_id", "pk", "page_to_move_id", "parent_page_id"), parts.page.pk
    )
    objects |= {
        "revision_id": parts.revision.pk,
        "document_id": parts.document.pk,
        "doc_id": parts.document.pk,
    }
    # The page chooser names pages by their newest title to every editor: Wagtail's design, the title alone.
    chooser = f"/cms/choose-page/{parts.page.pk}/"
    found = [
        url
        for url in addresses(objects)
        if url != chooser and any(f"/{value}/" in url for value in objects.values())
    ]
    assert len(found) > 40
    for url in found:
        assert not told(parts.mine, url), url
        assert not told(parts.mine, url, "post", {"title": "x", "action-publish": "1"}), url
    page = Page.objects.get(pk=parts.page.pk)
    assert (page.live, page.locked, page.path, page.latest_revision_id) == (
        parts.page.live,
        parts.page.locked,
        parts.page.path,
        parts.revision.pk,
    )
    assert Document.objects.get(pk=parts.document.pk).title == SECRET
