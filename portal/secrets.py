"""Keys that live beside the database, never in it."""

import os
import secrets
from contextlib import suppress
from pathlib import Path


def read_or_make_key(path: Path) -> str:
    """Return the key stored at ``path``; make it once, readable by its owner only.

    Two processes starting together agree: the file appears with its key in it, for the first of them, and the
    other one reads that key.
    """
    if not path.exists():
        draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.write(secrets.token_urlsafe(48))
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text(encoding="ascii").strip()
