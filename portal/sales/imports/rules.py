"""Pure decisions about imports: states, names of sources."""

from __future__ import annotations

import re

from portal.core.errors import InvalidInput
from portal.sales.imports.models import ImportState
from portal.sales.journal.rules import RESERVED_SOURCES

ALLOWED: dict[str, frozenset[str]] = {
    ImportState.UPLOADED: frozenset({ImportState.CHECKING, ImportState.CANCELED}),
    ImportState.CHECKING: frozenset({ImportState.CHECKED, ImportState.FAILED, ImportState.CANCELED}),
    ImportState.CHECKED: frozenset({ImportState.CHECKING, ImportState.POSTING, ImportState.CANCELED}),
    ImportState.POSTING: frozenset({ImportState.DONE, ImportState.FAILED, ImportState.CANCELED}),
}
RUNNING = frozenset({ImportState.CHECKING, ImportState.POSTING})
OPEN = frozenset(ALLOWED)
DEFAULT_SOURCE = "import"
_SOURCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}", re.ASCII)


def may_become(state: str, wanted: str) -> bool:
    """Whether an import may go from one state to another."""
    return wanted in ALLOWED.get(state, frozenset())


def clean_source(text: str | None) -> str:
    """The name of a source; letters, digits, dot, dash, underscore. Names the portal uses itself are refused."""
    name = (text or "").strip() or DEFAULT_SOURCE
    if not _SOURCE.fullmatch(name):
        raise InvalidInput(f"“{name[:40]}” cannot name a source. Use letters, digits, dots and dashes.", field="source")
    if name.lower() in RESERVED_SOURCES:
        raise InvalidInput(f"“{name}” is a source of the portal itself. Choose another name.", field="source")
    return name
