"""Forms of the journal."""

from __future__ import annotations

from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from portal.web.forms import PortalForm, plain_text


class ReverseSaleForm(PortalForm):
    """Why a line is taken back."""

    reason = TextAreaField(
        "Reason", validators=[InputRequired("Say why this line is wrong."), Length(max=500), plain_text]
    )
