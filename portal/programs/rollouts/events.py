"""The fact that people are to be told about a version."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.events import Fact


@dataclass(frozen=True)
class VersionTold(Fact):
    """Some of those whom a version touches, each with what it would have meant to them.

    `person_ids`, `recipients` (empty: by the portal only) and `personal` go together, one of each a person.
    """

    program_code: str
    program_name: str
    version: int
    effective_from: str
    sentence: str
    changes: list[str]
    link: str
    terms: bool
    person_ids: list[int]
    recipients: list[str]
    personal: list[str]
