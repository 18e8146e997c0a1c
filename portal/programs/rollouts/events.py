"""The fact that people are to be told about a version."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.events import Fact


@dataclass(frozen=True)
class VersionTold(Fact):
    """Some of those whom a version touches, each with what it would have meant to them.

    `person_ids`, `recipients` (empty: by the portal only) and `personal` go together, one of each a person. `answer_by`
    is the day from which on only who accepted the terms earns, in words; empty where there is none.
    """

    program_code: str
    program_name: str
    version: int
    effective_from: str
    sentence: str
    changes: list[str]
    link: str
    terms: bool
    answer_by: str
    person_ids: list[int]
    recipients: list[str]
    personal: list[str]


@dataclass(frozen=True)
class AnswerDayReminded(Fact):
    """The admins of partners that have not accepted changed terms are reminded before the day they stop earning.

    `person_ids` and `recipients` go together.
    """

    program_code: str
    program_name: str
    terms_digest: str
    answer_by: str
    person_ids: list[int]
    recipients: list[str]
