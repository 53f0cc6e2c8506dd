"""Run the product's commands on a database of their own."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def environment(folder: Path, **more: str) -> dict[str, str]:
    """A clean environment whose data lies in ``folder``."""
    plain = {
        name: os.environ[name] for name in ("PATH", "HOME", "LANG", "DATABASE_URL") if name in os.environ
    }
    return {**plain, "VAR_DIR": str(folder), **more}


def manage(folder: Path, *arguments: str) -> str:
    """Output of one management command; raises when it fails."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment(folder),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{arguments}: {done.stderr[-2000:]}")
    return done.stdout


def real_file(name: str) -> Path:
    """A file of REAL_DATA_DIR; raises when the folder is not given."""
    folder = os.environ.get("REAL_DATA_DIR")
    if not folder:
        raise RuntimeError("REAL_DATA_DIR is not set")
    return Path(folder) / name
