"""Facts about shops that became one, or two."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.events import Fact


@dataclass(frozen=True)
class PartnersMerged(Fact):
    """From a day on a partner's lines count for another one; the people that moved are told."""

    merger_id: int
    from_name: str
    into_name: str
    valid_from: str
    split: bool
    recipients: list[str]


@dataclass(frozen=True)
class MergerUndone(Fact):
    """A merger or split never was: every line counts for its own partner again; the people are told."""

    merger_id: int
    from_name: str
    into_name: str
    recipients: list[str]
