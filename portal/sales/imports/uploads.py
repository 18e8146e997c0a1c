"""Uploaded files: stored outside every served folder under a name of our own; what is no CSV text is refused."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import IO

from portal.core.errors import InvalidInput

MAX_BYTES = 10 * 1024 * 1024
ENDINGS = (".csv", ".csv.gz", ".txt")
GZIP = b"\x1f\x8b"
BINARY = (
    b"PK\x03\x04",
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"\xd0\xcf\x11\xe0",
    b"GIF8",
    b"MZ",
    b"<svg",
    b"<!DO",
    b"<htm",
)


def store_upload(stream: IO[bytes], name: str, folder: Path) -> Path:
    """Keep an upload and return where; a refusal leaves nothing on disk."""
    clean = name.replace("\x00", "").lower()
    if not clean.endswith(ENDINGS):
        raise InvalidInput("This is no CSV file. Save your table as “CSV UTF-8 (comma delimited)”.", field="file")
    data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise InvalidInput("The file is larger than 10 MB. Split it, or use `portal import`.", field="file")
    if not data.strip():
        raise InvalidInput("The file is empty. Its first line must name the columns.", field="file")
    if data.startswith(BINARY) or (data[:2] == GZIP) != clean.endswith(".gz"):
        raise InvalidInput("The content is no CSV text, whatever its name says. Save the table as CSV.", field="file")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / secrets.token_hex(16)
    path.write_bytes(data)
    return path
