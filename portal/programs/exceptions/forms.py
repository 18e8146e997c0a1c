"""The shape of what is typed about exceptions."""

from __future__ import annotations

from wtforms import DateField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from portal.web.forms import PortalForm, SelectField, plain_text


class AskExceptionForm(PortalForm):
    """For whom, which program and period, how much and why."""

    period = SelectField("Program and period")
    participant = StringField(
        "Partner code or e-mail", [InputRequired("Say whose it is."), Length(max=254), plain_text],
        description="A partner's code, or the e-mail of a seller.",
    )  # fmt: skip
    amount = StringField(
        "Amount", [InputRequired("Say how much."), Length(max=30), plain_text],
        description="In the program's unit. A minus takes; what is not there any more becomes a debt.",
    )  # fmt: skip
    dated = DateField("Agreed on", [InputRequired("Say when it was agreed.")])
    reason = TextAreaField(
        "Reason", [InputRequired("Say why; the participant reads it on the statement."), Length(max=500), plain_text],
        description="Stands on the participant's statement.",
    )  # fmt: skip


class RejectExceptionForm(PortalForm):
    """Why it is rejected."""

    note = TextAreaField("Why not", [InputRequired("Say why it is rejected."), Length(max=500), plain_text])
