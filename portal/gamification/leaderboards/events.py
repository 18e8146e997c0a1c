"""Facts about boards."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.events import Fact


@dataclass(frozen=True)
class BoardConsentChanged(Fact):
    """A person decided whether other shops see the name."""

    person_id: int
    show_name: bool
