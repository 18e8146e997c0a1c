"""Facts about taking part."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.events import Fact


@dataclass(frozen=True)
class ProgramJoined(Fact):
    """A partner takes part from a day on."""

    program_code: str
    partner_id: int
    valid_from: str


@dataclass(frozen=True)
class ProgramLeft(Fact):
    """A partner takes part no longer from a day on."""

    program_code: str
    partner_id: int
    valid_from: str


@dataclass(frozen=True)
class TermsAccepted(Fact):
    """Somebody accepted a program's terms for a partner."""

    program_code: str
    partner_id: int
    acceptance_id: int
    terms_digest: str


@dataclass(frozen=True)
class TermsReminded(Fact):
    """A manager reminds those who have not accepted a program's terms yet."""

    program_code: str
    program_name: str
    recipients: list[str]
