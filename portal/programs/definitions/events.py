"""Facts about programs."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.events import Fact


@dataclass(frozen=True)
class ProgramPublished(Fact):
    """A version of a program is in force (or will be, from its first day)."""

    program_code: str
    program_name: str
    version: int
    effective_from: str
    drafted_by: str
    approved_by: str
