"""The shape of a person's choice."""

from __future__ import annotations

from portal.web.forms import PortalForm, SelectField


class SetConsentForm(PortalForm):
    """Whether other shops see the name."""

    show = SelectField("Show my name", choices=[("yes", "Yes"), ("no", "No")])
