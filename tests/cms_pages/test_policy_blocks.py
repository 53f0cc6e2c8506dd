"""Anchors of legal texts."""

import pytest

from cms_pages.policy_blocks import Line, article_anchor, heading_anchor, lines_of, number_of


@pytest.mark.parametrize(
    ("chinese", "number"),
    [
        ("一", 1),
        ("十", 10),
        ("十五", 15),
        ("二十", 20),
        ("四十二", 42),
        ("一百", 100),
        ("一百零二", 102),
        ("一百二十三", 123),
    ],
)
def test_chinese_numerals(chinese: str, number: int):
    assert number_of(chinese) == number


@pytest.mark.parametrize(
    ("text", "anchor"), [("第八条", "article-8"), ("第八十二条之一", "article-82"), ("附则", ""), ("", "")]
)
def test_articles(text: str, anchor: str):
    assert article_anchor(text) == anchor


def test_points_are_cited_below_their_article():
    assert lines_of("甲：\n（二）乙\n\n(十) 丙", "article-8") == [
        Line("甲：", ""),
        Line("（二）乙", "article-8-2"),
        Line("(十) 丙", "article-8-10"),
    ]


def test_a_point_of_an_unnumbered_text_has_no_anchor():
    assert lines_of("（一）甲", "") == [Line("（一）甲", "")]


def test_chapters_of_one_text_differ():
    assert heading_anchor("第一章 总则") != heading_anchor("第二章 总则")
    assert heading_anchor("第一章 总则").isascii()
