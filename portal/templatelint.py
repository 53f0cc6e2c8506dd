"""Rules for templates under the strict content security policy, and a checker for them.

Refused: inline scripts and styles, ``on…`` attributes, ``hx-on``, ``js:`` values and htmx trigger
filters (they evaluate code), and templates of more than 150 lines.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

MAX_LINES = 150

_COMMENT = re.compile(r"{#.*?#}|{%\s*comment\b.*?%}.*?{%\s*endcomment\s*%}|<!--.*?-->", re.DOTALL)
_DJANGO = re.compile(r"{%.*?%}|{{.*?}}", re.DOTALL)
_RULES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("inline-script", re.compile(r"<script\b(?![^>]*\ssrc\s*=)", re.IGNORECASE)),
    ("inline-style", re.compile(r"<style\b|\sstyle\s*=", re.IGNORECASE)),
    ("event-attribute", re.compile(r"\son[a-z]+\s*=", re.IGNORECASE)),
    ("hx-on", re.compile(r"\b(?:data-)?hx-on\b", re.IGNORECASE)),
    ("js-value", re.compile(r"[\"'\s](?:js|javascript)\s*:", re.IGNORECASE)),
    (
        "trigger-filter",
        re.compile(r"hx-trigger\s*=\s*(?:\"[^\"]*\[|'[^']*\[)", re.IGNORECASE),
    ),
)


@dataclass(frozen=True)
class Finding:
    """One breach: where it stands and which rule it breaks."""

    path: Path
    line: int
    rule: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}"


def lint_text(text: str, path: Path) -> Iterator[Finding]:
    """Findings of one template's source; comments and Django tags are not markup."""
    bare = _COMMENT.sub(_blank, text)
    # Tags are emptied, not removed, so that an attribute built around one is still seen.
    bare = _DJANGO.sub(_blank, bare)
    for rule, pattern in _RULES:
        for match in pattern.finditer(bare):
            yield Finding(path, bare.count("\n", 0, match.end()) + 1, rule)
    lines = text.count("\n")
    if lines > MAX_LINES:
        yield Finding(path, lines, f"too-long ({lines} > {MAX_LINES})")


def lint_folders(folders: Iterable[Path]) -> list[Finding]:
    """Findings of every ``.html`` and ``.svg`` below the folders, in order of path."""
    paths = sorted({p for f in folders for ext in ("html", "svg") for p in f.rglob(f"*.{ext}")})
    return [found for path in paths for found in lint_text(path.read_text("utf-8"), path)]


def _blank(match: re.Match[str]) -> str:
    """Spaces of the same shape: line numbers stay, content goes."""
    return re.sub(r"[^\n]", " ", match.group())
