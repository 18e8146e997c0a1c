"""Facts about certificates."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.events import Fact


@dataclass(frozen=True)
class CertificateRecorded(Fact):
    """A certificate of a partner or of one of its people was recorded or ended; earnings since then may change."""

    partner_id: int
    name: str
    valid_from: str
