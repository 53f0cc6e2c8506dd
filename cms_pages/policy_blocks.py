"""Blocks of a legal text: chapters, articles and the numbered points inside them, each with an address.

``第八条`` gets the anchor ``article-8`` and its point ``（二）`` the anchor ``article-8-2``, so that a
screen that cites ``8.2`` can point at the very sentence.
"""

import re
from dataclasses import dataclass
from typing import Any

from wagtail import blocks

_DIGITS = {sign: value for value, sign in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2}
_ARTICLE = re.compile(r"第([〇零一二三四五六七八九十百]+)条")
_POINT = re.compile(r"^[（(]([一二三四五六七八九十]+)[）)]")


@dataclass(frozen=True)
class Line:
    """A paragraph and the place it can be cited by (empty when it has none)."""

    text: str
    anchor: str


def number_of(chinese: str) -> int:
    """The value of a Chinese numeral below 1000: ``十五`` is 15, ``一百零二`` is 102."""
    total, digit = 0, 0
    for sign in chinese:
        if sign in ("十", "百"):
            total += max(digit, 1) * (10 if sign == "十" else 100)
            digit = 0
        else:
            digit = _DIGITS[sign]
    return total + digit


def article_anchor(number: str) -> str:
    """``第八条`` → ``article-8``; empty when the text is not an article number."""
    match = _ARTICLE.match(number)
    return f"article-{number_of(match.group(1))}" if match else ""


def lines_of(text: str, anchor: str) -> list[Line]:
    """The paragraphs of an article; a point ``（二）`` of ``article-8`` is ``article-8-2``."""
    lines = []
    for part in filter(None, (line.strip() for line in text.splitlines())):
        match = _POINT.match(part)
        lines.append(Line(part, f"{anchor}-{number_of(match.group(1))}" if match and anchor else ""))
    return lines


class HeadingBlock(blocks.CharBlock):
    """A chapter title."""

    class Meta:
        label = "标题"
        icon = "title"
        help_text = "如：第一章 总则"
        template = "cms_pages/blocks/heading.html"

    def get_context(self, value: Any, parent_context: Any = None) -> dict[str, Any]:
        return super().get_context(value, parent_context=parent_context) | {
            "anchor": heading_anchor(str(value))
        }


def heading_anchor(text: str) -> str:
    """A stable ASCII anchor of a chapter title, from its code points."""
    return "section-" + "".join(f"{ord(sign):x}" for sign in text[:8] if not sign.isspace())


class TextBlock(blocks.RichTextBlock):
    """Anything that is not an article."""

    class Meta:
        label = "段落"
        icon = "pilcrow"
        template = "cms_pages/blocks/text.html"


class ArticleBlock(blocks.StructBlock):
    """One article; each line of its text is a paragraph."""

    number = blocks.CharBlock(label="条号", max_length=20, help_text="如：第八条")
    text = blocks.TextBlock(label="条文", help_text="每段一行；以（一）（二）开头的段落可以单独引用")

    class Meta:
        label = "条"
        icon = "list-ol"
        template = "cms_pages/blocks/article.html"

    def get_context(self, value: Any, parent_context: Any = None) -> dict[str, Any]:
        anchor = article_anchor(value["number"])
        context: dict[str, Any] = super().get_context(value, parent_context=parent_context)
        return context | {"anchor": anchor, "lines": lines_of(value["text"], anchor)}


def contents_of(body: Any) -> list[dict[str, Any]]:
    """Contents of a long text: label, anchor, and whether it is a chapter; empty for a short one."""
    found: list[dict[str, Any]] = []
    for child in body:
        if child.block_type == "heading":
            found.append(
                {"label": str(child.value), "anchor": heading_anchor(str(child.value)), "chapter": True}
            )
        elif child.block_type == "article" and (anchor := article_anchor(child.value["number"])):
            found.append({"label": child.value["number"], "anchor": anchor, "chapter": False})
    return found if len(found) > 2 else []
