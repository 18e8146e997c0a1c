"""The shape of what is typed on the ledger's pages."""

from __future__ import annotations

import datetime as dt
from typing import cast

from wtforms import DateField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from portal.ledger.models import TREATMENTS
from portal.web.forms import PortalForm, SelectField, plain_text


class ProposeAdjustmentForm(PortalForm):
    """Who gets or gives how much, and why."""

    kind = SelectField("Whose account", choices=[("partner", "A partner"), ("person", "A person")])
    code = StringField(
        "Partner code or e-mail", [InputRequired("Say whose account it is."), Length(max=254), plain_text]
    )
    unit = StringField("Unit", [InputRequired("Say the currency, or points."), Length(max=8), plain_text])
    amount = StringField("Amount", [InputRequired("Say how much."), Length(max=30), plain_text])
    treatment = SelectField(
        "Booked as",
        choices=[(name, name.replace("_", " ").capitalize()) for name in TREATMENTS],
        default="selling_expense",
    )
    reason = TextAreaField(
        "Reason", [InputRequired("Say why; the reason stays in the books."), Length(max=1000), plain_text]
    )


class CloseMonthForm(PortalForm):
    """Which month is closed."""

    month = DateField("Month", [InputRequired("Choose a month.")])

    @property
    def chosen(self) -> dt.date:
        """The month of an accepted form."""
        return cast(dt.date, self.month.data)


class ReopenMonthForm(CloseMonthForm):
    """Which month is opened again, and why."""

    reason = StringField("Reason", [InputRequired("Say why the month is opened again."), Length(max=500), plain_text])
