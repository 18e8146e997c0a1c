"""Refusals around reporting."""

from __future__ import annotations

from portal.core.errors import Conflict


class NothingIsMissing(Conflict):
    """The file is there, or its period still runs, so there is nothing to ask for or to accept."""

    code = "nothing_is_missing"
