"""Every text that the product can show: string constants of the code and the text of the templates."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("portal", "casework", "cms_pages")
HOLE = "\x00"  # where a value is put in: no label reaches across it
_COMMENT = re.compile(r"\{#.*?#\}|\{% comment.*?%\}.*?\{% endcomment %\}", re.DOTALL)
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_INSIDE = "[\u4e00-\u9fffA-Za-z0-9]"


@cache
def shown() -> str:
    """All of it, piece by piece, comments and docstrings left out."""
    pieces = [_COMMENT.sub(HOLE, path.read_text("utf-8")) for path in (ROOT / "templates").rglob("*.html")]
    for path in modules():
        pieces += strings_of(path.read_text("utf-8"))
    return HOLE.join(pieces)


def modules() -> list[Path]:
    """The product's code without migrations and demo data: what it says holds in every city."""
    left_out = {"migrations", "demo", "__pycache__"}
    found = (path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
    return [path for path in found if not left_out & set(path.parts)]


def strings_of(source: str) -> Iterator[str]:
    """String constants; those of an f-string are joined, a hole standing for each value."""
    tree = ast.parse(source)
    docs = {id(node.body[0].value) for node in ast.walk(tree) if _has_docstring(node)}  # type: ignore[attr-defined]
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(_part(value) for value in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.value


def says(label: str) -> bool:
    """Whether the product shows ``label`` as words of their own, not as a piece of longer ones."""
    return bool(re.search(f"(?<!{_INSIDE}){re.escape(label)}(?!{_INSIDE})", shown()))


def _has_docstring(node: ast.AST) -> bool:
    return isinstance(node, _DOCUMENTED) and ast.get_docstring(node, clean=False) is not None


def _part(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else HOLE
