"""The one button of the notices."""

from __future__ import annotations

from portal.web.forms import PortalForm


class MarkReadForm(PortalForm):
    """Only the token."""
