"""What became of a shop, on the partner's page."""

from __future__ import annotations

from portal.web.slots import Tab

TABS = [Tab("Merged and split", "programs.mergers.list_mergers", "partner", order=60, permission="partner:read")]
