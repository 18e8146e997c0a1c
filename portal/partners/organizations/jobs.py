"""What a new day does to partners."""

from __future__ import annotations

import datetime as dt

from portal.core import clock
from portal.core.db import transaction
from portal.partners.organizations.queries import list_partners_changing
from portal.partners.organizations.services import refresh_current_values

LOOK_BACK = dt.timedelta(days=30)


def refresh_partners() -> int:
    """Show the values that hold from today on in lists and scopes; safe to run twice. Returns how many changed."""
    today = clock.today()
    with transaction():
        return sum(refresh_current_values(partner) for partner in list_partners_changing(today - LOOK_BACK, today))
