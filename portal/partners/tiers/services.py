"""Setting a tier: the only writer, always with a reason."""

from __future__ import annotations

import datetime as dt

from portal.core.errors import InvalidInput
from portal.core.events import emit
from portal.partners.organizations.models import Partner
from portal.partners.organizations.services import announce_change, record_change
from portal.partners.people.queries import list_partner_admin_emails
from portal.partners.tiers.events import TierChanged
from portal.security.viewer import Viewer


def set_tier(partner: Partner, tier: str, valid_from: dt.date, reason: str, by: Viewer) -> bool:
    """Give a partner a tier from a day on; says whether anything changed. Sales before that day keep the old one."""
    if not reason.strip():
        raise InvalidInput("Say why the tier changes; the partner reads it.", field="reason")
    changed = record_change(partner, {"tier": tier.strip()}, valid_from=valid_from, seq=None, reason=reason, by=by)
    if not changed:
        return False
    before, after = changed["tier"]
    announce_change(partner, changed, valid_from=valid_from, reason=reason, by=by, act="tier.set")
    emit(
        TierChanged(
            partner_id=partner.id, code=partner.code, name=partner.name, before=before, after=after,
            valid_from=valid_from.isoformat(), reason=reason, recipients=list_partner_admin_emails(partner.id),
        )
    )  # fmt: skip
    return True
