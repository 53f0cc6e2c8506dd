"""The style guide shows every component, in markup that the strict policy and a screen reader accept."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings as project
from django.template.loader import render_to_string
from django.test import RequestFactory

COMPONENTS = sorted(p.stem for p in (project.BASE_DIR / "templates/components").glob("*.html"))
# Shown on error pages only.
ELSEWHERE = {"error_page", "session_note"}
LINKED_ELSEWHERE = {
    "error.css",
    "people.css",
}  # the page for a crash; screens of accounts at the editors' desk
CSS_LIMIT = 60 * 1024  # bytes, all style sheets together, uncompressed


@pytest.fixture
def open_guide(settings):
    """The guide as in development: open, and style sheets under their plain names."""
    settings.DEBUG = True
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}


class Ids(HTMLParser):
    """Collects ids and everything that points at one."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.wanted: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if "id" in given:
            self.ids.append(given["id"])
        for name in ("for", "aria-describedby", "aria-labelledby"):
            self.wanted.update((given.get(name) or "").split())
        href = given.get("href") or ""
        if href.startswith("#"):
            self.wanted.add(href[1:])


@pytest.mark.parametrize("address", ["/styleguide/", "/styleguide/desk/"])
def test_it_renders_in_chinese_with_every_reference_resolved(client, open_guide, address):
    response = client.get(address)
    text = response.content.decode()
    found = Ids(text)
    assert response.status_code == 200
    assert 'lang="zh-Hans"' in text
    assert "data-elder" not in text
    assert len(found.ids) == len(set(found.ids)), "an id is used twice"
    assert found.wanted <= set(found.ids), found.wanted - set(found.ids)
    assert text.count("<h1") == 1


def test_every_component_is_shown(client, open_guide):
    used = set()
    for address in ("/styleguide/", "/styleguide/desk/"):
        used |= {Path(t.name + "").stem for t in client.get(address).templates if t.name}
    assert set(COMPONENTS) - ELSEWHERE - used == set()


@pytest.mark.parametrize("name", COMPONENTS)
def test_every_component_documents_itself_in_its_first_line(name):
    first = (project.BASE_DIR / f"templates/components/{name}.html").read_text("utf-8").splitlines()[0]
    assert re.fullmatch(r"{# .{20,} #}", first)


def test_it_asks_for_a_login_in_production(client, settings):
    settings.DEBUG = False
    for address in ("/styleguide/", "/styleguide/desk/"):
        response = client.get(address)
        assert response.status_code == 302
        assert response["Location"] == f"/accounts/login/?next={address}"


def test_it_answers_with_the_strict_policy_and_nothing_inline(client, open_guide):
    response = client.get("/styleguide/")
    text = response.content.decode()
    assert "unsafe-inline" not in response["Content-Security-Policy"]
    assert not re.search(r"<style\b|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)", text)
    assert '"includeIndicatorStyles":false' in text
    assert '{"code":"[45]..","swap":true,"error":true}' in text


def test_a_field_with_an_error_names_its_help_and_error(client, open_guide):
    text = client.get("/styleguide/").content.decode()
    field = re.search(r'<input[^>]*id="bad_applicant"[^>]*>', text)
    assert field is not None
    assert 'aria-describedby="bad_applicant_helptext bad_applicant_error"' in field.group()
    assert 'aria-invalid="true"' in field.group()
    assert 'href="#bad_applicant"' in text
    assert 'href="#bad_units_0"' in text, "a group of boxes is reached by its first box"
    assert re.search(r'<div class="error-summary" role="alert" tabindex="-1"', text)


@pytest.mark.parametrize(
    ("tone", "word", "css"),
    [
        ("ok", "剩余3个工作日", "tone-info"),
        ("soon", "即将到期", "tone-warn"),
        ("late", "已逾期1个工作日", "badge--solid tone-bad"),
        ("done", "已按时完成", "tone-good"),
        ("late_done", "逾期2个工作日", "tone-bad"),
        ("paused", "暂停计时", "tone-calm"),
        ("void", "不再计时", "tone-calm"),
    ],
)
def test_a_due_badge_says_its_state_in_words_icon_and_colour(tone, word, css):
    html = render_to_string("components/due_badge.html", {"badge": {"tone": tone, "text": word}})
    assert word in html
    assert css in html
    assert "<svg" in html
    assert "怎么算的" not in html
    assert "暂定" not in html


def test_a_due_badge_explains_itself_and_marks_a_provisional_date():
    explanation = {"in_words": "当日不计。", "days": []}
    badge = {
        "tone": "ok",
        "text": "剩余1个工作日",
        "provisional": True,
        "clause": "第八条第二项",
    }
    html = render_to_string("components/due_badge.html", {"badge": badge, "explanation": explanation})
    assert "怎么算的" in html
    assert "当日不计。" in html
    assert "第八条第二项" in html
    assert "暂定" in html
    small = {"badge": badge, "explanation": explanation, "small": True}
    assert "怎么算的" not in render_to_string("components/due_badge.html", small)


def test_text_from_people_is_escaped():
    rows = [[{"label": "事项", "text": "<b>x</b>"}]]
    html = render_to_string("components/table.html", {"caption": "<i>", "columns": [], "rows": rows})
    assert "<b>" not in html
    assert "<i>" not in html


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "410", "429", "500", "503"])
def test_error_pages_speak_plain_words(open_guide, name):
    html = render_to_string(f"{name}.html", {}, RequestFactory().get("/x/"))
    body = re.sub(r"<[^>]+>", "", html[html.index("<main") : html.index("</main>")])
    assert "data-error-message" in html
    assert not re.search(r"\b[45]\d\d\b|[A-Za-z]{3,}", body.replace("Cookie", "")), body


def test_the_page_for_a_crash_needs_no_context():
    source = (project.BASE_DIR / "templates/500.html").read_text("utf-8")
    assert "{%" not in source
    assert "{{" not in source
    assert (project.BASE_DIR / "static/css/error.css").exists()


def test_style_sheets_stay_small_and_load_nothing_from_outside():
    sheets = list((project.BASE_DIR / "static/css").glob("*.css"))
    head = (project.BASE_DIR / "templates/components/head_assets.html").read_text("utf-8")
    assert sum(p.stat().st_size for p in sheets) <= CSS_LIMIT
    for sheet in sheets:
        assert "url(" not in sheet.read_text("utf-8")
        assert "@import" not in sheet.read_text("utf-8")
        assert sheet.name in LINKED_ELSEWHERE or f"css/{sheet.name}" in head


def _luminance(colour: str) -> float:
    short = len(colour) == 4
    parts = [colour[i] * 2 for i in (1, 2, 3)] if short else [colour[i : i + 2] for i in (1, 3, 5)]
    linear = [
        v / 12.92 if v <= 0.03928 else ((v + 0.055) / 1.055) ** 2.4 for v in (int(p, 16) / 255 for p in parts)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


PAIRS = [
    ("ink", "paper"),
    ("ink-2", "paper"),
    ("ink-2", "paper-3"),
    ("brand", "paper"),
    ("action", "paper"),
    ("on-action", "action"),
    ("on-bar", "bar"),
    *((tone, f"{tone}-soft") for tone in ("good", "warn", "bad", "info", "calm", "open")),
]


@pytest.mark.parametrize(("block", "least"), [(":root", 4.5), ("html[data-contrast]", 7.0)])
@pytest.mark.parametrize(("front", "back"), PAIRS)
def test_colours_keep_their_contrast(block, least, front, back):
    css = (project.BASE_DIR / "static/css/1-tokens.css").read_text("utf-8")
    start = css.index(f"\n  {block} {{")
    colours = dict(
        re.findall(
            r"--([a-z0-9-]+): (#[0-9a-f]{3,6});",
            css[start : css.index("\n  }\n", start)],
        )
    )
    light, dark = sorted((_luminance(colours[front]), _luminance(colours[back])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= least


def test_form_errors_are_polite_and_say_what_to_do(client, open_guide):
    text = client.get("/styleguide/").content.decode()
    assert "申请人名称：请填写此项。" in text
    assert "请输入至少 18 个字，目前为 3 个字。" in text
    assert "变量" not in text
    assert "字段" not in text
