"""Identifiers and secrets: random tokens, their digests, digests of documents."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any


def new_token() -> str:
    """A fresh secret of 256 bits, safe in a link."""
    return secrets.token_urlsafe(32)


def digest(text: str | bytes) -> str:
    """SHA-256 in hexadecimal; tokens are stored only so."""
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()


def canonical_json(value: Any) -> str:
    """One spelling of a document, so that equal documents have equal digests."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
