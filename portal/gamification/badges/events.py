"""Facts about badges."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.events import Fact


@dataclass(frozen=True)
class BadgeRuleSet(Fact):
    """A badge is new, given again, or has another rule: whoever has done it already is due."""

    code: str


@dataclass(frozen=True)
class BadgeAwarded(Fact):
    """A person earned a badge. `headline` is the deed and the gift; `glyph` and `number` draw the coin."""

    award_id: int
    code: str
    name: str
    headline: str
    sentence: str
    glyph: str
    number: int
    person_id: int
    earned_on: str
