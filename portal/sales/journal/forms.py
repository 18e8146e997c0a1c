"""Forms of the journal."""

from __future__ import annotations

from wtforms import DateField, IntegerField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange

from portal.web.forms import PortalForm, plain_text


class ReverseSaleForm(PortalForm):
    """Why a line is taken back."""

    reason = TextAreaField(
        "Reason", validators=[InputRequired("Say why this line is wrong."), Length(max=500), plain_text]
    )


class CorrectSaleForm(PortalForm):
    """What the line should say, and why; product and partner are mended by a reversal and a new line."""

    quantity = IntegerField("Units", [InputRequired("Say how many units."), NumberRange(-(10**9), 10**9)])
    amount = StringField("Amount", [InputRequired("Say what they cost."), Length(max=30), plain_text])
    sold_on = DateField("Sold on", [InputRequired("Say on which day.")])
    reason = TextAreaField("Reason", [InputRequired("Say what was wrong."), Length(max=500), plain_text])
