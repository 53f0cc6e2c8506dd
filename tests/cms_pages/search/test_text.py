"""Terms of Chinese text: what is indexed, what a query asks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cms_pages.search.text import MAX_QUERY_UNITS, index_text, query_terms


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("许可", "许 可 许可"),
        ("A级", "a 级 a级"),
        ("食品（经营）", "食 品 经 营 食品 品经 经营"),
        ("许可，证", "许 可 许可 证"),
        ("Ｇ20峰会", "g20 峰 会 g20峰 峰会"),
        ("", ""),
        ("！？", ""),
    ],
)
def test_it_emits_units_and_bigrams(text: str, terms: str) -> None:
    assert index_text(text) == terms


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("踏勘", ["踏勘"]),
        ("证", ["证"]),
        ("食品经营", ["食品", "品经", "经营"]),
        ("食品 许可", ["食品", "许可"]),
        ('"', []),
        ("  ", []),
        ("' OR 1=1 --", ["or", "1"]),
    ],
)
def test_it_asks_for_the_bigrams_of_each_run(text: str, terms: list[str]) -> None:
    assert query_terms(text) == terms


@given(st.text(alphabet="食品经营许可证踏勘现场核发", min_size=1, max_size=30), st.data())
def test_every_substring_of_a_title_is_found(title: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(title) - 1))
    end = data.draw(st.integers(start + 1, len(title)))
    assert set(query_terms(title[start:end])) <= set(index_text(title).split())


def test_it_bounds_the_terms_of_a_query() -> None:
    assert len(query_terms("食品经营许可证核发" * 40)) <= MAX_QUERY_UNITS
