"""Clauses in words."""

import pytest

from casework.core.clauses import clause_in_words


@pytest.mark.parametrize(
    ("clause", "words"),
    [
        ("7.1", "第七条第一项"),
        ("10", "第十条"),
        ("12", "第十二条"),
        ("6.10", "第六条第十项"),
        ("20.11", "第二十条第十一项"),
        ("", ""),
        ("A1", "A1"),
        ("9.1.2", "9.1.2"),
    ],
)
def test_it_writes_a_clause_as_an_official_would(clause: str, words: str) -> None:
    assert clause_in_words(clause) == words
