"""The habits of the house, kept by tests instead of by memory."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models
from django.utils.module_loading import import_string

from casework.core.events import Event
from casework.handoffs import HANDOFFS

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("portal", "casework", "cms_pages")
MAX_FILE, MAX_FUNCTION = 300, 40  # lines
# 300 holds for everybody; up to 400 needs a reason.
LONG_FILES = {
    "portal/settings.py": 400,  # one env-driven file is easier to read than five
}
CLOCKS = {"timezone.now", "datetime.now", "datetime.utcnow", "date.today", "timezone.localdate", "time.time"}
JOB_NAME = re.compile(r"\"(portal\.jobs\.\w+)\"")


def sources() -> list[Path]:
    """Every module of the product, migrations left out."""
    found = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    return [path for path in found if "migrations" not in path.parts]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def calls(path: Path) -> Iterator[tuple[int, str, ast.Call]]:
    """(line, dotted name, node) of every call in a module."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call):
            yield node.lineno, ast.unparse(node.func), node


def named(filename: str) -> list[Path]:
    return [path for path in sources() if path.name == filename]


def test_the_walk_finds_the_product() -> None:
    assert len(sources()) > 60
    assert len(named("rules.py")) >= 4
    assert len(named("actions.py")) >= 6


# -- time is an argument -------------------------------------------------------


def test_rules_and_actions_of_casework_never_read_the_clock() -> None:
    found = [
        f"{name_of(path)}:{line} {called}"
        for path in [*named("rules.py"), *named("actions.py")]
        if path.is_relative_to(ROOT / "casework")
        for line, called, node in calls(path)
        # localdate(now) converts a given moment; localdate() reads the clock.
        if called in CLOCKS and not (called == "timezone.localdate" and node.args)
    ]
    assert found == []


def test_rules_import_no_database_writing_and_no_requests() -> None:
    forbidden = {"django.db.transaction", "django.http", "django_q.tasks", "requests", "django.conf"}
    for path in named("rules.py"):
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.ImportFrom) and node.module:
                imported = {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
                assert not imported & forbidden, f"{name_of(path)}:{node.lineno}"


def test_public_actions_of_processes_say_who_and_when_by_keyword() -> None:
    """Functions of a process's actions.py take ``by`` and ``now`` by keyword, or an event that carries both."""
    for path in named("actions.py"):
        if path.parent.parent.name != "casework":
            continue
        for node in tree_of(path).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                keywords = {argument.arg for argument in node.args.kwonlyargs}
                first = {argument.arg for argument in node.args.args}
                # An event carries both; an access is a person with what the person may do.
                known = keywords | ({"by", "now"} if "event" in first else set())
                known |= {"by"} if "access" in first | keywords else set()
                assert {"by", "now"} <= known, f"{name_of(path)}:{node.lineno} {node.name}"


# -- people --------------------------------------------------------------------


def test_casework_never_asks_whether_somebody_is_a_superuser() -> None:
    for path in sources():
        if path.is_relative_to(ROOT / "casework"):
            for node in ast.walk(tree_of(path)):
                assert not (isinstance(node, ast.Attribute) and node.attr == "is_superuser"), name_of(path)
    for path in (ROOT / "templates").rglob("*.html"):
        assert "is_superuser" not in path.read_text("utf-8"), path


# -- pairs ---------------------------------------------------------------------

# Fields that may be empty one by one, each with its reason.
LOOSE_PAIRS = {
    "Duty.closed": "the sweep and the platform close duties without a person",
}


def pairs() -> list[tuple[type[models.Model], str]]:
    """Models with both ``x_at`` and ``x_by``, as (model, x)."""
    found = []
    for model in apps.get_models():
        if model.__module__.split(".")[0] in ROOMS:
            # Wagtail's pages bring locked_at and locked_by along; those are not ours to constrain.
            own = [row for row in model._meta.concrete_fields if row.model.__module__.split(".")[0] in ROOMS]
            fields = {field.name for field in own if not field.name.startswith("locked_")}
            stems = {name.removesuffix("_at") for name in fields if name.endswith("_at")}
            found += [(model, stem) for stem in sorted(stems) if f"{stem}_by" in fields]
    return found


@pytest.mark.parametrize(("model", "stem"), pairs(), ids=lambda value: getattr(value, "__name__", value))
def test_who_and_when_are_set_together(model: type[models.Model], stem: str) -> None:
    at, by = (model._meta.get_field(f"{stem}_{end}") for end in ("at", "by"))
    if not at.null and not by.null:
        return  # both always set
    if f"{model.__name__}.{stem}" in LOOSE_PAIRS:
        return
    if not at.null and by.null:
        return  # always dated; nobody = the platform itself
    named_in = [
        str(row.condition) for row in model._meta.constraints if isinstance(row, models.CheckConstraint)
    ]
    assert any(f"{stem}_at" in text and f"{stem}_by" in text for text in named_in), (
        f"{model.__name__} lacks a constraint that sets {stem}_at and {stem}_by together"
    )


# -- wiring --------------------------------------------------------------------


def event_types(base: type[Event] = Event) -> Iterator[type[Event]]:
    for kind in base.__subclasses__():
        if kind.__module__.startswith("casework."):
            yield kind
            yield from event_types(kind)


def test_every_event_has_a_row_of_handoffs_and_every_row_an_event() -> None:
    for folder in sorted((ROOT / "casework").iterdir()):
        if (folder / "events.py").exists() and folder.name != "core":
            import_string(f"casework.{folder.name}.events.Event")
    kinds = set(event_types())
    assert kinds, "no event found: this test looks in the wrong place"
    assert kinds == set(HANDOFFS)


def test_every_job_named_in_the_code_exists() -> None:
    found = {name for path in sources() for name in JOB_NAME.findall(path.read_text("utf-8"))}
    assert "portal.jobs.deliver" in found
    for name in found:
        assert callable(import_string(name)), name


# -- sizes ---------------------------------------------------------------------


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    long = {
        name_of(path): lines
        for path in sources()
        if (lines := len(path.read_text("utf-8").splitlines())) > LONG_FILES.get(name_of(path), MAX_FILE)
    }
    assert long == {}


def body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function's body; signature and docstring, which the house asks for, do not count."""
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    return (node.end_lineno or node.lineno) - body[0].lineno + 1 if body else 0


def test_no_function_is_longer_than_a_screen() -> None:
    long = {
        f"{name_of(path)}:{node.lineno} {node.name}": lines
        for path in sources()
        if path.name != "styleguide_samples.py"  # examples, not logic
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := body_lines(node)) > MAX_FUNCTION
    }
    assert long == {}


# -- words ---------------------------------------------------------------------


@pytest.mark.parametrize("word", ["/tmp/", "/work/", "/root/"])
def test_no_path_of_a_developers_machine_stands_in_the_product(word: str) -> None:
    for path in sources():
        assert word not in path.read_text("utf-8"), name_of(path)
