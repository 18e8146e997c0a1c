"""The shape of what is typed about taking part."""

from __future__ import annotations

from wtforms import BooleanField, DateField, HiddenField
from wtforms.validators import InputRequired, Length

from portal.web.forms import PortalForm, plain_text


class AcceptForm(PortalForm):
    """Which text was read, and that it is accepted."""

    accepted = HiddenField("Terms", [Length(max=64), plain_text])
    agree = BooleanField("I have read the terms and accept them for my company.")


class JoinForm(AcceptForm):
    """From which day on, and the terms that were read."""

    day = DateField("From", [InputRequired("Choose a day.")])


class LeaveForm(PortalForm):
    """From which day on."""

    day = DateField("From", [InputRequired("Choose a day.")])
