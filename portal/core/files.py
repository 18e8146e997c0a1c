"""Stored uploads: random names in a folder nothing serves, written whole or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from portal.config import data_folder


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


def in_data_folder(path: str | Path) -> str:
    """How a path is written down: relative to the data folder when it lies in it, so that the folder may move."""
    try:
        return Path(path).relative_to(data_folder()).as_posix()
    except ValueError:
        return str(path)


def from_data_folder(written: str) -> str:
    """The path that was written down; an absolute one stays what it is."""
    return str(data_folder() / written)
