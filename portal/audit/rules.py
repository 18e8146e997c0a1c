"""The arithmetic of the chain, free of the database."""

from __future__ import annotations

import datetime as dt
from typing import Any

from portal.core.ids import canonical_json, digest

GENESIS = "0" * 64
CHAINED = (
    "id", "at", "act", "actor_id", "actor", "kind", "object_id", "label",
    "partner_id", "before", "after", "reason", "origin", "result",
)  # fmt: skip


def chain_hash(previous: str, values: dict[str, Any]) -> str:
    """The hash of an entry that follows `previous`; times count as UTC text with microseconds."""
    plain = {name: _plain(values[name]) for name in CHAINED}
    return digest(previous + canonical_json(plain))


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return value
