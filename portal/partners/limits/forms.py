"""The shape of what is typed about limits."""

from __future__ import annotations

from wtforms import StringField
from wtforms.validators import InputRequired, Length

from portal.web.forms import PortalForm, SelectField, plain_text


class SetLimitForm(PortalForm):
    """The most a person may approve at once of one kind; the view fills the kinds."""

    kind = SelectField("What is approved", choices=[])
    amount = StringField(
        "Most at once", [Length(max=30), plain_text],
        description="Leave it empty for no limit. Who may approve exactly this much may not approve a cent more.",
    )  # fmt: skip
    unit = StringField(
        "Unit", [InputRequired("Say the currency, or points."), Length(max=8), plain_text],
        description="A currency such as USD bounds money of every currency, at the rate of the day. Points are apart.",
    )  # fmt: skip
