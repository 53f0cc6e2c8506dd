"""``make prove [PART=name]``: run the long proofs and write what they showed to ``docs/proofs/<name>.md``.

A part is a module of this folder with ``TITLE`` and ``run() -> str`` (Markdown); it raises when the proof
fails, and then no result is written.
"""

import importlib
import os
import platform
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
PROOFS = ROOT / "docs" / "proofs"


def parts() -> list[str]:
    """Names of all parts, in alphabetical order."""
    return sorted(path.stem for path in HERE.glob("*.py") if not path.stem.startswith("_"))


def circumstances(seconds: float) -> str:
    """When and on what a proof ran; load says how far its times can be trusted."""
    git = ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip() or "unknown"
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, commit {commit}, Python {platform.python_version()}, "
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


def main(wanted: list[str]) -> None:
    unknown = set(wanted) - set(parts())
    if unknown:
        sys.exit(f"unknown part: {', '.join(sorted(unknown))}; known: {', '.join(parts())}")
    for name in wanted or parts():
        prove(name)


if __name__ == "__main__":
    main(sys.argv[1:])
