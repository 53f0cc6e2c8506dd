"""The template lint finds what the strict policy would block, and nothing else."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from portal.templatelint import MAX_LINES, lint_text

PATH = Path("x.html")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("<script>alert(1)</script>", "inline-script"),
        ("<script type='module'>x</script>", "inline-script"),
        ("<style>p{}</style>", "inline-style"),
        ('<p style="color:red">', "inline-style"),
        ('<p style="{{ colour }}">', "inline-style"),
        ('<p\nonclick="x()">', "event-attribute"),
        ("<body ONLOAD = 'x'>", "event-attribute"),
        ('<p hx-on:click="x">', "hx-on"),
        ('<p data-hx-on::load="x">', "hx-on"),
        ("<p hx-vals='js:{a: b}'>", "js-value"),
        ('<a href="javascript:x()">', "js-value"),
        ('<p hx-trigger="click[ctrlKey]">', "trigger-filter"),
        ("<p hx-trigger='keyup[key==\"x\"]'>", "trigger-filter"),
        ("<p>\n" * (MAX_LINES + 1), f"too-long ({MAX_LINES + 1} > {MAX_LINES})"),
    ],
)
def test_it_rejects(text, rule):
    assert [found.rule for found in lint_text(text, PATH)] == [rule]


@pytest.mark.parametrize(
    "text",
    [
        "<script src=\"{% static 'js/app.js' %}\" defer></script>",
        '{% include "x.html" with one=1 style="wide" only %}',
        "{# <script>inline</script> is refused #}",
        "{% comment %}<p style='x'>{% endcomment %}",
        '<input name="items[0]" hx-trigger="input changed delay:300ms">',
        '<p class="button--style" data-on="x">Python: js. on = off</p>'.replace(" on = off", ""),
    ],
)
def test_it_accepts(text):
    assert list(lint_text(text, PATH)) == []


def test_it_names_the_line():
    (found,) = lint_text("<p>\n{# two\n#}\n<p style='x'>", PATH)
    assert str(found) == "x.html:4: inline-style"


def test_the_templates_of_the_product_pass():
    call_command("lint_templates")


def test_the_command_fails_on_a_finding(settings, tmp_path, capsys):
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "bad.html").write_text("<p style='x'>", "utf-8")
    settings.BASE_DIR = tmp_path
    with pytest.raises(CommandError, match="1 处"):
        call_command("lint_templates")
    assert "bad.html:1: inline-style" in capsys.readouterr().err
