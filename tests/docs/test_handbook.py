"""The handbook stays true: its labels stand on the screen, its limits in the rules, its links resolve."""

import re
from pathlib import Path

import pytest

from casework.core.rules_data.models import DutyKind
from casework.core.rules_data.seeds import SEEDS
from tests.docs.words import ROOT, modules, says, strings_of

HANDBOOK = ROOT / "docs" / "handbook"
PAGES = sorted(HANDBOOK.glob("*.md"))
DOCS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
LABEL = re.compile(r"「([^」]+)」")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
ROLES = ("citizen", "editor", "window", "approver", "unit", "supervisor", "evaluator-auditor-admin")
NAMED_ROW = re.compile(r"^\| [^|]+ \| `([^`]+)` \|", re.MULTILINE)
IN_CODE, PLANNED = "## In the code today", "## Names kept for later processes"


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_quoted_label_is_shown_by_the_product(page: Path) -> None:
    labels = LABEL.findall(page.read_text("utf-8"))
    assert labels, "a page of the handbook quotes the labels of the screen in 「」"
    assert [label for label in labels if not says(label)] == []


def test_a_label_that_is_not_shown_is_found() -> None:
    assert says("保存审查结果")
    assert not says("保存审查结")  # a piece of a label is none
    assert not says("打印并归档全部材料")


def test_comments_and_docstrings_are_not_shown() -> None:
    source = '"""只在说明里"""\nname = f"办件{number}已收件"  # 只在注释里\n'
    assert next(strings_of(source)) == "办件\x00已收件"
    assert "只在说明里" not in "".join(strings_of(source))


def test_there_is_a_page_for_every_role_and_the_index_leads_to_it() -> None:
    index = LINK.findall((HANDBOOK / "README.md").read_text("utf-8"))
    assert [role for role in ROLES if f"{role}.md" not in index] == []
    assert {page.stem for page in PAGES} == {"README", *ROLES}


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.kind.value)
def test_the_index_states_every_limit_as_it_is_seeded(seed) -> None:  # type: ignore[no-untyped-def]
    source = f"{seed.source.label}（待确认）" if seed.to_confirm else seed.source.label
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in (HANDBOOK / "README.md").read_text("utf-8").splitlines()
        if line.startswith(f"| {seed.kind.label} |")
    ]
    assert len(rows) == 1
    assert rows[0][2:] == [f"{seed.amount}个工作日", seed.start_event, seed.clause, source]


def test_every_kind_of_duty_has_a_row() -> None:
    assert {seed.kind for seed in SEEDS} == set(DutyKind)


@pytest.mark.parametrize("doc", DOCS, ids=relative)
def test_relative_links_resolve(doc: Path) -> None:
    text = re.sub(r"```.*?```", "", doc.read_text("utf-8"), flags=re.DOTALL)
    targets = [link.partition("#")[0] for link in LINK.findall(text) if not re.match(r"[a-z]+:", link)]
    assert [target for target in targets if target and not (doc.parent / target).exists()] == []


def test_the_glossary_names_only_what_the_code_calls_so() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text("utf-8")
    names = NAMED_ROW.findall(text.partition(IN_CODE)[2].partition(PLANNED)[0])
    code = "\n".join(path.read_text("utf-8") for path in modules())
    words = set(re.findall(r"[A-Za-z_][A-Za-z_0-9]*", code))
    assert len(names) > 80
    assert [name for name in names if not set(name.split(".")) <= words] == []


def test_the_glossary_names_every_thing_once() -> None:
    names = NAMED_ROW.findall((ROOT / "docs" / "glossary.md").read_text("utf-8"))
    assert sorted({name for name in names if names.count(name) > 1}) == []
