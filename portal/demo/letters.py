"""The demo's mail folder, so that nobody needs a mail server to follow a link."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path

from portal.core.errors import NotFound

NAME = re.compile(r"[0-9A-Za-z-]+\.eml")
LINK = re.compile(r"https?://[^\s/]+(/[^\s<>\"]*)")
SHOWN = 100


@dataclass(frozen=True)
class Letter:
    """One message of the folder."""

    name: str
    to: str
    subject: str
    date: str
    text: str = ""

    @property
    def links(self) -> list[str]:
        """The paths of the links in the text, each once."""
        return list(dict.fromkeys(LINK.findall(self.text)))


def list_letters(folder: Path) -> list[Letter]:
    """The newest messages first."""
    files = sorted(folder.glob("*.eml"), reverse=True)[:SHOWN] if folder.exists() else []
    return [read_letter(folder, file.name) for file in files]


def read_letter(folder: Path, name: str) -> Letter:
    """One message with its plain text; NotFound for a name that is none."""
    path = folder / name
    if not NAME.fullmatch(name) or not path.is_file():
        raise NotFound
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    body = message.get_body(("plain",))
    text = body.get_content() if body is not None else ""
    return Letter(name, str(message["To"]), str(message["Subject"]), str(message["Date"]), text)
