"""Pure decisions about joining: how a code is made and read, how long links live."""

from __future__ import annotations

import datetime as dt
import secrets

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
LENGTH = 8
LINK_LIVES = dt.timedelta(hours=24)
TRIES, MINUTES = 10, 15
MAILS, MAIL_MINUTES = 3, 60


def new_code() -> str:
    """A fresh code of 40 bits without letters that look alike."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def clean_code(text: str) -> str:
    """A code as it is stored, however it was typed: spaces and dashes do not count."""
    return "".join(letter for letter in text.upper() if letter.isalnum())[:12]


def spoken(code: str) -> str:
    """A code as it is shown: two groups of four."""
    return f"{code[:4]}-{code[4:]}"
