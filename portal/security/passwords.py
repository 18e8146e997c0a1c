"""Passwords: argon2id, no truncation, a blocklist, re-hash when the parameters have grown."""

from __future__ import annotations

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from portal.core.errors import InvalidInput

MIN_LENGTH = 15
MAX_LENGTH = 256
_COMMON = ("password", "passwort", "qwertyuiop", "letmein", "iloveyou", "123456789", "welcome", "adventureworks")
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_decoy: str | None = None


def configure(*, time_cost: int, memory_kib: int) -> None:
    """Change the cost; tests make it cheap, strong machines make it dear."""
    global _hasher, _decoy
    _hasher = PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=1)
    _decoy = None


def normalize(password: str) -> str:
    """One spelling for the same characters typed on different keyboards."""
    return unicodedata.normalize("NFKC", password)


def check_new_password(password: str, *, personal: tuple[str, ...] = ()) -> None:
    """Refuse a password that is too short, too long, well known or made of the person's own name."""
    text = normalize(password)
    if len(text) < MIN_LENGTH:
        raise InvalidInput(
            f"A password needs at least {MIN_LENGTH} characters. Three or four unrelated words do well.",
            field="password",
        )
    if len(text) > MAX_LENGTH:
        raise InvalidInput(f"A password may have at most {MAX_LENGTH} characters.", field="password")
    lowered = text.casefold()
    if len(set(lowered)) < 5 or any(lowered.replace(word, "") in {"", "1", "123"} for word in _COMMON):
        raise InvalidInput("This password is among the first that are tried. Choose another.", field="password")
    for word in personal:
        if len(word) > 3 and lowered.replace(word.casefold(), "").strip("0123456789!. ") == "":
            raise InvalidInput("This password is made of your own name or address. Choose another.", field="password")


def hash_password(password: str) -> str:
    """The argon2id hash to store."""
    return _hasher.hash(normalize(password))


def verify_password(stored: str | None, password: str) -> bool:
    """Whether the password fits; takes as long when there is no account or no hash."""
    global _decoy
    if not stored:
        if _decoy is None:
            _decoy = _hasher.hash("nobody has this password")
        stored, matched = _decoy, False
    else:
        matched = True
    try:
        _hasher.verify(stored, normalize(password[: MAX_LENGTH * 4]))
    except (VerifyMismatchError, VerificationError, InvalidHashError):
        return False
    return matched


def needs_rehash(stored: str) -> bool:
    """Whether the hash was made with a lower cost than today's."""
    return _hasher.check_needs_rehash(stored)
