"""Facts about partners."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.events import Fact


@dataclass(frozen=True)
class PartnerAdded(Fact):
    """A partner now exists."""

    partner_id: int
    code: str
    name: str


@dataclass(frozen=True)
class PartnerValuesChanged(Fact):
    """Dated values of a partner changed from a day on; earlier earnings may be affected."""

    partner_id: int
    code: str
    valid_from: str
    changed: list[str]


@dataclass(frozen=True)
class PartnerClosed(Fact):
    """A partner no longer sells for us; its people can no longer log in."""

    partner_id: int
    code: str
    name: str
