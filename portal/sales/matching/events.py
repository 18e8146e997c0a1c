"""Facts of the matching desk."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.events import Fact


@dataclass(frozen=True)
class NameMatched(Fact):
    """Somebody decided what a source means by a name."""

    alias_id: int
    source: str
    noun: str
    name: str
    target_id: int
