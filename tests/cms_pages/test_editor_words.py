"""The editors' desk speaks Chinese on the way from item to published guide, and leads to no foreign site."""

import json
import re
from html.parser import HTMLParser

import pytest
from django.test import Client
from django.urls import reverse
from wagtail.models import Task, Workflow

from cms_pages.models import GuidePage, ServiceItem
from cms_pages.site import ensure_site
from portal.accounts.groups import sync_groups
from portal.accounts.models import User
from tests import cast as people

SPOKEN = ("aria-label", "title", "placeholder", "alt", "data-w-tooltip-content-value")
HIDDEN = re.compile(r"<div[^>]*data-side-panel-toggle-counter[^>]*hidden[^>]*>[^<]*</div>")
SILENT = {"script", "style", "template", "noscript"}
# Keys of a keyboard, kinds of files, sizes, and words that are names.
ALLOWED = re.compile(
    "ctrl|shift|alt|esc|cmd|tab|avif|gif|jpe?g|png|webp|pdf|svg|heic|mb|kb|url|xlsx|csv", re.IGNORECASE
)


class Words(HTMLParser):
    """Every Latin word of two letters or more that a reader sees or hears."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.silent = 0
        self.feed(HIDDEN.sub("", page))

    def handle_starttag(self, tag, attrs):
        self.silent += tag in SILENT
        for name, value in attrs:
            if name in SPOKEN:
                self.take(value or "")

    def handle_endtag(self, tag):
        self.silent -= tag in SILENT

    def handle_data(self, data):
        if not self.silent:
            self.take(data)

    def take(self, text):
        for word in re.findall(r"[A-Za-z]{2,}", text):
            if not ALLOWED.fullmatch(word):
                self.found.append(f"{word} in {' '.join(text.split())[:80]}")


@pytest.fixture
def editor(home, version, cast, sign_in) -> Client:
    sync_groups(today=people.NOW.date())
    return sign_in(User.objects.get(pk=cast.editor.pk))


def pages_of_the_way() -> dict[str, str]:
    guide, item = GuidePage.objects.get(), ServiceItem.objects.get()
    snippet = "wagtailsnippets_cms_pages_serviceitem"
    return {
        "dashboard": reverse("wagtailadmin_home"),
        "explorer": reverse("wagtailadmin_explore", args=[guide.get_parent().pk]),
        "items": reverse(f"{snippet}:list"),
        "item": reverse(f"{snippet}:edit", args=[item.pk]),
        "item's history": reverse(f"{snippet}:history", args=[item.pk]),
        "guide": reverse("wagtailadmin_pages:edit", args=[guide.pk]),
        "guide's history": reverse("wagtailadmin_pages:history", args=[guide.pk]),
        "guides at once": reverse("publish_guides"),
        "workflows": reverse("wagtailadmin_reports:workflow"),
        "images": reverse("wagtailimages:index"),
        "documents": reverse("wagtaildocs:index"),
    }


@pytest.fixture
def guide(home, version) -> GuidePage:
    from cms_pages.importing.actions import draft_guides
    from cms_pages.site import guide_index

    draft_guides([version.item], guide_index())
    return GuidePage.objects.get()


def test_no_english_word_on_the_editors_way(editor, guide, cast):
    leaks = {}
    for name, address in pages_of_the_way().items():
        response = editor.get(address)
        assert response.status_code == 200, name
        words = Words(response.content.decode()).found
        left = [word for word in words if word.split(" in ")[0] != cast.editor.username]
        if left:
            leaks[name] = left
    assert leaks == {}


def test_nothing_leads_to_a_foreign_site(editor, guide):
    for name, address in pages_of_the_way().items():
        page = editor.get(address).content.decode()
        assert not re.findall(r'"(?:href|url)": ?"https?://[^"]*wagtail[^"]*"', page), name
        assert not re.findall(r'href="https?://(?!testserver|localhost|127\.)[^"]*', page), name


def test_the_words_of_the_scripts_are_chinese_too(editor):
    catalogue = editor.get(reverse("wagtailadmin_javascript_catalog"))
    assert catalogue.status_code == 200
    text = catalogue.content.decode()
    for word in ("插入内容块", "已自动保存", "网络出现错误"):
        assert json.dumps(word).strip('"') in text


def test_the_first_workflow_bears_a_chinese_name_once(home):
    assert not Workflow.objects.filter(name="Moderators approval").exists()
    assert not Task.objects.filter(name="Moderators approval").exists()
    Workflow.objects.update(name="编辑自己的名称")
    ensure_site("http://testserver")
    assert set(Workflow.objects.values_list("name", flat=True)) <= {"编辑自己的名称"}
