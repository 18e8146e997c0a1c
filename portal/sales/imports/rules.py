"""Pure decisions about imports: states, names of sources."""

from __future__ import annotations

import re
from collections.abc import Sequence

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


def new_source_notes(source: str, known: Sequence[str]) -> list[str]:
    """A warning when a name is new beside known ones: sent under another name, the same sales count twice."""
    if not known or source in known:
        return []
    names = ", ".join(known[:6]) + (" and others" if len(known) > 6 else "")
    return [
        f"No sales came from “{source}” before; they came from {names}. If this file is from one of these, cancel "
        "and name it as the source: under another name its rows would count a second time."
    ]
