"""Stored uploads: random names in a folder nothing serves, written whole or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def store_bytes(folder: Path, data: bytes, suffix: str = "") -> str:
    """Write data under a new random name and return the name."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = secrets.token_hex(16) + suffix
    temporary = folder / f".{name}.part"
    with temporary.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(folder / name)
    return name


def remove_stored(folder: Path, name: str) -> None:
    """Remove a stored file if it is still there."""
    (folder / name).unlink(missing_ok=True)
