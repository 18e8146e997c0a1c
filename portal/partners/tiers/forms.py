"""The shape of a change of tier."""

from __future__ import annotations

from wtforms import DateField, TextAreaField
from wtforms.validators import InputRequired, Length

from portal.partners.tiers.rules import TIERS
from portal.web.forms import PortalForm, SelectField, plain_text


class SetTierForm(PortalForm):
    """A tier, the day from which it holds, and why."""

    tier = SelectField("Tier", choices=[("", "None"), *((tier, tier.capitalize()) for tier in TIERS)])
    valid_from = DateField("Holds from", [InputRequired("Name the day from which the tier holds.")])
    reason = TextAreaField("Reason", [InputRequired("Say why; the partner reads it."), Length(max=500), plain_text])
