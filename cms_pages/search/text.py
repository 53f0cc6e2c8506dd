"""Chinese text as searchable terms: single units plus bigrams of neighbours.

A *unit* is one Hanzi or one latin/digit word after NFKC and case folding. Indexing emits the units and
the bigrams of adjacent units (``A级`` → ``a 级 a级``); a query asks for the bigrams of each run, or for
the single unit. Any substring of two or more characters is then found, without a dictionary.
"""

import re
import unicodedata
from itertools import pairwise

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
_UNIT = re.compile(rf"[{_HAN}]|[^\W_{_HAN}]+")
# Between these neighbours the text runs on when indexing: brackets, quotes, blanks.
_TRANSPARENT = re.compile(r"[\s()\[\]{}<>〈〉《》「」『』【】〔〕“”‘’\"'·、\-—_]+")
MAX_QUERY_UNITS = 32


def units_of(text: str) -> list[list[str]]:
    """Runs of adjacent units, for querying: every separator ends a run."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    runs: list[list[str]] = []
    end = -1
    for match in _UNIT.finditer(folded):
        if match.start() != end:
            runs.append([])
        runs[-1].append(match.group())
        end = match.end()
    return runs


def index_text(text: str) -> str:
    """The terms of ``text``, joined by blanks, as they go into the index."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    terms: list[str] = []
    for chunk in _chunks(folded):
        terms.extend(chunk)
        terms.extend(left + right for left, right in pairwise(chunk))
    return " ".join(terms)


def _chunks(folded: str) -> list[list[str]]:
    """Runs for indexing: brackets, quotes and blanks beside a Hanzi do not end a run."""
    chunks: list[list[str]] = []
    previous: re.Match[str] | None = None
    for match in _UNIT.finditer(folded):
        joined = previous is not None and _runs_on(folded, previous, match)
        if not joined:
            chunks.append([])
        chunks[-1].append(match.group())
        previous = match
    return chunks


def _runs_on(folded: str, left: re.Match[str], right: re.Match[str]) -> bool:
    gap = folded[left.end() : right.start()]
    if not gap:
        return True
    beside_han = re.match(rf"[{_HAN}]", left.group()) or re.match(rf"[{_HAN}]", right.group())
    return bool(beside_han and _TRANSPARENT.fullmatch(gap))


def query_terms(text: str) -> list[str]:
    """The terms that must be found for ``text``: bigrams of each run, single units as they are.

    At most ``MAX_QUERY_UNITS`` terms, each once, in order; empty when nothing searchable is left.
    """
    terms: list[str] = []
    for run in units_of(text):
        terms.extend(run if len(run) == 1 else [a + b for a, b in pairwise(run)])
    return list(dict.fromkeys(terms))[:MAX_QUERY_UNITS]
