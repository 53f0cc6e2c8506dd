"""Keys that live beside the database, never in it."""

import os
import secrets
from pathlib import Path


def read_or_make_key(path: Path) -> str:
    """Return the key stored at ``path``; make it once, readable by its owner only.

    Two processes starting together agree: the file is created exclusively and the
    loser reads the winner's key.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(handle, "w", encoding="ascii") as stream:
        key = secrets.token_urlsafe(48)
        stream.write(key)
    return key
