"""What one change of many partners would do, in counts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.partners.organizations.models import Partner
from portal.partners.organizations.queries import managers_on, timeline_of
from portal.partners.organizations.rules import differing, in_force
from portal.security.viewer import Viewer
from portal.web.slots import LooseEnd, loose_ends


@dataclass(frozen=True)
class ChangePreview:
    """How many of the chosen partners each wish changes, and what still runs at them."""

    chosen: int
    changed: Mapping[str, int]
    ends: Sequence[LooseEnd]


def preview_change(
    partners: Sequence[Partner], wanted: Mapping[str, Any], day: dt.date, viewer: Viewer
) -> ChangePreview:
    """Count what a change from a day on would do; nothing is written."""
    ids = [partner.id for partner in partners]
    values = {name: value for name, value in wanted.items() if name != "manager"}
    changed = dict.fromkeys(wanted, 0)
    present = managers_on(ids, day) if "manager" in wanted else {}
    for partner in partners:
        for name in differing(in_force(timeline_of(partner.id), day), values) if values else ():
            changed[name] += 1
        if "manager" in wanted and present.get(partner.id) != wanted["manager"].id:
            changed["manager"] += 1
    return ChangePreview(len(ids), changed, loose_ends(viewer, ids))
