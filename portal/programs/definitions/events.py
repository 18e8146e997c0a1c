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


@dataclass(frozen=True)
class ProgramAnnounced(Fact):
    """Those whom a published version pays are to be told: `recipients` by mail, `person_ids` in the portal."""

    program_code: str
    program_name: str
    version: int
    effective_from: str
    sentence: str
    link: str
    terms: bool
    person_ids: list[int]
    recipients: list[str]


@dataclass(frozen=True)
class ApprovalAsked(Fact):
    """A draft waits for a second manager: `person_ids` are those who can approve it, `recipients` their addresses."""

    draft_id: int
    title: str
    program_name: str
    asked_by: str
    note: str
    person_ids: list[int]
    recipients: list[str]


@dataclass(frozen=True)
class DraftSentBack(Fact):
    """The second manager sent a draft back with a note."""

    draft_id: int
    title: str
    program_name: str
    sent_back_by: str
    note: str
    person_id: int


@dataclass(frozen=True)
class ProgramClosed(Fact):
    """A program is over and its report is written."""

    program_code: str
    program_name: str
    closed_by: str
