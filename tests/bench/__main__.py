"""``make prove [PART=name]``: run the long proofs and write what they showed to ``docs/proofs/<name>.md``.

A part is a module of this folder with ``TITLE`` and ``run() -> str`` (Markdown); the first line of its docstring
says what it shows. It raises when the proof fails, and then no result is written. No part may take longer than
half an hour. A run that was interrupted goes on: without names, parts that have a result of the present commit
are left out. The index of the results is written anew after each part (``--index`` writes it alone).
"""

import ast
import importlib
import os
import platform
import re
import subprocess
import sys
import time
import traceback
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
PROOFS = ROOT / "docs" / "proofs"
INDEX = "README.md"


def parts() -> list[str]:
    """Names of all parts, in alphabetical order."""
    return sorted(path.stem for path in HERE.glob("*.py") if not path.stem.startswith("_"))


def commit() -> str:
    """The short name of the present commit."""
    git = ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]
    return subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip() or "unknown"


def circumstances(seconds: float) -> str:
    """When and on what a proof ran; load says how far its times can be trusted."""
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, commit {commit()}, Python {platform.python_version()}, "
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, load {load}; took {seconds:.0f} s."
    )


def prove(name: str) -> None:
    """Run one part and keep its result."""
    part = importlib.import_module(f"tests.bench.{name}")
    print(f"== {name}: {part.TITLE}", flush=True)  # noqa: T201
    began = time.monotonic()
    found: str = part.run()
    text = f"# {part.TITLE}\n\n{circumstances(time.monotonic() - began)}\n\n{found.strip()}\n"
    PROOFS.mkdir(parents=True, exist_ok=True)
    (PROOFS / f"{name}.md").write_text(text, "utf-8")
    print(text, flush=True)  # noqa: T201
    write_index()


def shows(name: str) -> str:
    """What a part shows: the first sentence of its docstring."""
    said = ast.get_docstring(ast.parse((HERE / f"{name}.py").read_text("utf-8"))) or ""
    return " ".join(said.split("\n\n")[0].split()).rstrip(".")


def last_run(name: str) -> str:
    """Day, commit and length of the run whose result is kept."""
    path = PROOFS / f"{name}.md"
    said = path.read_text("utf-8") if path.exists() else ""
    found = re.search(r"^(\d{4}-\d\d-\d\d) .*commit (\w+),", said, re.MULTILINE)
    return f"{found[1]}, {found[2]}, {seconds(said)} s" if found else "not run yet"


def seconds(said: str) -> int:
    """How long a run took, by its own words: "took 30 s." or "between 18:03 and 18:09 UTC". Raises ``ValueError``."""
    if took := re.search(r" took (\d+) s\.", said):
        return int(took[1])
    if not (span := re.search(r" between (\d\d):(\d\d) and (\d\d):(\d\d) UTC", said)):
        raise ValueError("a result does not say how long it took")
    began, ended = int(span[1]) * 60 + int(span[2]), int(span[3]) * 60 + int(span[4])
    return (ended - began) % (24 * 60) * 60


def index() -> str:
    """The index of the results: one line for each part."""
    rows = [
        f"| {f'[{name}]({name}.md)' if (PROOFS / f'{name}.md').exists() else name} | {shows(name)} | {last_run(name)} |"
        for name in parts()
    ]
    return "\n".join(
        [
            "# What was proved",
            "",
            "Long proofs and benchmarks: `make prove` runs all that have no result of the present commit,",
            "`make prove PART=<name>` one of them. Written by the same command; not to be edited by hand.",
            "",
            "| part | what it shows | last run: day, commit, length |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )


def write_index() -> None:
    (PROOFS / INDEX).write_text(index(), "utf-8")


def main(wanted: list[str]) -> None:
    if wanted == ["--index"]:
        write_index()
        return
    unknown = set(wanted) - set(parts())
    if unknown:
        sys.exit(f"unknown part: {', '.join(sorted(unknown))}; known: {', '.join(parts())}")
    failed = []
    for name in wanted or [name for name in parts() if f", {commit()}, " not in last_run(name)]:
        try:
            prove(name)
        except Exception:  # the others run all the same
            traceback.print_exc()
            failed.append(name)
    if failed:
        sys.exit(f"not proved: {', '.join(failed)}")


if __name__ == "__main__":
    main(sys.argv[1:])
